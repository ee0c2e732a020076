package backup

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"attune/internal/db"
)

// record is a row with its columns by name; what was sealed is opened, JSON where it is.
type record map[string]any

func recordOf(t table, r row) record {
	all := record{}
	for i, c := range t.plain {
		all[c.name] = r.values[i]
	}
	for i, s := range t.sealed {
		all[s.name] = nil
		if text := r.opened[i]; text != nil {
			var v any = *text
			if nested(*text) {
				_ = json.Unmarshal([]byte(*text), &v) // nested has tried it
			}
			all[s.name] = v
		}
	}
	return all
}

// text is a column as text; that of a field of it where path has more than one name.
func (r record) text(path ...string) string {
	var v any = map[string]any(r)
	for _, name := range path {
		fields, _ := v.(map[string]any)
		v = fields[name]
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// moment is a column of microseconds as a time; the zero time where it is empty.
func (r record) moment(name string) time.Time {
	if at, ok := r[name].(int64); ok {
		return time.UnixMicro(at).UTC()
	}
	return time.Time{}
}

// people are the names that lists need, by id.
type people map[string]string

func namesOf(ctx context.Context, tx *db.DB) (people, error) {
	names := people{}
	for _, t := range tables {
		if t.name != "staff" && t.name != "client" && t.name != "place" {
			continue
		}
		err := readTable(ctx, tx, t, func(r row) error {
			found := recordOf(t, r)
			names[found.text("id")] = found.text("profile", "Name")
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}

// participants are the clients of each course, by id.
func participants(ctx context.Context, tx *db.DB) (map[string][]string, error) {
	of := map[string][]string{}
	err := tx.Each(ctx, `SELECT course_id, client_id FROM course_client WHERE practice_id = $1 ORDER BY course_id, client_id`, []any{tx.PracticeID()},
		func(scan func(...any) error) error {
			var course, client string
			err := scan(&course, &client)
			of[course] = append(of[course], client)
			return err
		})
	return of, err
}

func (p people) all(ids []string) string {
	var names []string
	for _, id := range ids {
		names = append(names, p[id])
	}
	return strings.Join(names, " and ")
}

// list is one CSV file: a table, its heading, and a row of it as cells.
type list struct {
	name, table string
	heading     []string
	cells       func(r record) []string
}

// exportLists writes the lists that other programs read: CSV, and the appointments as a calendar.
func exportLists(ctx context.Context, tx *db.DB, w writer) error {
	names, err := namesOf(ctx, tx)
	if err != nil {
		return err
	}
	of, err := participants(ctx, tx)
	if err != nil {
		return err
	}
	lists := []list{
		{"clients.csv", "client", []string{"id", "name", "pronouns", "email", "phone", "state", "since"}, func(r record) []string {
			return []string{r.text("id"), r.text("profile", "Name"), r.text("profile", "Pronouns"), r.text("profile", "Email"), r.text("profile", "Phone"),
				r.text("state"), stamp(r.moment("created_at"))}
		}},
		{"staff.csv", "staff", []string{"id", "name", "email", "roles", "state"}, func(r record) []string {
			return []string{r.text("id"), r.text("profile", "Name"), r.text("profile", "Email"), r.text("roles"), r.text("state")}
		}},
		{"courses.csv", "course", []string{"id", "clients", "therapist", "modality", "state", "started", "ended"}, func(r record) []string {
			return []string{r.text("id"), names.all(of[r.text("id")]), names[r.text("therapist_id")], r.text("modality"), r.text("state"),
				stamp(r.moment("started_at")), stamp(r.moment("ended_at"))}
		}},
		{"appointments.csv", "appointment", []string{"id", "local", "zone", "start", "end", "clients", "therapist", "place", "state"}, func(r record) []string {
			return []string{r.text("id"), r.text("wall"), r.text("zone"), stamp(r.moment("start_at")), stamp(r.moment("end_at")), names.all(of[r.text("course_id")]),
				names[r.text("therapist_id")], names[r.text("place_id")], r.text("state")}
		}},
	}
	for _, l := range lists {
		if err := w.file("lists/"+l.name, func(out io.Writer) error { return l.write(ctx, tx, out) }); err != nil {
			return err
		}
	}
	return w.file("lists/appointments.ics", func(out io.Writer) error { return writeCalendar(ctx, tx, out, names) })
}

func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339)
}

func tableNamed(name string) table {
	for _, t := range tables {
		if t.name == name {
			return t
		}
	}
	panic("backup: no table " + name) // a name in this package
}

func (l list) write(ctx context.Context, tx *db.DB, out io.Writer) error {
	to := csv.NewWriter(out)
	if err := to.Write(l.heading); err != nil {
		return err
	}
	t := tableNamed(l.table)
	err := readTable(ctx, tx, t, func(r row) error {
		cells := l.cells(recordOf(t, r))
		for i, cell := range cells {
			cells[i] = harmless(cell)
		}
		return to.Write(cells)
	})
	to.Flush()
	if err == nil {
		err = to.Error()
	}
	return err
}

// harmless keeps a spreadsheet from taking what someone typed for a formula (OWASP, CSV injection).
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// writeCalendar writes the appointments as iCalendar (RFC 5545), with the therapist's name and no client's.
func writeCalendar(ctx context.Context, tx *db.DB, out io.Writer, names people) error {
	const form = "20060102T150405Z"
	if _, err := io.WriteString(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Attune//export 1//EN\r\n"); err != nil {
		return err
	}
	t := tableNamed("appointment")
	escape := strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`, "\r", "")
	err := readTable(ctx, tx, t, func(r row) error {
		a := recordOf(t, r)
		status := "CONFIRMED"
		if a.text("state") == "cancelled" {
			status = "CANCELLED"
		}
		_, err := fmt.Fprintf(out, "BEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:%s\r\nSEQUENCE:%s\r\nDTSTART:%s\r\nDTEND:%s\r\n%s\r\nSTATUS:%s\r\nEND:VEVENT\r\n",
			a.text("id"), a.moment("changed_at").Format(form), a.text("sequence"), a.moment("start_at").Format(form), a.moment("end_at").Format(form),
			folded("SUMMARY:Appointment with "+escape.Replace(names[a.text("therapist_id")])), status)
		return err
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, "END:VCALENDAR\r\n")
	return err
}

// folded breaks a line after at most 75 bytes, between letters (RFC 5545 3.1).
func folded(line string) string {
	var b strings.Builder
	width := 0
	for _, r := range line {
		if size := len(string(r)); width+size > 74 {
			b.WriteString("\r\n ")
			width = 1
		}
		b.WriteRune(r)
		width += len(string(r))
	}
	return b.String()
}
