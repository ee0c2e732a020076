package analyze

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// BadInput says what is wrong with what was given, and where. Commands answer it with exit code 2.
type BadInput struct {
	Line    int    // from 1; 0 where no single line is to blame, as for a flag
	Column  string // a column's name in CSV, a position in JSON, a flag; empty where none is to blame
	Problem string // what is wrong and what to do, without a full stop
}

func (e *BadInput) Error() string {
	var where string
	if e.Line > 0 {
		where = fmt.Sprintf("line %d", e.Line)
	}
	if e.Column != "" && where != "" {
		where += ", "
	}
	if e.Column != "" {
		where += "column " + e.Column
	}
	if where == "" {
		return e.Problem
	}
	return where + ": " + e.Problem
}

// ExitCode is 2: the input cannot be read as it stands.
func (e *BadInput) ExitCode() int { return 2 }

// inFile names the file in which a fault lies, where there are several.
func inFile(name string, err error) error {
	var bad *BadInput
	if errors.As(err, &bad) {
		return &BadInput{Line: bad.Line, Column: bad.Column, Problem: bad.Problem + " (in " + name + ")"}
	}
	return err
}

// TooLittle says that the input was read but is not enough for an answer. Commands answer it with exit code 1.
type TooLittle struct {
	Problem string // a sentence that says how much is needed
}

func (e *TooLittle) Error() string { return e.Problem }

// ExitCode is 1: nothing is wrong with the input, there is only not enough of it.
func (e *TooLittle) ExitCode() int { return 1 }

// badFlag reports a flag whose value no command can use.
func badFlag(name, problem string) error {
	return &BadInput{Problem: "--" + name + " " + problem}
}

// table reads CSV rows strictly: a header that holds exactly the wanted columns, in any order, then rows of
// as many fields. The first fault ends the reading and is kept for err, so that a loop reads like that of a scanner:
//
//	t := newTable(in, "course", "session", "score")
//	for t.next() {
//		course, session, score := t.id(0), t.whole(1), t.number(2)
//		...
//	}
//	return t.err()
//
// Fields are named by the place of their column in the call to newTable. After a fault they read as zero values.
type table struct {
	csv     *csv.Reader
	columns []string
	place   []int // of each wanted column in the file
	row     []string
	fault   error
}

// newTable reads the header. Every wanted column must be there once, and none besides.
func newTable(in io.Reader, columns ...string) *table {
	t := &table{columns: columns}
	buffered := bufio.NewReaderSize(in, 1<<16)
	if mark, _ := buffered.Peek(3); string(mark) == "\ufeff" {
		buffered.Discard(3) // spreadsheets write a byte order mark before the header
	}
	t.csv = csv.NewReader(buffered)
	t.csv.ReuseRecord = true
	t.readHeader()
	return t
}

func (t *table) readHeader() {
	header, err := t.csv.Read()
	if err == io.EOF {
		t.fault = &BadInput{Line: 1, Problem: "the input is empty: it needs a header line with " + strings.Join(t.columns, ",")}
		return
	}
	if err != nil {
		t.fault = readFault(err)
		return
	}
	seen := map[string]bool{}
	for _, name := range header {
		problem := ""
		switch {
		case !slices.Contains(t.columns, name):
			problem = "is not known here: the columns are " + strings.Join(t.columns, ",")
		case seen[name]:
			problem = "is there twice: keep one"
		}
		if problem != "" {
			t.fault = &BadInput{Line: 1, Column: strconv.Quote(name), Problem: problem}
			return
		}
		seen[name] = true
	}
	t.place = make([]int, len(t.columns))
	for i, name := range t.columns {
		t.place[i] = slices.Index(header, name)
		if t.place[i] < 0 {
			t.fault = &BadInput{Line: 1, Column: name, Problem: "is missing: the columns are " + strings.Join(t.columns, ",")}
			return
		}
	}
}

// next moves to the next row; false at the end of the input and after a fault.
func (t *table) next() bool {
	if t.fault != nil {
		return false
	}
	row, err := t.csv.Read()
	if err == io.EOF {
		return false
	}
	if err != nil {
		t.fault = readFault(err)
		return false
	}
	t.row = row
	return true
}

// err is the first fault, a *BadInput, or the reader's own error; nil when all rows were read.
func (t *table) err() error { return t.fault }

// fail reports a fault of this row's column i, as for a key that was there before.
func (t *table) fail(i int, format string, args ...any) {
	if t.fault != nil {
		return
	}
	t.fault = &BadInput{Line: t.line(), Column: t.columns[i], Problem: fmt.Sprintf(format, args...)}
}

// line is the line of the present row, from 1.
func (t *table) line() int {
	if len(t.row) == 0 {
		return 1
	}
	line, _ := t.csv.FieldPos(0)
	return line
}

// text is the field of column i, which may be empty. It must be UTF-8, since it is written back as JSON.
func (t *table) text(i int) string {
	if t.fault != nil {
		return ""
	}
	field := t.row[t.place[i]]
	if !utf8.ValidString(field) {
		t.fail(i, "is not UTF-8 text: save the file as UTF-8")
		return ""
	}
	return field
}

// id is the field of column i, which must not be empty or blank. It shares the memory of its
// row: clone an id that is kept for many rows.
func (t *table) id(i int) string {
	field := t.text(i)
	if t.fault == nil && strings.TrimSpace(field) == "" {
		t.fail(i, "is empty: every row needs one")
	}
	return field
}

// number is the field of column i as a finite decimal number.
func (t *table) number(i int) float64 {
	if t.fault != nil {
		return 0
	}
	field := t.row[t.place[i]]
	x, err := parseNumber(field)
	if err != nil {
		t.fail(i, "%v", err)
		return 0
	}
	return x
}

// whole is the field of column i as a whole number, as sessions are counted.
func (t *table) whole(i int) int {
	if t.fault != nil {
		return 0
	}
	field := t.row[t.place[i]]
	n, err := strconv.Atoi(field)
	if err != nil {
		t.fail(i, "%q is not a whole number", shorten(field))
		return 0
	}
	return n
}

// largest keeps fourth powers and their sums within the range of a double, so that no answer can overflow.
const largest = 1e50

// parseNumber reads a finite decimal number. Hexadecimal, digit separators, NaN, infinities and numbers beyond ±1e50 are
// refused.
func parseNumber(field string) (float64, error) {
	for i := range len(field) {
		switch field[i] {
		case 'x', 'X', 'p', 'P', '_':
			return 0, fmt.Errorf("%q is not a number", shorten(field))
		}
	}
	x, err := strconv.ParseFloat(field, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%q is too large to count with", shorten(field))
	case err != nil:
		return 0, fmt.Errorf("%q is not a number", shorten(field))
	case math.IsNaN(x) || math.IsInf(x, 0):
		return 0, fmt.Errorf("%q is not a finite number", shorten(field))
	case math.Abs(x) > largest:
		return 0, fmt.Errorf("%q is too large to count with", shorten(field))
	}
	return x, nil
}

// shorten keeps a message readable where a whole file was read as one field.
func shorten(field string) string {
	const most = 40
	if len(field) <= most {
		return field
	}
	return field[:most] + "…"
}

// readFault turns what encoding/csv refuses into a BadInput; errors of the reader beneath stay as they are.
func readFault(err error) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return err
	}
	problem := parse.Err.Error()
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		problem = "the row does not have as many fields as the header"
	case errors.Is(err, csv.ErrQuote), errors.Is(err, csv.ErrBareQuote):
		problem = fmt.Sprintf("a quote stands where none may, at character %d", parse.Column)
	}
	return &BadInput{Line: parse.Line, Problem: problem}
}
