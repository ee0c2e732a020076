package staff

import (
	"fmt"
	"math"
	"strings"
	"time"

	"attune/internal/alliance"
	"attune/internal/caseload"
	"attune/internal/measure"
	"attune/internal/rupture"
	"attune/internal/web/route"
	"attune/internal/web/ui"
	"attune/internal/web/ui/chart"
)

// headline is the one statement that a brief leads with.
func headline(b caseload.Brief, therapist string) string {
	with := "with you"
	if !b.Writes {
		with = "with " + therapist
	}
	r := b.Current()
	switch {
	case b.Thing.Kind == caseload.Safety:
		return "An answer about safety waits for you"
	case r == nil && b.Thing.Kind == caseload.First:
		return "The first session"
	case r == nil && b.Thing.Kind == caseload.NoCheckIn:
		return "No check-in for a while"
	case r == nil && b.Thing.Kind == caseload.Dip:
		return "The last check-in dipped"
	case r == nil:
		return "Steady"
	}
	since := "since the last session"
	if n := b.Held - r.Start + 1; n > 1 {
		since = "for " + countWords(n, "session", "sessions")
	}
	switch r.State {
	case rupture.Open:
		return "A rupture " + with + " has been open " + since
	case rupture.Named:
		return "Talked about, and not yet called repaired"
	case rupture.SetAside:
		return "Set aside for now, as the client asked"
	}
	if r.NoticedBy == rupture.ByNumbers {
		return "A check-in fell below the client’s usual range"
	}
	return "Something may be off " + with
}

// move is a way into repair: its head and what it asks for.
type move struct{ Head, Text string }

// moves are ways into repair that fit how the rupture moves and what the client
// wishes: first see and explore, change later, link to others only afterwards
// (methods.md 2).
func moves(r rupture.Rupture) []move {
	if r.State == rupture.SetAside {
		return []move{{"Leave it for now.", "The client asked for a while. Keep the door open without pointing at it."},
			{"Stay reachable.", "Notice small moves toward you, and answer them."}}
	}
	var all []move
	switch r.Wish {
	case rupture.RaiseIt:
		all = append(all, move{"Bring it up.", "They asked you to, so that they don’t have to begin."})
	case rupture.IWill:
		all = append(all, move{"Leave room for it.", "They want to bring it up. Ask early what is on their mind, and wait."})
	}
	switch r.Kind {
	case rupture.Withdrawal:
		all = append(all, move{"Own your part.", "Say what you may have done, and ask what it was like."},
			move{"Follow the quiet.", "If they say it’s fine, notice the going quiet together. Their own no is a step toward you."})
	case rupture.Confrontation:
		all = append(all, move{"Hear the complaint out.", "Take it as true for them before you explain anything."},
			move{"Listen for what is under it.", "What mattered, and was missed?"})
	default:
		all = append(all, move{"Ask what it was like.", "With you, in that hour; not why."},
			move{"Own your part.", "Even a small one. It makes theirs easier to say."})
	}
	return append(all, move{"Link only after repair.", "People outside can wait until this one is mended."})
}

// evidence says what the numbers saw, by which rule, and how often chance alone
// does that; and what the numbers did since, which is not what people said.
func evidence(e *rupture.Evidence) []string {
	if e == nil {
		return nil
	}
	p := e.Parameters
	lines := []string{
		fmt.Sprintf("Session %d: %.1f of 10. Usual for this client: %.1f to %.1f, around %.1f (z = %s).", e.Session, e.Score, e.Low, e.High, e.Mean, signed(e.Z)),
		fmt.Sprintf("The rule: a check-in is flagged when it lies %s standard errors or more below the mean of the client’s own check-ins so far, of which there must be at least %d.", trim(p.K), p.MinBaseline),
		chanceWords(e.Sessions, e.FalseAlarm),
	}
	switch e.Status {
	case alliance.Returned:
		lines = append(lines, fmt.Sprintf("The score was back in range at session %d. That is a number; whether it is repaired, only the client says.", e.End))
	case alliance.ReturnedLate:
		lines = append(lines, fmt.Sprintf("The score came back late, at session %d.", e.End))
	case alliance.Unrepaired:
		lines = append(lines, fmt.Sprintf("The score has not come back within %d sessions; the lowest was %.1f.", p.Window, e.Nadir))
	}
	return lines
}

// chanceWords say how often a course in which nothing changes shows such a flag.
func chanceWords(sessions int, chance float64) string {
	in100 := int(math.Round(chance * 100))
	often := fmt.Sprintf("%d of 100", in100)
	if in100 < 1 {
		often = "fewer than 1 of 100"
	}
	return fmt.Sprintf("A steady course of %d sessions shows a flag like this by chance in %s.", sessions, often)
}

func signed(x float64) string { return strings.Replace(fmt.Sprintf("%.1f", x), "-", "−", 1) }

func trim(x float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0") }

// allianceChart is the client's series against their own usual range; with both,
// the therapist's beside it.
func allianceChart(b caseload.Brief, both bool) chart.Alliance {
	c := chart.Alliance{ID: "alliance", Finding: finding(b),
		Note: fmt.Sprintf("Mean of five answers, 0 to 10. Shaded: the client’s own usual range (mean ± %s standard errors of the next check-in), frozen while an episode is open. Rings: below it.", trim(b.Settings.K))}
	for _, p := range b.Reading.Points {
		point := chart.AlliancePoint{Session: p.Session, Score: p.Value}
		if p.Ready {
			usual := p.Baseline.Usual(b.Settings.K)
			point.Usual = chart.Range{Low: usual.Low, High: usual.High}
			point.Below = p.Value < usual.Low
		}
		c.Client = append(c.Client, point)
	}
	if both {
		for _, s := range alliance.Series(b.CheckIns, alliance.Therapist) {
			c.Therapist = append(c.Therapist, chart.AlliancePoint{Session: s.Session, Score: s.Value})
		}
	}
	for i := len(b.Ruptures) - 1; i >= 0; i-- {
		c.Ruptures = append(c.Ruptures, span(b.Ruptures[i], b.Held))
	}
	return c
}

// span is a rupture from the session in which it was noticed to the one in which it ended.
func span(r rupture.Rupture, held int) chart.RuptureSpan {
	s := chart.RuptureSpan{From: r.Start, To: max(r.Start, held), State: string(r.State)}
	if !r.State.Current() && len(r.Timeline) > 0 {
		if last := r.Timeline[len(r.Timeline)-1]; last.Number >= r.Start {
			s.To = last.Number
		}
	}
	return s
}

// finding is the sentence that the alliance chart shows.
func finding(b caseload.Brief) string {
	points := b.Reading.Points
	if len(points) == 0 {
		return "No check-ins yet. Ask in the room."
	}
	last := points[len(points)-1]
	if !last.Ready {
		return "Too early for a usual range."
	}
	var below []string
	for _, p := range points {
		if p.Ready && p.Value < p.Baseline.Usual(b.Settings.K).Low {
			below = append(below, fmt.Sprint(p.Session))
		}
	}
	usual := last.Baseline.Usual(b.Settings.K)
	now := fmt.Sprintf("Inside the usual %.1f to %.1f.", max(0, usual.Low), min(10, usual.High))
	if last.Value < usual.Low {
		now = fmt.Sprintf("Under the usual %.1f to %.1f at session %d.", max(0, usual.Low), min(10, usual.High), last.Session)
	}
	if len(below) == 0 {
		return now
	}
	alarms := alliance.FalseAlarms(b.Settings, min(len(points), alliance.LongestSimulated))
	at := " Below it at session "
	if n := len(below) - 1; n > 0 {
		at, below = " Below it at sessions ", []string{strings.Join(below[:n], ", ") + " and " + below[n]}
	}
	return now + at + below[0] + ". " + chanceWords(len(points), alarms[len(alarms)-1])
}

// said is one question with both people's answers.
type said struct{ Question, Client, Therapist string }

// bothSides are the answers about the newest session that either has answered.
func bothSides(b caseload.Brief) (session int, rows []said, words string) {
	for _, c := range b.CheckIns {
		if c.Side != alliance.Before {
			session = max(session, c.Number)
		}
	}
	var client, therapist alliance.CheckIn
	for _, c := range b.CheckIns {
		switch {
		case c.Number == session && c.Side == alliance.Client:
			client = c
		case c.Number == session && c.Side == alliance.Therapist:
			therapist = c
		}
	}
	library, err := measure.Instruments()
	if err != nil || session == 0 {
		return 0, nil, "" // the instruments were read when the program started
	}
	form, _ := library.Instrument(alliance.Client.Instrument())
	other, _ := library.Instrument(alliance.Therapist.Instrument())
	for _, item := range form.Items {
		mine, _ := other.Item(strings.Replace(item.LinkID, "asc-", "asct-", 1))
		row := said{Question: textOf(item), Client: labelOf(item, client), Therapist: labelOf(mine, therapist)}
		if item.Type != measure.TextType && (row.Client != "" || row.Therapist != "") {
			rows = append(rows, row)
		}
	}
	return session, rows, client.Word("asc-words")
}

func textOf(item measure.Item) string {
	if item.Text == nil {
		return item.LinkID
	}
	return *item.Text
}

// labelOf is what was chosen, in the words of the form.
func labelOf(item measure.Item, c alliance.CheckIn) string {
	for _, option := range item.Options {
		if c.Answers[item.LinkID].Answered() && option.Value == c.Answers[item.LinkID] && option.Label != nil {
			return *option.Label
		}
	}
	return ""
}

// wishOf is the client's wish in the words that they chose.
func wishOf(w rupture.Wish) string {
	library, err := measure.Instruments()
	if err != nil || w == "" {
		return ""
	}
	form, _ := library.Instrument(alliance.Client.Instrument())
	item, _ := form.Item("asc-wish")
	return labelOf(item, alliance.CheckIn{Answers: measure.Answers{"asc-wish": measure.Text(string(w))}})
}

// events tells what happened between the two, newest first.
func events(v *route.Visit, b caseload.Brief) []ui.TimelineItem {
	var all []ui.TimelineItem
	loc := v.Practice.Location()
	for _, r := range b.Ruptures {
		for i := len(r.Timeline) - 1; i >= 0; i-- {
			e := r.Timeline[i]
			item := eventItem(e)
			item.When = eventWhen(loc, e)
			item.Apart = i > 0
			all = append(all, item)
		}
	}
	return all
}

func eventWhen(loc *time.Location, e rupture.Event) string {
	when := ui.DateShort(loc, e.At)
	if e.Number > 0 {
		when = fmt.Sprintf("Session %d · %s", e.Number, when)
	}
	return when
}

// eventItem is how the timeline tells of one event.
func eventItem(e rupture.Event) ui.TimelineItem {
	who := map[rupture.Side]string{rupture.ByClient: "The client", rupture.ByTherapist: "The therapist", rupture.ByNumbers: "The numbers"}[e.By]
	told := map[rupture.What]ui.TimelineItem{
		rupture.Noticed:    {Icon: "dip", Title: who + " noticed a strain"},
		rupture.WasOpened:  {Icon: "tear", Title: who + " said that it is there, not talked about yet"},
		rupture.TalkedOf:   {Icon: "message", Title: "Talked about"},
		rupture.Attempt:    {Icon: "hand", Title: "A way into repair"},
		rupture.Wished:     {Icon: "message", Title: "The client’s wish"},
		rupture.BetterNow:  {Icon: "mend", Title: "“Better”, the client said: repaired"},
		rupture.PartlyNow:  {Icon: "wave", Title: "“Partly better”, the client said"},
		rupture.SameNow:    {Icon: "wave", Title: "“The same”, the client said"},
		rupture.WorseNow:   {Icon: "tear", Title: "“Worse”, the client said"},
		rupture.UnknownNow: {Icon: "info", Title: "The client does not see one"},
		rupture.Faded:      {Icon: "even", Title: "Passed: nobody said more, and the score was back"},
		rupture.CourseEnd:  {Icon: "dash", Title: "The course ended first"},
		rupture.TookBack:   {Icon: "tear", Title: "The client opened it again"},
		rupture.Proposal:   {Icon: "mend", Title: "The therapist thinks it is repaired, and asks"},
		rupture.Told:       {Icon: "message", Title: who + " wrote"},
		rupture.Described:  {Icon: "pen", Title: "What happened, as the therapist saw it"},
	}
	item, ok := told[e.What]
	if !ok {
		item = ui.TimelineItem{Icon: "info", Title: string(e.What)}
	}
	var parts []string
	if e.Wish != "" {
		parts = append(parts, "“"+wishOf(e.Wish)+"”")
	}
	if e.Kind != "" && e.Kind != rupture.Unknown {
		parts = append(parts, kindWords(e.Kind)+".")
	}
	for _, code := range e.Strategies {
		parts = append(parts, rupture.StrategyWords(code)+".")
	}
	if e.Text != "" {
		parts = append(parts, e.Text)
	}
	item.Text = strings.Join(parts, " ")
	return item
}

// kinds are which way a rupture may move, in words.
var kinds = []ui.Option{
	{Value: string(rupture.Withdrawal), Label: "Away", Hint: "going quiet, agreeing, changing the subject"},
	{Value: string(rupture.Confrontation), Label: "Against", Hint: "complaint, anger, pressure"},
	{Value: string(rupture.Both), Label: "Both"},
	{Value: string(rupture.Unknown), Label: "Not sure"},
}

func kindWords(k rupture.Kind) string {
	for _, option := range kinds {
		if option.Value == string(k) {
			return option.Label
		}
	}
	return string(k)
}
