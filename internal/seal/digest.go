package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// Digest is a keyed digest of a row's columns that are not sealed, to be kept beside them: who changes the row in
// the file, without the keys, is found out. Values are texts, whole numbers, float64s, booleans, times to the
// microsecond, bytes and nil, in a fixed order; the zero time is nil.
func (k Key) Digest(table, row string, values ...any) []byte {
	head := binary.BigEndian.AppendUint32([]byte{format}, k.ring().newest)
	return append(head, k.ring().digest(head, table, row, values)...)
}

// Check compares a row's columns with its digest, in a time that tells nothing about them. The error is ErrChanged
// where they differ and ErrNoKey where the owner is forgotten.
func (k Key) Check(digest []byte, table, row string, values ...any) error {
	if err := k.check(digest, table, row, values); err != nil {
		return fmt.Errorf("check %s %s: %w", table, row, err)
	}
	return nil
}

func (k Key) check(digest []byte, table, row string, values []any) error {
	if k.ring() == nil {
		return ErrNoKey
	}
	if len(digest) != headSize+sha256.Size || digest[0] != format {
		return ErrChanged
	}
	head := digest[:headSize]
	if _, ok := k.ring().secrets[binary.BigEndian.Uint32(head[1:])]; !ok {
		return ErrNoKey
	}
	if !hmac.Equal(digest[headSize:], k.ring().digest(head, table, row, values)) {
		return ErrChanged
	}
	return nil
}

func (r *ring) digest(head []byte, table, row string, values []any) []byte {
	parts := []string{string(head), r.practice, string(r.owner), table, row}
	for _, v := range values {
		parts = append(parts, canonical(v))
	}
	key := r.secrets[binary.BigEndian.Uint32(head[1:])].derive(forDigest)
	return mac(key, parts...)
}

func mac(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(join(parts...))
	return h.Sum(nil)
}

// canonical writes a value so that values of different sorts never read alike.
func canonical(v any) string {
	switch v := v.(type) {
	case nil:
		return "-"
	case []byte:
		return "b" + string(v)
	case time.Time:
		if v.IsZero() {
			return "-"
		}
		return "t" + strconv.FormatInt(v.UnixMicro(), 10)
	}
	switch v := reflect.ValueOf(v); v.Kind() {
	case reflect.String:
		return "s" + v.String()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "i" + strconv.FormatInt(v.Int(), 10)
	case reflect.Float64:
		return "f" + strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case reflect.Bool:
		return "o" + strconv.FormatBool(v.Bool())
	}
	panic(fmt.Sprintf("seal: no digest of a %T", v))
}
