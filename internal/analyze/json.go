package analyze

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
		return jsonAt(data, syntax.Offset, "this is not JSON: "+syntax.Error())
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
