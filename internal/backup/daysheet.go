package backup

import (
	"context"
	"html/template"
	"io"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/schedule"
)

// daySheet is one page to print, for a day on which everything is down.
var daySheet = template.Must(template.New("day sheet").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Day sheet</title>
<style>body{font:12pt/1.4 sans-serif;margin:1.5cm}table{border-collapse:collapse;width:100%;margin-bottom:1cm}
th,td{border:1px solid #666;padding:4pt 6pt;text-align:left;vertical-align:top}h2{break-after:avoid}</style>
<h1>{{.Day}}</h1>
<p>{{.Practice}}, {{.Zone}} time, as of {{.At}}. {{.Count}} hours. Shred this page when the day is over.</p>
{{range .Therapists}}<h2>{{.Name}}</h2>
<table><tr><th>Time</th><th>Who</th><th>Where</th><th>How to reach them</th></tr>
{{range .Hours}}<tr><td>{{.Time}}</td><td>{{.Who}}</td><td>{{.Where}}</td><td>{{.Reach}}</td></tr>
{{end}}</table>
{{else}}<p>Nothing is booked on this day.</p>
{{end}}</html>
`))

type sheetView struct {
	Day, Practice, Zone, At string
	Count                   int
	Therapists              []sheetTherapist
}

type sheetTherapist struct {
	Name  string
	Hours []sheetHour
}

type sheetHour struct{ Time, Who, Where, Reach string }

// Tomorrow is the day after the present one where the practice is.
func Tomorrow(ctx context.Context, tx *db.DB) (civil.Date, error) {
	house, err := practice.Read(ctx, tx)
	if err != nil {
		return civil.Date{}, err
	}
	loc, err := civil.Zone(house.Zone)
	if err != nil {
		return civil.Date{}, err
	}
	now := tx.Now().In(loc)
	return civil.Date{Year: now.Year(), Month: now.Month(), Day: now.Day()}.AddDays(1), nil
}

// DaySheet writes the hours that are booked on a day, with names and a phone number where a call is safe. It returns how
// many there are.
func DaySheet(ctx context.Context, d *db.DB, day civil.Date, out io.Writer) (int, error) {
	var view sheetView
	err := d.InTx(ctx, func(tx *db.DB) (err error) {
		if view, err = sheetOf(ctx, tx, day); err != nil {
			return err
		}
		return audit.Record(ctx, tx, access.OfProgram(tx.PracticeID()), audit.Downloaded,
			audit.Subject{Right: access.ReadTimes, Type: "day sheet", ID: day.String()})
	})
	if err != nil {
		return 0, err
	}
	return view.Count, daySheet.Execute(out, view)
}

func sheetOf(ctx context.Context, tx *db.DB, day civil.Date) (sheetView, error) {
	by := access.OfProgram(tx.PracticeID())
	house, err := practice.Read(ctx, tx)
	if err != nil {
		return sheetView{}, err
	}
	loc, err := civil.Zone(house.Zone)
	if err != nil {
		return sheetView{}, err
	}
	midnight := func(d civil.Date) time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, loc) }
	view := sheetView{Day: day.WordsYear(), Practice: house.Name, Zone: civil.ZoneWords(house.Zone), At: tx.Now().In(loc).Format("2006-01-02 15:04")}
	hours, err := schedule.Between(ctx, tx, by, access.ReadTimes, "", midnight(day), midnight(day.AddDays(1)))
	if err != nil {
		return view, err
	}
	people, err := peopleOf(ctx, tx, by, hours)
	if err != nil {
		return view, err
	}
	staff, err := practice.Colleagues(ctx, tx)
	if err != nil {
		return view, err
	}
	for _, s := range staff {
		t := sheetTherapist{Name: s.Name}
		for _, a := range hours {
			if a.TherapistID == s.ID && a.State == schedule.Booked {
				t.Hours = append(t.Hours, people.hour(a, loc))
			}
		}
		if len(t.Hours) > 0 {
			view.Therapists = append(view.Therapists, t)
			view.Count += len(t.Hours)
		}
	}
	return view, nil
}

// sheetPeople is who comes, and where.
type sheetPeople struct {
	courses map[practice.CourseID]practice.Course
	clients map[practice.ClientID]practice.Client
	places  map[schedule.PlaceID]string
}

func peopleOf(ctx context.Context, tx *db.DB, by access.Actor, hours []schedule.Appointment) (p sheetPeople, err error) {
	var courses []practice.CourseID
	for _, a := range hours {
		courses = append(courses, a.CourseID)
	}
	if p.courses, err = practice.CoursesOf(ctx, tx, by, access.ReadTimes, courses); err != nil {
		return p, err
	}
	var clients []practice.ClientID
	for _, k := range p.courses {
		clients = append(clients, k.ClientIDs...)
	}
	if p.clients, err = practice.ClientsOf(ctx, tx, by, access.ReadAbout, clients); err != nil {
		return p, err
	}
	all, err := schedule.Places(ctx, tx)
	p.places = map[schedule.PlaceID]string{}
	for _, place := range all {
		p.places[place.ID] = place.Name
	}
	return p, err
}

func (p sheetPeople) hour(a schedule.Appointment, loc *time.Location) sheetHour {
	var names, reach []string
	for _, id := range p.courses[a.CourseID].ClientIDs {
		c := p.clients[id]
		names = append(names, c.Name)
		switch {
		case c.Phone == "":
		case !c.Contact.Call:
			reach = append(reach, c.Name+": do not call")
		case !c.Contact.Voicemail:
			reach = append(reach, c.Name+": "+c.Phone+", no voicemail")
		default:
			reach = append(reach, c.Name+": "+c.Phone)
		}
	}
	return sheetHour{a.Start.In(loc).Format("15:04") + " to " + a.End.In(loc).Format("15:04"), strings.Join(names, " and "), p.places[a.PlaceID], strings.Join(reach, "; ")}
}
