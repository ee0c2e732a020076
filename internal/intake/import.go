package intake

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/mail"
	"attune/internal/practice"
	"attune/internal/seal"
)

// MostRows is how many clients a practice brings along at once.
const MostRows = 2000

// Row is one client that a practice brings along, as a line of a table.
type Row struct {
	Line      int // where it stands in the table, the heading being line 1
	Name      string
	Pronouns  string
	Email     string
	Phone     string
	Therapist string // the address that a therapist here is known by
	Modality  string // "individual", "couple" or "family"
	Since     civil.Date
}

// Columns are the headings of such a table, in any order; name and therapist must be there.
var Columns = []string{"name", "pronouns", "email", "phone", "therapist", "modality", "since"}

// ParseClients reads a table of clients: CSV with commas or semicolons, the headings in its first line. What is wrong is
// told line by line, in the field "csv"; then no row is of use.
func ParseClients(text string) ([]Row, error) {
	lines, err := readTable(text)
	if err != nil {
		return nil, err
	}
	columns, err := headings(lines[0].cells)
	if err != nil {
		return nil, err
	}
	var faults fault.List
	var rows []Row
	for _, l := range lines[1:] {
		if strings.TrimSpace(strings.Join(l.cells, "")) == "" {
			continue
		}
		rows = append(rows, rowOf(l, columns, &faults))
	}
	if len(rows) == 0 && len(faults) == 0 {
		faults.Add("csv", "There is no client under the headings.")
	}
	twice(rows, &faults)
	return rows, told(faults)
}

// mostTold is how many lines are told of at once: whoever has more wrong has a cause for all of them.
const mostTold = 20

// told is what is wrong with a table, as far as anyone wants to read it.
func told(faults fault.List) error {
	if more := len(faults) - mostTold; more > 0 {
		faults = faults[:mostTold]
		faults.Add("csv", fmt.Sprintf("There are %d more. Put these right first, then check the table again.", more))
	}
	return faults.Err()
}

type tableLine struct {
	n     int
	cells []string
}

func readTable(text string) ([]tableLine, error) {
	text = strings.TrimPrefix(text, "\ufeff") // spreadsheets put it in front
	if strings.TrimSpace(text) == "" {
		return nil, fault.Invalid("csv", "Choose a file, or paste the table.")
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, fault.Invalid("csv", "This file is not text in UTF-8. Save it as “CSV UTF-8” and choose it again.")
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	first, _, _ := strings.Cut(text, "\n")
	if strings.Count(first, ";") > strings.Count(first, ",") {
		r.Comma = ';'
	}
	var lines []tableLine
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			return nil, fault.Invalid("csv", fmt.Sprintf("Line %d: a quotation mark is missing or stands in the wrong place.", wrong.Line))
		}
		if err != nil {
			return nil, err
		}
		n, _ := r.FieldPos(0)
		lines = append(lines, tableLine{n, cells})
		if len(lines) > MostRows+1 {
			return nil, fault.Invalid("csv", fmt.Sprintf("Bring in at most %d clients at once.", MostRows))
		}
	}
	if len(lines) == 0 { // only blank lines
		return nil, fault.Invalid("csv", "Choose a file, or paste the table.")
	}
	return lines, nil
}

// headings are the columns by their place in the table.
func headings(cells []string) ([]string, error) {
	var faults fault.List
	var columns []string
	for _, cell := range cells {
		name := strings.ToLower(strings.TrimSpace(cell))
		switch {
		case !slices.Contains(Columns, name):
			faults.Add("csv", fmt.Sprintf("Line 1: the heading “%s” is not known. Use %s.", short(name), strings.Join(Columns, ", ")))
		case slices.Contains(columns, name):
			faults.Add("csv", fmt.Sprintf("Line 1: the heading “%s” stands there twice.", name))
		}
		columns = append(columns, name)
	}
	for _, needed := range []string{"name", "therapist"} {
		if !slices.Contains(columns, needed) {
			faults.Add("csv", fmt.Sprintf("Line 1: the heading “%s” is missing.", needed))
		}
	}
	if !slices.Contains(columns, "email") && !slices.Contains(columns, "phone") {
		faults.Add("csv", "Line 1: one of the headings “email” and “phone” is needed.")
	}
	return columns, faults.Err()
}

// short keeps what somebody's file says from filling the page.
func short(text string) string {
	letters := []rune(text)
	return string(letters[:min(len(letters), 40)])
}

func rowOf(l tableLine, columns []string, faults *fault.List) Row {
	say := func(sentence string) { faults.Add("csv", fmt.Sprintf("Line %d: %s", l.n, sentence)) }
	if len(l.cells) != len(columns) {
		say(fmt.Sprintf("it has %d values, but there are %d headings.", len(l.cells), len(columns)))
		return Row{Line: l.n}
	}
	of := func(column string) string {
		i := slices.Index(columns, column)
		if i < 0 {
			return ""
		}
		text := strings.Join(strings.Fields(l.cells[i]), " ")
		if utf8.RuneCountInString(text) > 200 {
			say("“" + column + "” is longer than 200 characters.")
		}
		return text
	}
	row := Row{Line: l.n, Name: of("name"), Pronouns: of("pronouns"), Email: of("email"), Phone: of("phone"), Therapist: of("therapist"),
		Modality: strings.ToLower(of("modality"))}
	row.check(say)
	if since := of("since"); since != "" {
		var err error
		if row.Since, err = civil.ParseDate(since); err != nil {
			say("the date in “since” is not clear. Write it like 2026-05-21.")
		}
	}
	return row
}

func (r *Row) check(say func(string)) {
	if r.Name == "" {
		say("the name is missing.")
	}
	if r.Email == "" && r.Phone == "" {
		say("an email address or a phone number is needed.")
	}
	if clean, err := mail.Address(r.Email); r.Email != "" && (err != nil || clean != r.Email) {
		say("the email address is not complete. Write it like name@example.org.")
	}
	if r.Therapist == "" {
		say("the therapist’s email address is missing.")
	}
	if r.Modality == "" {
		r.Modality = "individual"
	}
	if !slices.ContainsFunc(practice.Modalities, func(c practice.Concern) bool { return c.Code == r.Modality }) {
		say("the modality is not known. Use individual, couple or family.")
	}
}

// twice tells of people who stand in the table more than once.
func twice(rows []Row, faults *fault.List) {
	first := map[string]int{}
	for _, r := range rows {
		who := strings.ToLower(r.Name + "\n" + r.Email + "\n" + digitsOf(r.Phone))
		if line, ok := first[who]; ok && r.Name != "" {
			faults.Add("csv", fmt.Sprintf("Line %d: this is the same person as in line %d.", r.Line, line))
			continue
		}
		first[who] = r.Line
	}
}

func digitsOf(phone string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
}

// Coming is a row that was held against the practice.
type Coming struct {
	Row
	With  practice.Therapist
	Known bool // they are a client here already, and stay as they are
}

// CheckImport holds a table of clients against the practice: its therapists, and the clients it has. Nothing is kept.
func CheckImport(ctx context.Context, tx *db.DB, by access.Actor, text string) ([]Coming, error) {
	if _, err := access.Within(by, access.ImportClients, tx.Now()); err != nil {
		return nil, err
	}
	rows, err := ParseClients(text)
	if err != nil {
		return nil, err
	}
	var all []Coming
	err = tx.View(ctx, func(tx *db.DB) error {
		all, err = held(ctx, tx, by, rows)
		return err
	})
	return all, err
}

func held(ctx context.Context, tx *db.DB, by access.Actor, rows []Row) ([]Coming, error) {
	therapists, err := practice.Therapists(ctx, tx, false)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.Name
	}
	clients, err := practice.Namesakes(ctx, tx, by, access.ReadAbout, names)
	if err != nil {
		return nil, err
	}
	today := civil.On(tx.Now(), tx.Now().Location())
	var faults fault.List
	all := make([]Coming, len(rows))
	for n, r := range rows {
		all[n].Row = r
		i := slices.IndexFunc(therapists, func(t practice.Therapist) bool { return strings.EqualFold(t.Email, r.Therapist) })
		if i < 0 {
			faults.Add("csv", fmt.Sprintf("Line %d: nobody who sees clients here has the address “%s”. Invite them first.", r.Line, short(r.Therapist)))
			continue
		}
		all[n].With = therapists[i]
		if today.AddDays(1).Before(r.Since) {
			faults.Add("csv", fmt.Sprintf("Line %d: the date in “since” is still to come.", r.Line))
		}
		all[n].Known = slices.ContainsFunc(clients[r.Name], r.is)
	}
	return all, told(faults)
}

// is reports whether the row is about this client: the same name, and the same address or number where both have one.
func (r Row) is(c practice.Client) bool {
	if !strings.EqualFold(c.Name, r.Name) {
		return false
	}
	mail := r.Email == "" || c.Email == "" || strings.EqualFold(r.Email, c.Email)
	phone := r.Phone == "" || c.Phone == "" || digitsOf(r.Phone) == digitsOf(c.Phone)
	return mail && phone
}

// Bring says how clients are brought along.
type Bring struct {
	Safe  bool // the practice may write to their addresses
	Forms bool // they are sent the consents and intake measures; only where Safe
}

// Import brings clients along: all of the table, or none of it. Each gets a key of their own, a place in the name
// index, a course with their therapist, and a way to sign in. Who is a client already stays as they are, so that the
// same table again changes nothing. It returns how many came.
func Import(ctx context.Context, tx *db.DB, by access.Actor, text string, b Bring) (int, error) {
	n := 0
	err := tx.InTx(ctx, func(tx *db.DB) error {
		n = 0
		all, err := CheckImport(ctx, tx, by, text)
		if err != nil {
			return err
		}
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		for _, c := range all {
			if c.Known {
				continue
			}
			if err := bring(ctx, tx, by, house, c, b); err != nil {
				return fmt.Errorf("bring line %d along: %w", c.Line, err)
			}
			n++
		}
		return nil
	})
	return n, err
}

func bring(ctx context.Context, tx *db.DB, by access.Actor, house practice.Practice, from Coming, b Bring) error {
	key := seal.OwnerID(tx.NewID())
	if _, err := seal.NewOwner(ctx, tx, seal.Person, key); err != nil {
		return err
	}
	c := practice.Client{ID: practice.ClientID(tx.NewID()), KeyID: key, About: practice.About{Name: from.Name, Pronouns: from.Pronouns,
		Email: from.Email, Phone: from.Phone, Contact: practice.SafeContact{Mail: b.Safe && from.Email != "", Call: from.Phone != ""}}}
	if err := practice.AddClient(ctx, tx, access.OfProgram(by.PracticeID), c); err != nil {
		return err
	}
	if err := letIn(ctx, tx, c); err != nil {
		return err
	}
	k := practice.Course{ID: practice.CourseID(tx.NewID()), KeyID: seal.OwnerID(tx.NewID()), TherapistID: from.With.ID, Modality: from.Modality,
		ClientIDs: []practice.ClientID{c.ID}}
	if from.Since.Valid() {
		k.Started, _ = civil.In(from.Since, civil.Midnight, house.Location())
	}
	if err := practice.BeginCourse(ctx, tx, access.OfProgram(by.PracticeID), k); err != nil {
		return err
	}
	if b.Forms && c.Contact.Mail {
		if err := sendForms(ctx, tx, by, c); err != nil {
			return err
		}
	}
	return audit.Record(ctx, tx, by, audit.Imported, audit.Subject{Right: access.ImportClients, ClientID: string(c.ID), Type: "client", ID: string(c.ID)})
}
