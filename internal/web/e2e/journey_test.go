package e2e_test

import (
	"testing"
	"time"

	"attune/internal/web/e2e"
)

var (
	phone = e2e.Look{Width: 390, Script: true}
	desk  = e2e.Look{Width: 1280, Script: true}
	bare  = e2e.Look{Width: 390} // scripts do not run
)

// TestJourney is the main job end to end (product.md), as the people of it do it: from an article to a rupture that was
// noticed, talked about and repaired. Every page on the way is held against the checklist of the design.
func TestJourney(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs without -short")
	}
	h := newHouse(t)
	h.journey(inspected(t, h.URL, phone), inspected(t, h.URL, desk), inspected(t, h.URL, desk), inspected(t, h.URL, phone), inspected(t, h.URL, desk))
}

// TestJourneyWithoutScript is the same with scripts switched off: every task can be finished.
func TestJourneyWithoutScript(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs without -short")
	}
	h := newHouse(t)
	wide := e2e.Look{Width: 1280}
	h.journey(open(t, h.URL, bare), open(t, h.URL, wide), open(t, h.URL, wide), open(t, h.URL, bare), open(t, h.URL, wide))
}

const samMail = "sam@mail.example"

// journey takes five windows: the visitor's, the coordinator's, the therapist's, the client's and the owner's.
func (h *house) journey(visitor, coordinator, therapist, client, owner *e2e.Window) {
	h.ask(visitor)
	h.match(coordinator)
	first := h.book(visitor)
	h.papers(visitor)
	h.firstSession(therapist, first)
	h.saySomethingIsOff(client)
	h.talk(therapist)
	h.secondSession(therapist, first.Add(7*24*time.Hour))
	h.sayItIsBetter(client)
	h.seeItRepaired(client, therapist)
	h.look(owner)
}

// ask has a visitor read an article and ask for an appointment.
func (h *house) ask(w *e2e.Window) {
	h.t.Helper()
	w.Open("/").Press("Writing").Press("Small ruptures").Want("All relationships ebb and flow")
	w.Open("/therapists").Press("Theo Lindqvist").Want("I like to look slowly")
	w.Press("Make an appointment").Want("988")
	w.Expect("status of 422") // the browser notes it
	w.Press("Send my request").Want("Tell us what to call you", "Enter an email address or a phone number")
	w.Fill("name", "Sam Rivers").Fill("email", samMail).Choose("adult", "yes").Choose("for", "me").Choose("brings", "relationship").
		Fill("words", "I go quiet when it matters.").Choose("times", "tue-morning")
	w.Press("Send my request").Want("Thank you")
	w.Open(h.letterTo(samMail, "/request/"))
}

// match has the coordinator answer, in at most five clicks from opening to sent.
func (h *house) match(w *e2e.Window) {
	h.t.Helper()
	h.signIn(w, h.cora)
	w.Open("/inbox").Want("Sam Rivers")
	clicks := 0
	press := func(text string) *e2e.Window { clicks++; return w.Press(text) }
	press("Match").Want("I go quiet when it matters", "Theo Lindqvist", "You decide")
	press("Preview reply").Want("What goes out", "A reply to your message")
	press("Hold the times and send").Want("on its way")
	if clicks > 5 {
		h.t.Errorf("the answer took %d clicks, want at most 5", clicks)
	}
}

// book has the visitor choose a time in three taps: open the link, choose, book.
func (h *house) book(w *e2e.Window) time.Time {
	h.t.Helper()
	w.Open(h.letterTo(samMail, "/times/")).Want("Choose a time", "Theo Lindqvist")
	w.Choose("time", "").Press("Book this time").Want("Booked", "Theo Lindqvist")
	var start time.Time
	h.must(h.DB.Row(h.t.Context(), `SELECT MIN(start_at) FROM appointment WHERE state = 'booked'`).Scan(&start))
	return start
}

// papers has the new client sign what is to be signed and answer what is asked, by the link that was sent.
func (h *house) papers(w *e2e.Window) {
	h.t.Helper()
	w.Open(h.letterTo(samMail, "/forms/")).Press("Begin")
	for n := 0; w.Has(`[name=signature]`); n++ {
		if n > 9 {
			h.t.Fatalf("there is no end to what is to be signed: %s", w.Text("main"))
		}
		w.Fill("signature", "Sam Rivers").Press("Sign")
		if w.Has(`.btn[href]`) && !w.Has(`[name=signature]`) && !w.Has(`form[data-autosave]`) {
			w.Press("Go on")
		}
	}
	for n := 0; w.Has(`form[data-autosave]`); n++ {
		if n > 9 {
			h.t.Fatalf("there is no end to what is asked: %s", w.Text("main"))
		}
		answered := w.AnswerAll()
		if answered == 0 {
			h.t.Fatalf("%s asks nothing: %s", w.Path(), w.Text("main"))
		}
		if w.Scripts() {
			w.Until("the answers to be kept", `() => /^Saved /.test((document.querySelector("[data-autosave-status]") || {}).textContent || "")`)
		}
		w.Press("Finish this part")
	}
	w.Want("Thank you")
}

// firstSession has the therapist hold the session, write the note, sign it and check in.
func (h *house) firstSession(w *e2e.Window, start time.Time) {
	h.t.Helper()
	h.at(start.Add(55 * time.Minute))
	h.signIn(w, h.theo)
	w.Open("/today").Want("Sam Rivers").Press("Held")
	w.Open("/today").Press("Sam Rivers").Want("I go quiet when it matters")
	w.Fill("note-worked_on", "How Sam goes quiet.").Fill("note-risk", "Asked; no thoughts of harm.").Fill("note-plan", "Look at Tuesday again.")
	if w.Scripts() {
		w.Until("the draft to be kept", `() => /^Saved /.test((document.querySelector("#note [data-autosave-status]") || {}).textContent || "")`)
	} else {
		w.Press("Save draft")
	}
	w.Press("Sign note").Want("How Sam goes quiet")
	w.Open("/today").Press("Your check-in").AnswerAll()
	w.Press("Send")
}

// saySomethingIsOff has the client check in: something felt off, and was not talked about.
func (h *house) saySomethingIsOff(w *e2e.Window) {
	h.t.Helper()
	w.Open(h.letterTo(samMail, "/questions/"))
	for _, item := range []string{"heard", "understood", "valued", "safe", "together"} {
		w.Choose("asc-"+item, "3")
	}
	w.Choose("asc-off", "not_talked").Choose("asc-wish", "raise_it").Fill("asc-words", "You looked at the clock.")
	w.Press("Send to Theo").Want("Thank you")
}

// talk has the therapist see the rupture on Today and in the brief, and write down that it was talked about.
func (h *house) talk(w *e2e.Window) {
	h.t.Helper()
	h.signIn(w, h.theo)
	w.Open("/today").Want("Repairs to follow")
	w.Press("Sam Rivers").Want("You looked at the clock", "bring it up")
	w.Tap("We talked about it")
	w.Choose("strategies", "own").Fill("talk-text", "I said that I had been in a hurry.").Press("Keep: we talked about it").Want("I said that I had been in a hurry")
}

// secondSession has the therapist add a time for the next week, and hold it.
func (h *house) secondSession(w *e2e.Window, start time.Time) {
	h.t.Helper()
	w.Press("Add a session")
	day := start.In(h.Practice().Location())
	w.Fill("day", day.Format("2006-01-02")).Fill("time", day.Format("15:04")).Press("Add")
	h.at(start.Add(55 * time.Minute))
	h.signIn(w, h.theo)
	w.Open("/today").Want("Sam Rivers").Press("Held")
}

// sayItIsBetter has the client check in again: it is better now.
func (h *house) sayItIsBetter(w *e2e.Window) {
	h.t.Helper()
	w.Open(h.letterTo(samMail, "/questions/")).Choose("asc-better", "better").Choose("asc-off", "no")
	for _, item := range []string{"heard", "understood", "valued", "safe", "together"} {
		w.Choose("asc-"+item, "4")
	}
	w.Press("Send to Theo").Want("Thank you")
}

// seeItRepaired has both look: the client on their own pages, the therapist in the brief.
func (h *house) seeItRepaired(client, therapist *e2e.Window) {
	h.t.Helper()
	client.Open("/sign-in").Press("Send me a link").Fill("email", samMail).Press("Send")
	client.Open(h.letterTo(samMail, "/enter/")).Press("Sign me in")
	client.Open("/home").Want("Next session", "Sam")
	client.Press("Between us").Want("Repaired")
	client.Press("Check-ins")
	client.Open("/me")
	client.Open("/looked").Want("Theo Lindqvist", "because you work together")
	therapist.Open("/today").Press("Sam Rivers").Want("Repaired")
}

// look has the owner read who did what.
func (h *house) look(w *e2e.Window) {
	h.t.Helper()
	h.signIn(w, h.olga)
	w.Open("/practice")
	w.Open("/practice/audit").Want("Theo Lindqvist", "repaired")
}
