package db

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"attune/internal/fault"
)

// Strings is a list of ids or other texts, as one argument for AnyOf.
type Strings []string

// bindAll turns arguments into the few types that both databases take alike.
func bindAll(to dialect, args []any) ([]any, error) {
	values := make([]any, len(args))
	for i, arg := range args {
		v, err := bind(to, arg)
		if err != nil {
			return nil, fmt.Errorf("argument $%d: %w", i+1, err)
		}
		values[i] = v
	}
	return values, nil
}

// bind returns arg as nil, int64, float64, bool, string, []byte or a list. A moment becomes microseconds since
// 1970 in UTC, the zero moment NULL; so do nil pointers and nil bytes.
func bind(to dialect, arg any) (any, error) {
	switch v := arg.(type) {
	case nil, bool, int64:
		return v, nil
	case int:
		return int64(v), nil
	case string:
		return bindText(v)
	case []byte:
		if v == nil {
			return nil, nil
		}
		return v, nil
	case time.Time:
		if v.IsZero() {
			return nil, nil
		}
		return v.UnixMicro(), nil
	case driver.Valuer:
		value, err := v.Value()
		if err != nil {
			return nil, err
		}
		if _, endless := value.(driver.Valuer); endless {
			return nil, fmt.Errorf("%T cannot be bound", arg)
		}
		return bind(to, value)
	}
	return bindKind(to, reflect.ValueOf(arg))
}

// bindKind binds named types, pointers and lists by what they are made of.
func bindKind(to dialect, v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return bind(to, v.Elem().Interface())
	case reflect.String:
		return bindText(v.String())
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v.Uint() > math.MaxInt64 {
			return nil, fmt.Errorf("%d is too large", v.Uint())
		}
		return int64(v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("%v is no number to keep", f) // SQLite would make it NULL
		}
		return v.Float(), nil
	case reflect.Slice:
		switch v.Type().Elem().Kind() {
		case reflect.Uint8:
			return bind(to, v.Bytes())
		case reflect.String:
			return bindList(to, v)
		}
	}
	return nil, fmt.Errorf("%s cannot be bound", v.Type())
}

// bindText refuses what PostgreSQL would: a text is UTF-8 without zero bytes.
func bindText(s string) (any, error) {
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return nil, fault.Invalid("", "A character in this text cannot be kept; please type it again.")
	}
	return s, nil
}

func bindList(to dialect, v reflect.Value) (any, error) {
	list := make([]string, v.Len())
	for i := range list {
		list[i] = v.Index(i).String()
		if _, err := bindText(list[i]); err != nil {
			return nil, err
		}
	}
	if to == postgres {
		return list, nil
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// scanAll scans a row's columns, undoing what bind did.
func scanAll(scan func(dest ...any) error, dest []any) error {
	targets := make([]any, len(dest))
	for i, d := range dest {
		targets[i] = target(d)
	}
	return scan(targets...)
}

// target returns what the driver's value is scanned into for dest.
func target(dest any) any {
	switch d := dest.(type) {
	case *string, *int64, *int, *bool, *float64, *any:
		return d
	case *[]byte:
		return (*octets)(d)
	case *time.Time:
		return (*moment)(d)
	case **time.Time:
		return &pointer{d}
	}
	v := reflect.ValueOf(dest)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return dest // the driver says what is wrong with it
	}
	switch e := v.Elem(); {
	case e.Kind() == reflect.Bool:
		return e.Addr().Convert(reflect.TypeFor[*bool]()).Interface()
	case e.Kind() == reflect.Slice && e.Type().Elem().Kind() == reflect.Uint8:
		return e.Addr().Convert(reflect.TypeFor[*octets]()).Interface()
	}
	return dest
}

// octets scans bytes, none and NULL alike into nil: SQLite's driver does not tell them apart.
type octets []byte

// Scan implements database/sql's Scanner.
func (o *octets) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*o = nil
	case []byte:
		*o = append(octets(nil), v...)
	case string:
		*o = append(octets(nil), v...)
	default:
		return fmt.Errorf("%T is no bytes", src)
	}
	return nil
}

// moment scans microseconds into a time in UTC, NULL into the zero time.
type moment time.Time

// Scan implements database/sql's Scanner.
func (m *moment) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*m = moment{}
	case int64:
		*m = moment(time.UnixMicro(v).UTC())
	default:
		return fmt.Errorf("%T is no moment", src)
	}
	return nil
}

// pointer scans microseconds into a pointer to a time, NULL into nil.
type pointer struct{ to **time.Time }

// Scan implements database/sql's Scanner.
func (p *pointer) Scan(src any) error {
	*p.to = nil
	if src == nil {
		return nil
	}
	var m moment
	if err := m.Scan(src); err != nil {
		return err
	}
	t := time.Time(m)
	*p.to = &t
	return nil
}
