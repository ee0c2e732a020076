package seal

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	rootLimit   = 4096 // bytes of a key file or a key command's answer
	execTimeout = 30 * time.Second
)

var errRootText = errors.New("a root key is 32 bytes, written as 44 letters of base64 or 64 of hex, and nothing else")

// LoadRoot reads the root key from "file:PATH", which nobody but its owner may read, or from "exec:COMMAND", which
// prints it. The command is split at blanks and run without a shell.
func LoadRoot(source string) ([]byte, error) {
	kind, rest, _ := strings.Cut(source, ":")
	switch {
	case kind == "file" && rest != "":
		return rootFromFile(rest)
	case kind == "exec" && strings.TrimSpace(rest) != "":
		return rootFromCommand(strings.Fields(rest))
	}
	return nil, errors.New("the source of the root key must be file:PATH or exec:COMMAND")
}

// ParseRoot reads a root key as it stands in its file: 32 bytes in base64 or hex, with blanks around it.
func ParseRoot(text []byte) ([]byte, error) {
	s := string(bytes.TrimSpace(text))
	key, err := hex.DecodeString(s)
	if err != nil || len(key) != secretSize {
		unpadded := strings.TrimSuffix(strings.NewReplacer("-", "+", "_", "/").Replace(s), "=")
		key, err = base64.RawStdEncoding.Strict().DecodeString(unpadded)
	}
	if err != nil || len(key) != secretSize || strings.ContainsAny(s, "\r\n") {
		return nil, errRootText // which repeats nothing of the text
	}
	if bytes.Count(key, key[:1]) == len(key) {
		return nil, errors.New("a root key of 32 equal bytes is no secret: make one with attune init")
	}
	return key, nil
}

// MakeRoot writes a fresh root key to a new file that only its owner may read. It never overwrites one.
func MakeRoot(path string) error {
	key := make([]byte, secretSize)
	_, _ = rand.Read(key) // never fails: it ends the program first
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("the key file %s is there already: keep it, or name another path", path)
	}
	if err != nil {
		return fmt.Errorf("make the key file: %w", err)
	}
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("make the key file: %w", errors.Join(err, os.Remove(path)))
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("make the key file: %w", err)
	}
	return nil
}

// syncDir makes a new name in a directory survive a power cut.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func rootFromFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the root key: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the root key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("the key file %s is not a plain file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("the key file %s can be read or changed by others (mode %04o): run chmod 600 on it", path, mode)
	}
	text, err := io.ReadAll(io.LimitReader(f, rootLimit))
	if err != nil {
		return nil, fmt.Errorf("read the root key: %w", err)
	}
	key, err := ParseRoot(text)
	if err != nil {
		return nil, fmt.Errorf("the key file %s: %w", path, err)
	}
	return key, nil
}

func rootFromCommand(argv []string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), execTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stderr = os.Stderr // what the key service has to say is for whoever starts the program
	cmd.WaitDelay = time.Second
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("the key command %s: %w", argv[0], err)
	}
	key, err := ParseRoot(text)
	if err != nil {
		return nil, fmt.Errorf("the key command %s: %w", argv[0], err)
	}
	return key, nil
}
