package analyze

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// writeJSON writes v as one line of JSON, numbers in the shortest form that reads back as the same double.
func writeJSON(out io.Writer, v any) error {
	buffered := bufio.NewWriterSize(out, 1<<16)
	enc := json.NewEncoder(buffered)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	return buffered.Flush()
}

// readJSON reads one JSON value from in into v. Unknown fields, fields that are there twice, and anything after the
// value are refused with a *BadInput that names line and column.
func readJSON(in io.Reader, v any) error {
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	return decodeJSON(data, v)
}

// decodeJSON is readJSON from memory.
func decodeJSON(data []byte, v any) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return &BadInput{Line: 1, Problem: "the input is empty: it needs a JSON value"}
	}
	if err := checkKeys(data); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return jsonFault(data, dec.InputOffset(), err)
	}
	return nil
}

// checkKeys walks the whole value, so that a key that is there twice, bad syntax and trailing text are found
// before any of it is used: encoding/json itself lets the last of two keys win.
func checkKeys(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := walkValue(dec, data); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return jsonAt(data, dec.InputOffset(), "there is more after the end of the value")
	}
	return nil
}

func walkValue(dec *json.Decoder, data []byte) error {
	token, err := dec.Token()
	if err != nil {
		return jsonFault(data, dec.InputOffset(), err)
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for dec.More() {
		if delim == '{' {
			key, err := dec.Token()
			if err != nil {
				return jsonFault(data, dec.InputOffset(), err)
			}
			name := key.(string) // inside an object the decoder gives nothing else before a colon
			if seen[name] {
				return jsonAt(data, dec.InputOffset(), fmt.Sprintf("%q is there twice: keep one", shorten(name)))
			}
			seen[name] = true
		}
		if err := walkValue(dec, data); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return jsonFault(data, dec.InputOffset(), err)
	}
	return nil
}

// jsonFault words an error of encoding/json for a person, with its place.
func jsonFault(data []byte, offset int64, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var bad *BadInput
	switch {
	case errors.As(err, &bad):
		return jsonAt(data, offset, bad.Problem)
	case errors.As(err, &syntax):
		return jsonAt(data, syntax.Offset-1, "this is not JSON: "+syntax.Error())
	case errors.As(err, &kind):
		return jsonAt(data, kind.Offset, fmt.Sprintf("%s cannot be a %s", strings.TrimSpace("the field "+kind.Field), kind.Value))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return jsonAt(data, int64(len(data)), "the value is cut off before its end")
	}
	return jsonAt(data, offset, strings.TrimPrefix(err.Error(), "json: "))
}

// jsonAt places a fault by its byte offset: line, and column as a character of that line, both from 1.
func jsonAt(data []byte, offset int64, problem string) error {
	offset = min(max(offset, 0), int64(len(data)))
	before := data[:offset]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return &BadInput{Line: line, Column: strconv.Itoa(column), Problem: problem}
}

// numbers are written as null where they are NaN: where there is no number to give.
type numbers []float64

// MarshalJSON writes the list in one go, since a long course has many.
func (n numbers) MarshalJSON() ([]byte, error) {
	text := make([]byte, 0, 2+20*len(n))
	text = append(text, '[')
	for i, x := range n {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendNumber(text, x)
	}
	return append(text, ']'), nil
}

// number is written as null where it is NaN.
type number float64

// MarshalJSON writes the shortest form that reads back as the same double.
func (n number) MarshalJSON() ([]byte, error) { return appendNumber(nil, float64(n)), nil }

func appendNumber(text []byte, x float64) []byte {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return append(text, "null"...)
	}
	format := byte('f')
	if size := math.Abs(x); size != 0 && (size < 1e-6 || size >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(text, x, format, -1, 64)
}

// appendText writes a JSON string; most ids are plain and need no escapes.
func appendText(text []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(s) // a string always has a JSON form
			return append(text, quoted...)
		}
	}
	text = append(text, '"')
	text = append(text, s...)
	return append(text, '"')
}

// list is v, or an empty list instead of null.
func list[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}
