package db

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Table is what the migrations say of one table.
type Table struct {
	Name    string
	Columns []Column
	Key     []string // the columns of the primary key
}

// Column is one column of a table.
type Column struct {
	Name string
	Type string // TEXT, BIGINT, DOUBLE PRECISION, BOOLEAN or BYTEA, on both databases
	Null bool   // whether it may be without a value
}

// Tables returns the tables as they are at a version of the schema, in the order in which they were made, so that a
// table comes after those it refers to. A migration that does more than it understands is an error.
func Tables(version int) ([]Table, error) {
	files, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return nil, err
	}
	steps, err := readMigrations(files, postgres)
	if err != nil {
		return nil, err
	}
	if version < 0 || version > len(steps) {
		return nil, fmt.Errorf("there is no version %d of the schema", version)
	}
	var tables []Table
	for _, m := range steps[:version] {
		for _, statement := range statements(m.script) {
			if tables, err = follow(tables, statement); err != nil {
				return nil, fmt.Errorf("migration %s: %w", m.name, err)
			}
		}
	}
	return tables, nil
}

// statements splits a script into statements, and those into words without blanks and comments.
func statements(script string) [][]string {
	var all [][]string
	var words []string
	for rest := script; rest != ""; {
		t := token(rest)
		rest = rest[len(t):]
		switch {
		case isBlank(t):
		case t == ";":
			all, words = append(all, words), nil
		default:
			words = append(words, t)
		}
	}
	return append(all, words)
}

// follow does to the tables what a statement does.
func follow(tables []Table, words []string) ([]Table, error) {
	head := make([]string, min(4, len(words)))
	for i := range head {
		head[i] = strings.ToUpper(words[i])
	}
	switch {
	case len(words) > 4 && head[0] == "CREATE" && head[1] == "TABLE" && words[3] == "(":
		return append(tables, newTable(words[2], words[4:])), nil
	case len(words) > 4 && head[0] == "ALTER" && head[1] == "TABLE" && head[3] == "ADD":
		if strings.EqualFold(words[4], "CONSTRAINT") {
			return tables, nil
		}
		i := slices.IndexFunc(tables, func(t Table) bool { return t.Name == words[2] })
		if i < 0 || !strings.EqualFold(words[4], "COLUMN") {
			return nil, fmt.Errorf("%s is not understood", strings.Join(words[:5], " "))
		}
		tables[i].add(words[5:])
		return tables, nil
	case len(head) == 3 && head[0] == "DROP" && head[1] == "TABLE":
		return slices.DeleteFunc(tables, func(t Table) bool { return t.Name == words[2] }), nil
	case len(head) > 1 && head[1] == "TABLE":
		return nil, fmt.Errorf("%s is not understood", strings.Join(words[:min(5, len(words))], " "))
	}
	return tables, nil
}

// newTable reads what stands between the brackets of CREATE TABLE.
func newTable(name string, words []string) Table {
	t := Table{Name: name}
	depth := 0
	var item []string
	for _, w := range words {
		switch {
		case w == "(":
			depth++
		case w == ")":
			depth--
		}
		if depth < 0 || depth == 0 && w == "," {
			t.add(item)
			item = nil
			if depth < 0 {
				break
			}
			continue
		}
		item = append(item, w)
	}
	return t
}

// add reads one line of a table: a column, its key, or another rule.
func (t *Table) add(item []string) {
	if len(item) < 2 {
		return
	}
	upper := strings.ToUpper(strings.Join(item, " "))
	switch strings.ToUpper(item[0]) {
	case "PRIMARY":
		for _, w := range item[2:] {
			if isWordByte(w[0]) {
				t.Key = append(t.Key, w)
			}
		}
	case "UNIQUE", "CHECK", "FOREIGN", "CONSTRAINT", "EXCLUDE":
	default:
		kind := strings.ToUpper(item[1])
		if kind == "DOUBLE" {
			kind = "DOUBLE PRECISION"
		}
		if strings.Contains(upper, "PRIMARY KEY") {
			t.Key = append(t.Key, item[0])
		}
		t.Columns = append(t.Columns, Column{item[0], kind, !strings.Contains(upper, "NOT NULL")})
	}
}
