package backup

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"time"

	"attune/internal/fault"
)

// A backup is a row of frames: one byte of kind, the length as an unsigned varint, the content. First a header, then
// for each table its columns, its rows and its end, at last the end of all. Ends carry counts and SHA-256 sums.
const (
	headFrame  = 'H'
	tableFrame = 'T'
	rowFrame   = 'R'
	doneFrame  = 'E'
	endFrame   = 'Z'
)

const (
	formatNumber = 1
	longestFrame = 64 << 20 // bytes; no row is longer than what a form takes in
)

// errDamaged is what every fault inside a file comes to.
var errDamaged = errors.New("it is damaged or cut short")

// head is the first frame.
type head struct {
	Format int       `json:"format"`
	Holds  string    `json:"holds"` // "data" or "keys"
	ID     string    `json:"id"`    // the same in both files of one backup
	Schema int       `json:"schema"`
	Engine string    `json:"engine"`
	At     time.Time `json:"at"`
}

// columns is the beginning of a table.
type columns struct {
	Table string   `json:"table"`
	Names []string `json:"columns"`
	Types []string `json:"types"`
}

// sum is the end of a table, or of all.
type sum struct {
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"`
}

// framer writes frames and adds up what it wrote.
type framer struct {
	out   *bufio.Writer
	whole hash.Hash
	table hash.Hash
	rows  int // of the table
	all   int
	buf   []byte
}

func newFramer(out io.Writer) *framer {
	return &framer{out: bufio.NewWriterSize(out, 1<<16), whole: sha256.New()}
}

func (f *framer) frame(kind byte, body []byte) error {
	head := binary.AppendUvarint([]byte{kind}, uint64(len(body)))
	_, _ = f.whole.Write(head) // a hash takes everything
	_, _ = f.whole.Write(body)
	if _, err := f.out.Write(head); err != nil {
		return err
	}
	_, err := f.out.Write(body)
	return err
}

func (f *framer) json(kind byte, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return f.frame(kind, body)
}

func (f *framer) begin(c columns) error {
	f.table, f.rows = sha256.New(), 0
	return f.json(tableFrame, c)
}

func (f *framer) row(values []any) error {
	var err error
	if f.buf, err = appendValues(f.buf[:0], values); err != nil {
		return err
	}
	_, _ = f.table.Write(f.buf)
	f.rows++
	f.all++
	return f.frame(rowFrame, f.buf)
}

func (f *framer) done() error {
	return f.json(doneFrame, sum{f.rows, hex.EncodeToString(f.table.Sum(nil))})
}

func (f *framer) end() error {
	if err := f.json(endFrame, sum{f.all, hex.EncodeToString(f.whole.Sum(nil))}); err != nil {
		return err
	}
	return f.out.Flush()
}

// appendValues writes values with their kind and length before each.
func appendValues(b []byte, values []any) ([]byte, error) {
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			b = append(b, 'n', 0)
		case string:
			b = append(binary.AppendUvarint(append(b, 's'), uint64(len(v))), v...)
		case []byte:
			b = append(binary.AppendUvarint(append(b, 'x'), uint64(len(v))), v...)
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, 'i', 8), uint64(v))
		case float64:
			b = binary.BigEndian.AppendUint64(append(b, 'f', 8), math.Float64bits(v))
		case bool:
			b = append(b, 'b', 1, map[bool]byte{true: 1}[v])
		default:
			return nil, fmt.Errorf("a value of type %T cannot be kept", v)
		}
	}
	return b, nil
}

// readValues reads exactly n values.
func readValues(b []byte, n int) ([]any, error) {
	values := make([]any, 0, n)
	for range n {
		if len(b) < 2 {
			return nil, errDamaged
		}
		size, used := binary.Uvarint(b[1:])
		if used <= 0 || size > uint64(len(b)-1-used) {
			return nil, errDamaged
		}
		kind, body := b[0], b[1+used:1+used+int(size)]
		b = b[1+used+int(size):]
		v, err := readValue(kind, body)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	if len(b) > 0 {
		return nil, errDamaged
	}
	return values, nil
}

func readValue(kind byte, body []byte) (any, error) {
	switch {
	case kind == 'n' && len(body) == 0:
		return nil, nil
	case kind == 's':
		return string(body), nil
	case kind == 'x':
		return append([]byte{}, body...), nil
	case kind == 'i' && len(body) == 8:
		return int64(binary.BigEndian.Uint64(body)), nil
	case kind == 'f' && len(body) == 8:
		return math.Float64frombits(binary.BigEndian.Uint64(body)), nil
	case kind == 'b' && len(body) == 1:
		return body[0] == 1, nil
	}
	return nil, errDamaged
}

// unframer reads frames and holds them against their sums.
type unframer struct {
	in    *bufio.Reader
	whole hash.Hash
	rows  int
}

// frame reads the next frame. The sum of all before it is taken first, for the last.
func (u *unframer) frame() (kind byte, body []byte, before string, err error) {
	before = hex.EncodeToString(u.whole.Sum(nil))
	if kind, err = u.in.ReadByte(); err != nil {
		return 0, nil, "", errDamaged
	}
	size, err := binary.ReadUvarint(u.in)
	if err != nil || size > longestFrame {
		return 0, nil, "", errDamaged
	}
	body = make([]byte, size)
	if _, err := io.ReadFull(u.in, body); err != nil {
		return 0, nil, "", errDamaged
	}
	_, _ = u.whole.Write(binary.AppendUvarint([]byte{kind}, size)) // a hash takes everything
	_, _ = u.whole.Write(body)
	return kind, body, before, nil
}

// reading is who is told of what stands in a file; nil functions are not.
type reading struct {
	head  func(head) error
	table func(columns) error
	row   func(values []any) error
}

// readFrames reads a whole file and reports how many rows each table has.
func readFrames(in io.Reader, to reading) (head, map[string]int, error) {
	u := &unframer{in: bufio.NewReaderSize(in, 1<<16), whole: sha256.New()}
	var h head
	kind, body, _, err := u.frame()
	if err != nil || kind != headFrame || json.Unmarshal(body, &h) != nil {
		return h, nil, errDamaged
	}
	if h.Format != formatNumber {
		return h, nil, fault.Invalid("", "This backup was made by a newer program: use that one.")
	}
	if to.head != nil {
		if err := to.head(h); err != nil {
			return h, nil, err
		}
	}
	counts := map[string]int{}
	for {
		kind, body, before, err := u.frame()
		switch {
		case err != nil:
			return h, nil, err
		case kind == endFrame:
			return h, counts, u.close(body, before)
		case kind != tableFrame:
			return h, nil, errDamaged
		}
		var c columns
		if json.Unmarshal(body, &c) != nil || len(c.Names) != len(c.Types) {
			return h, nil, errDamaged
		}
		n, err := u.readTable(c, to)
		if err != nil {
			return h, nil, err
		}
		counts[c.Table] = n
	}
}

func (u *unframer) readTable(c columns, to reading) (int, error) {
	if to.table != nil {
		if err := to.table(c); err != nil {
			return 0, err
		}
	}
	table := sha256.New()
	for n := 0; ; n++ {
		kind, body, _, err := u.frame()
		if err != nil {
			return 0, err
		}
		if kind == doneFrame {
			var s sum
			if json.Unmarshal(body, &s) != nil || s.Rows != n || s.SHA256 != hex.EncodeToString(table.Sum(nil)) {
				return 0, errDamaged
			}
			return n, nil
		}
		values, err := readValues(body, len(c.Names))
		if kind != rowFrame || err != nil {
			return 0, errDamaged
		}
		_, _ = table.Write(body)
		u.rows++
		if to.row != nil {
			if err := to.row(values); err != nil {
				return 0, err
			}
		}
	}
}

// close checks the last frame, and that nothing follows it.
func (u *unframer) close(body []byte, before string) error {
	var s sum
	if json.Unmarshal(body, &s) != nil || s.Rows != u.rows || s.SHA256 != before {
		return errDamaged
	}
	if _, err := u.in.ReadByte(); err != io.EOF {
		return errDamaged
	}
	return nil
}
