package backup

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"slices"
	"sort"
	"strings"
	"time"

	"attune/internal/db"
)

// recordPage shows one client's record without script, style sheets or requests.
var recordPage = template.Must(template.New("record").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Record</title>
<style>body{font:1rem/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}dl{border-top:1px solid #999;padding-top:.5rem}
dt{font-weight:bold}dd{margin:0 0 .5rem;white-space:pre-wrap}</style>
<h1>{{.Name}}</h1>
<p>Everything that the practice keeps about this person, as of {{.At}}. Times are UTC.</p>
{{range .Sections}}<h2>{{.Title}}</h2>
{{range .Entries}}<dl>{{range .}}<dt>{{.Name}}</dt><dd>{{.Value}}</dd>{{end}}</dl>
{{end}}{{end}}</html>
`))

type recordView struct {
	Name     string
	At       string
	Sections []section
}

type section struct {
	Title   string
	Entries [][]field
}

type field struct{ Name, Value string }

// exportRecords writes a readable page for each client.
func exportRecords(ctx context.Context, tx *db.DB, w writer) error {
	t := tableNamed("client")
	var ids, names []string
	err := readTable(ctx, tx, t, func(r row) error {
		c := recordOf(t, r)
		ids, names = append(ids, c.text("id")), append(names, c.text("profile", "Name"))
		return nil
	})
	if err != nil {
		return err
	}
	for i, id := range ids {
		view := recordView{Name: names[i], At: tx.Now().Format(time.RFC3339)}
		if view.Sections, err = sectionsOf(ctx, tx, id); err != nil {
			return err
		}
		err := w.file("records/"+id+".html", func(out io.Writer) error { return recordPage.Execute(out, view) })
		if err != nil {
			return fmt.Errorf("write a record: %w", err)
		}
	}
	return nil
}

func sectionsOf(ctx context.Context, tx *db.DB, client string) ([]section, error) {
	var all []section
	for _, t := range tables {
		only := aboutClient(t)
		if only == "" {
			continue
		}
		s := section{Title: strings.ReplaceAll(t.name, "_", " ")}
		err := readSome(ctx, tx, t, &filter{only, client}, func(r row) error {
			s.Entries = append(s.Entries, entryOf(t, recordOf(t, r)))
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(s.Entries) > 0 {
			all = append(all, s)
		}
	}
	return all, nil
}

// aboutClient is the condition that a row of a table is about a client; empty where the table is about none. What one
// person of a couple said alone is under that person's id, and stays out of the other's record.
func aboutClient(t table) string {
	const courses = `(SELECT m.course_id FROM course_client m WHERE m.practice_id = x.practice_id AND m.client_id = %s)`
	switch has := func(name string) bool { return slices.Contains(t.plain, column{name, text}) }; {
	case t.name == "client":
		return `x.id = %s`
	case t.name == "course":
		return `x.id IN ` + courses
	case has("client_id"):
		return `x.client_id = %s`
	case has("course_id"):
		return `x.course_id IN ` + courses
	case has("rupture_id"):
		return `x.rupture_id IN (SELECT r.id FROM rupture r WHERE r.practice_id = x.practice_id AND r.client_id = %s)`
	case has("note_id"):
		return `x.note_id IN (SELECT n.id FROM note n WHERE n.practice_id = x.practice_id AND n.course_id IN ` + courses + `)`
	case has("inquiry_id"):
		return `x.inquiry_id IN (SELECT i.id FROM inquiry i WHERE i.practice_id = x.practice_id AND i.client_id = %s)`
	}
	return ""
}

func entryOf(t table, r record) []field {
	var all []field
	for _, c := range t.plain {
		v := r.text(c.name)
		if c.kind == number && (strings.HasSuffix(c.name, "_at") || c.name == "at") {
			v = stamp(r.moment(c.name))
		}
		if v != "" {
			all = append(all, field{strings.ReplaceAll(c.name, "_", " "), v})
		}
	}
	for _, s := range t.sealed {
		all = append(all, flat(strings.ReplaceAll(s.name, "_", " "), r[s.name])...)
	}
	return all
}

// flat lays out nested values as lines, each under the names that lead to it.
func flat(name string, v any) []field {
	var all []field
	switch v := v.(type) {
	case nil:
	case map[string]any:
		var names []string
		for n := range v {
			names = append(names, n)
		}
		sort.Strings(names)
		for _, n := range names {
			all = append(all, flat(name+", "+n, v[n])...)
		}
	case []any:
		for _, one := range v {
			all = append(all, flat(name, one)...)
		}
	default:
		if words := fmt.Sprint(v); words != "" {
			all = append(all, field{name, words})
		}
	}
	return all
}
