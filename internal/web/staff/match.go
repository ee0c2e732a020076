package staff

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	matchPage   = ui.Parse(pages, ui.Staff, "match.html")
	previewPage = ui.Parse(pages, ui.Staff, "preview.html")
	answerPage  = ui.Parse(pages, ui.Staff, "answer.html")
)

func addMatch(g *route.Registry) {
	inquiry := []route.Object{{Param: "inquiry", Type: "inquiry"}}
	times := route.Field{Name: "time", Max: 120, Many: true, Line: true}
	words := route.Field{Name: "words", Max: 4000}
	held := route.Field{Name: "time", Max: 64, Line: true}
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/inquiries/{inquiry}", Name: "staff.inquiry", Right: access.ReadInquiry,
			Auth: route.SignIn, Objects: inquiry, Do: oneInquiry},
		route.Route{Method: http.MethodGet, Pattern: "/inquiries/{inquiry}/offer", Name: "staff.offer.preview", Right: access.WriteInquiry,
			Auth: route.SignIn, Objects: inquiry, Query: []route.Field{times}, Do: previewOffer},
		route.Route{Method: http.MethodPost, Pattern: "/inquiries/{inquiry}/offer", Name: "staff.offer.send", Right: access.WriteInquiry,
			Auth: route.SignIn, Objects: inquiry, Fields: []route.Field{times, words}, Do: sendOffer, Faulty: previewOffer},
		route.Route{Method: http.MethodGet, Pattern: "/inquiries/{inquiry}/answer", Name: "staff.inquiry.answer", Right: access.WriteInquiry,
			Auth: route.SignIn, Objects: inquiry, Query: []route.Field{{Name: "how", Max: 20, Line: true}}, Do: answerForm},
		route.Route{Method: http.MethodPost, Pattern: "/inquiries/{inquiry}/answer", Name: "staff.inquiry.send_answer", Right: access.WriteInquiry,
			Auth: route.SignIn, Objects: inquiry, Fields: []route.Field{{Name: "how", Max: 20, Line: true}, words, held}, Do: sendAnswer, Faulty: answerForm},
	)
}

type matchView struct {
	ID       intake.ID
	Name     string
	Words    string
	Else     string
	Facts    []ui.Fact
	Reach    []ui.Fact
	Badge    ui.Badge
	Open     bool // it can still be answered
	MayWrite bool
	Answer   string
	Client   practice.ClientID
	Fits     []matchFit
	Barred   []intake.Fit
	Hold     int
	Held     heldView
	Faults   []fault.Fault
}

type matchFit struct {
	intake.Fit
	Initials string
	MetWords string
	Times    []ui.Option
	More     []ui.Option
}

// shownTimes is how many of a therapist's times a match shows at first.
const shownTimes = 6

func oneInquiry(w http.ResponseWriter, v *route.Visit) error {
	id := intake.ID(v.PathValue("inquiry"))
	if access.Of(v.By, access.WriteInquiry) == 0 {
		i, err := intake.One(v.Context(), v.DB, v.By, id)
		if err != nil {
			return err
		}
		return v.Page(w, matchPage, frame(v, "Inquiries"), matchOf(v, i))
	}
	i, fits, barred, err := intake.Match(v.Context(), v.DB, v.By, id)
	if err != nil {
		return err
	}
	view := matchOf(v, i)
	view.MayWrite = true
	view.Open = i.State == intake.New || i.State == intake.Offered || i.State == intake.Waiting
	view.Barred = barred
	if view.Held, err = heldFor(v, i); err != nil {
		return err
	}
	for n, f := range fits {
		view.Fits = append(view.Fits, matchFitOf(v, i, f, n == 0))
	}
	return v.Page(w, matchPage, frame(v, "Inquiries"), view)
}

func matchOf(v *route.Visit, i intake.Inquiry) matchView {
	view := matchView{ID: i.ID, Name: i.Name, Words: i.InWords, Else: i.Else, Answer: i.Answer, Client: i.ClientID,
		Hold: v.Practice.HoldHours, Badge: inquiryBadge(i, v.DB.Now(), v.Practice.Location())}
	add := func(into *[]ui.Fact, name, value string) {
		if value != "" {
			*into = append(*into, ui.Fact{Name: name, Is: value})
		}
	}
	add(&view.Facts, "Pronouns", i.Pronouns)
	add(&view.Facts, "For", intake.Words(intake.ForWhom, i.For))
	var brings []string
	for _, code := range i.Brings {
		brings = append(brings, practice.ConcernWords(code))
	}
	add(&view.Facts, "Brings", strings.Join(brings, "; "))
	add(&view.Facts, "Wishes", i.Wishes)
	add(&view.Facts, "Times", timesWords(i.Times))
	add(&view.Facts, "Where", intake.Words(intake.Wheres, i.Where))
	add(&view.Facts, "Language", i.Language)
	if i.Sliding {
		add(&view.Facts, "Paying", "Sliding scale")
	}
	if i.State == intake.New {
		add(&view.Facts, "Reply by", v.Practice.Words(i.Due))
	}
	add(&view.Facts, "Came in", map[string]string{"web": "from the site", "phone": "by phone"}[i.Source])
	add(&view.Reach, "Email", i.Email)
	add(&view.Reach, "Phone", i.Phone)
	if i.Phone != "" {
		add(&view.Reach, "Voicemail", map[bool]string{true: "is fine", false: "please don't leave one"}[i.Contact.Voicemail])
	}
	add(&view.Reach, "When", i.Contact.When)
	return view
}

func matchFitOf(v *route.Visit, i intake.Inquiry, f intake.Fit, first bool) matchFit {
	m := matchFit{Fit: f, Initials: ui.Initials(f.Therapist.Name),
		MetWords: "Meets " + strconv.Itoa(f.Met()) + " of " + strconv.Itoa(len(f.Reasons))}
	loc := v.Practice.Location()
	for n, s := range f.Free {
		option := ui.Option{Value: timeValue(f.Therapist.ID, s.Place, s.Start), Label: slotLabel(s.Start, loc)}
		if n < shownTimes {
			// The closest fit comes with its first two times chosen, so that an answer is three clicks.
			option.Checked = first && n < 2 && i.State != intake.Offered
			m.Times = append(m.Times, option)
		} else if n < 4*shownTimes {
			m.More = append(m.More, option)
		}
	}
	return m
}

func slotLabel(at time.Time, loc *time.Location) string {
	date, clock := civil.Of(at, loc)
	return date.Weekday().String()[:3] + " " + date.MonthDay() + ", " + clock.Words()
}

func timesWords(texts []string) string {
	var wishes []schedule.Wish
	for _, text := range texts {
		if wish, err := schedule.ParseWish(text); err == nil {
			wishes = append(wishes, wish)
		}
	}
	return schedule.WishesWords(wishes)
}

// timeValue is a time as a form carries it: therapist, place and moment.
func timeValue(therapist practice.StaffID, place schedule.PlaceID, at time.Time) string {
	return string(therapist) + "." + string(place) + "." + strconv.FormatInt(at.Unix(), 10)
}

func parseTime(value string) (schedule.Stretch, bool) {
	parts := strings.Split(value, ".")
	if len(parts) != 3 {
		return schedule.Stretch{}, false
	}
	seconds, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return schedule.Stretch{}, false
	}
	return schedule.Stretch{TherapistID: practice.StaffID(parts[0]), PlaceID: schedule.PlaceID(parts[1]),
		Interval: schedule.Interval{Start: time.Unix(seconds, 0).UTC()}}, true
}

func chosenTimes(v *route.Visit) []schedule.Stretch {
	var all []schedule.Stretch
	for _, value := range v.Form.All("time") {
		if s, ok := parseTime(value); ok {
			all = append(all, s)
		}
	}
	return all
}

type previewView struct {
	ID      intake.ID
	Name    string
	Times   []previewTime
	Mail    texts.Mail
	Words   ui.Field
	By      string // to which address the message goes; empty where there is none
	Until   string
	Faults  []fault.Fault
	Missing bool
}

type previewTime struct {
	Value, Words, With string
}

// previewOffer shows what will be sent before it is.
func previewOffer(w http.ResponseWriter, v *route.Visit) error {
	i, fits, _, err := intake.Match(v.Context(), v.DB, v.By, intake.ID(v.PathValue("inquiry")))
	if err != nil {
		return err
	}
	view := previewView{ID: i.ID, Name: i.Name, Faults: v.Faults, By: i.Email,
		Until: v.Practice.Words(v.DB.Now().Add(time.Duration(v.Practice.HoldHours) * time.Hour))}
	names := map[practice.StaffID]string{}
	for _, f := range fits {
		names[f.Therapist.ID] = f.Therapist.Title()
	}
	for _, s := range chosenTimes(v) {
		if with, ok := names[s.TherapistID]; ok {
			view.Times = append(view.Times, previewTime{timeValue(s.TherapistID, s.PlaceID, s.Start),
				slotLabel(s.Start, v.Practice.Location()), with})
		}
	}
	view.Missing = len(view.Times) == 0
	if view.Mail, err = texts.Message(texts.TimesOffered); err != nil {
		return err
	}
	view.Mail.Body = strings.NewReplacer("{until}", view.Until, "{sender}", v.Practice.ShortName, "{link}", "(a link for this one thing)").Replace(view.Mail.Body)
	view.Words = ui.Field{Name: "words", Label: "A few words of your own", Type: "textarea", Rows: 4, Optional: true, Value: v.Form.Text("words"),
		Hint: "They read this on the page behind the link, above the times. It is not in the mail.", Error: ui.FaultIn(v.Faults, "words")}
	return v.Page(w, previewPage, frame(v, "Inquiries"), view)
}

func sendOffer(w http.ResponseWriter, v *route.Visit) error {
	id := intake.ID(v.PathValue("inquiry"))
	if _, err := intake.SendOffer(v.Context(), v.DB, v.By, id, chosenTimes(v), v.Form.Text("words")); err != nil {
		return err
	}
	return seeAnswered(w, v, id, "offered")
}

// seeAnswered leads back to the inbox, or to the page of someone who has to be called because there is no address to write to.
func seeAnswered(w http.ResponseWriter, v *route.Visit, id intake.ID, said string) error {
	i, err := intake.One(v.Context(), v.DB, v.By, id)
	if err != nil {
		return err
	}
	if i.Email == "" && said != "closed" {
		return v.See(w, "/inquiries/"+string(id)+"?said=call")
	}
	return v.See(w, "/inbox?said="+said)
}

// answers are the other ways to answer an inquiry.
var answers = []struct{ Code, Title, Hint, Draft, Button string }{
	{"refer", "Refer elsewhere", "They read this on a page of their own, behind a link. Name two or three places with an opening, if you know any.",
		"Thank you for writing to us. We are not the right place for what you need just now, and we would rather say so than keep you waiting.\n\nThese colleagues may be:\n\n", "Send"},
	{"wait", "Put on the wait list", "They read this on a page of their own, behind a link. Say when you expect a place.",
		"Thank you for writing to us. We would like to work with you, and there is no open time just now. You are on our wait list, and we write to you as soon as one opens.\n\nIf something changes for you, call us.", "Send"},
	{"close", "Close without an answer", "Only your colleagues read this.", "", "Close it"},
}

type answerView struct {
	ID     intake.ID
	Name   string
	How    string
	Title  string
	Button string
	Words  ui.Field
	Held   heldView
	Error  string
	Faults []fault.Fault
}

func answerForm(w http.ResponseWriter, v *route.Visit) error {
	i, err := intake.One(v.Context(), v.DB, v.By, intake.ID(v.PathValue("inquiry")))
	if err != nil {
		return err
	}
	view := answerView{ID: i.ID, Name: i.Name, How: v.Form.Text("how"), Faults: v.Faults}
	if view.How == "book" {
		return bookForm(w, v, i, view)
	}
	n := slices.IndexFunc(answers, func(a struct{ Code, Title, Hint, Draft, Button string }) bool { return a.Code == view.How })
	if n < 0 {
		return fault.NotFound()
	}
	a := answers[n]
	view.Title, view.Button = a.Title, a.Button
	if i.Email == "" && view.How != "close" {
		a.Hint, view.Button = "There is no email address, so nothing is sent. Call them; this stays here as what you said.", "Keep"
	}
	value := a.Draft
	if v.Mutates() {
		value = v.Form.Text("words")
	}
	view.Words = ui.Field{Name: "words", Label: "Your words", Type: "textarea", Rows: 9, Required: true, Value: value, Hint: a.Hint, Error: ui.FaultIn(v.Faults, "words")}
	return v.Page(w, answerPage, frame(v, "Inquiries"), view)
}

func sendAnswer(w http.ResponseWriter, v *route.Visit) error {
	id, words := intake.ID(v.PathValue("inquiry")), v.Form.Text("words")
	var err error
	said := "referred"
	switch v.Form.Text("how") {
	case "refer":
		err = intake.Refer(v.Context(), v.DB, v.By, id, words)
	case "wait":
		said = "waiting"
		err = intake.PutOnWaitList(v.Context(), v.DB, v.By, id, words)
	case "close":
		said = "closed"
		err = intake.Close(v.Context(), v.DB, v.By, id, words)
	case "book":
		return bookFor(w, v, id)
	default:
		err = fault.NotFound()
	}
	if err != nil {
		return err
	}
	return seeAnswered(w, v, id, said)
}
