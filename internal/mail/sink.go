package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// Sink writes each message to a file of its own, NNNNNN-ID.eml, numbered as they come. One program at a time writes
// to a directory.
type Sink struct {
	dir  string
	mu   sync.Mutex
	last int // number of the newest file
}

// OpenSink opens a directory as a sink, making it where there is none and going on after its last number.
func OpenSink(dir string) (*Sink, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the mail sink: %w", err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("open the mail sink: %w", err)
	}
	s := &Sink{dir: dir}
	for _, f := range files {
		number, _, _ := strings.Cut(f.Name(), "-")
		if n, err := strconv.Atoi(number); err == nil && strings.HasSuffix(f.Name(), ".eml") {
			s.last = max(s.last, n)
		}
	}
	return s, nil
}

// Send writes the message. It is on the disk when Send returns, and its file is whole whenever it can be seen.
func (s *Sink) Send(_ context.Context, m Message) error {
	msg, err := m.build()
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if _, err := msg.WriteTo(&text); err != nil {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name := fmt.Sprintf("%06d-%s.eml", s.last+1, m.ID)
	if err := s.write(name, text.Bytes()); err != nil {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	s.last++
	return nil
}

func (s *Sink) write(name string, text []byte) error {
	unfinished, path := filepath.Join(s.dir, "."+name+".part"), filepath.Join(s.dir, name)
	f, err := os.OpenFile(unfinished, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(unfinished, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(unfinished))
	}
	d, err := os.Open(s.dir) // the name, too, must survive a power cut
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
