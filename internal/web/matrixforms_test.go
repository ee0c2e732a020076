package web_test

import (
	"html"
	"net/url"
	"os"
	"regexp"
	"strings"

	"attune/internal/access"
	"attune/internal/web/route"
	"attune/internal/web/webtest"
)

func onPostgres() bool { return os.Getenv("ATTUNE_TEST_DB") == "postgres" }

// bySpecialMeans are the deeds that need what a plain form cannot hold: a password that is known, a code, a passkey, or
// a sign-in at a certain step. Package auth and the browser tests try them.
var bySpecialMeans = []string{
	"portal.sign_in.send", "portal.sign_in.passkey", "portal.sign_in.next.send", "portal.sign_in.codes", "portal.sign_in.codes.begin",
	"portal.sign_in.add_passkey", "portal.sign_in.add_passkey.begin", "portal.welcome.passkey", "portal.confirm.send", "portal.confirm.passkey",
	"portal.confirm.link", "portal.account.email.confirm.send", "portal.account.codes.send", "portal.account.codes.remove",
	"portal.account.passkeys.send", "portal.account.passkey.remove", "portal.account.recovery.send",
}

// queries are what a page's address needs for the page to be there.
var queries = map[string]string{
	"staff.inquiry.answer": "?how=refer", "site.out": "?to=https%3A%2F%2Fexample.org%2F",
}

// notYet are pages that are there only later: once a time was chosen; or only for some of those with the right: owners who
// see clients have a profile, and owners and supervisors begin what any colleague may confirm.
var notYet = []string{"portal.times.calendar", "portal.times.change", "portal.times.move", "portal.times.cancel", "site.out",
	"staff.profile", "staff.profile.save", "staff.lost.begin"}

// form is what is filled in, in pairs.
type form []string

// forms are forms that work, for each deed; deeds without fields need none.
var forms = map[string]form{
	"site.reply.send":              {"name", "A reader", "email", "reader@mail.example", "text", "Thank you."},
	"site.appointment.send":        {"name", "Sam", "email", "sam@mail.example", "adult", "yes"},
	"site.prefs":                   {"theme", "dark", "back", "/"},
	"portal.times.none":            {"words", "None suits me."},
	"portal.forms.link.sign":       {"signature", "R. Vance"},
	"portal.forms.sign":            {"signature", "R. Vance"},
	"portal.forms.finish":          {"anyway", "yes"},
	"portal.forms.link.finish":     {"anyway", "yes"},
	"portal.sign_in.link.send":     {"email", "rosa@north.example"},
	"portal.forgot.send":           {"email", "rosa@north.example"},
	"portal.welcome.send":          {"password", "amber-basket-candle-cedar-17"},
	"portal.renew.send":            {"password", "amber-basket-candle-cedar-17"},
	"portal.account.password.send": {"password", "amber-basket-candle-cedar-17"},
	"portal.account.email.send":    {"email", "new@north.example"},
	"portal.between.say":           {"better", "better"},
	"portal.check_in.link.send":    {"ascb-connected", "3"},
	"portal.check_in.send":         {"ascb-connected", "3"},
	"portal.check_in.wish":         {"wish", "i_will"},
	"portal.check_in.link.wish":    {"wish", "i_will"},
	"portal.me.change":             {"name", "Rosa Maria", "email", "rosa@north.example", "mail", "yes"},
	"staff.inquiry.send_answer":    {"how", "refer", "words", "Two colleagues have an opening."},
	"staff.inquiry.keep":           {"name", "Sam", "email", "sam@mail.example", "adult", "yes"},
	"staff.crisis.decide":          {"decide", "yes"},
	"staff.hosts.add":              {"host", "two.north.example"},
	"staff.hosts.drop":             {"host", "three.north.example"},
	"staff.places.keep":            {"place_name", "Room 3", "place_kind", "room", "place_active", "yes"},
	"staff.people.invite.send":     {"name", "Dara Quill", "email", "dara@north.example", "roles", "coordinator"},
	"staff.person.invite":          {"email", "ivo@north.example"},
	"staff.lost.begin":             {"email", "tess@north.example", "identified", "yes"},
	"staff.import.check":           {"csv", "name,therapist,email\nAda Lund,theo@north.example,ada@mail.example\n"},
	"staff.import.send":            {"csv", "name,therapist,email\nAda Lund,theo@north.example,ada@mail.example\n"},
	"staff.mark":                   {"state", "held"},
	"staff.client.change":          {"name", "Rosa Maria", "email", "rosa@north.example"},
	"staff.client.proposal":        {"answer", "accept"},
	"staff.sheet.save":             {"note-worked_on", "What we said.", "tab", "one"},
	"staff.sheet.autosave":         {"note-worked_on", "What we said.", "tab", "one"},
	"staff.sheet.sign":             {"note-worked_on", "What we said.", "note-risk", "Asked; none.", "note-plan", "Go on.", "tab", "one"},
	"staff.note.amend":             {"note-worked_on", "What we said.", "version", "3", "reason", "A word was missing."},
	"staff.rupture.talk":           {"strategies", "own", "text", "We talked."},
	"staff.rupture.describe":       {"kind", "withdrawal", "text", "She went quiet."},
	"staff.rupture.notice":         {"kind", "withdrawal", "text", "She went quiet."},
	"staff.rate.send":              {"asct-heard", "3", "asct-understood", "3", "asct-valued", "3", "asct-safe", "3", "asct-together", "3", "asct-off", "no"},
	"staff.hour.add":               {"repeat", "0", "day", "2027-01-20", "time", "16:00", "length", "50"},
	"staff.hour.move":              {"day", "2027-01-21", "time", "16:00", "length", "50"},
	"staff.hours.add":              {"weekday", "Saturday", "from", "09:00", "to", "12:00", "mode", "bookable"},
	"staff.off.add":                {"off_from", "2027-03-01", "off_until", "2027-03-02", "reason", "Away"},
	"staff.ending.send":            {"how", "planned", "words", "We said goodbye."},
	"staff.goals.keep":             {"here", "Distance", "goals", "Say what I need"},
	"staff.safety.handle":          {"words", "I called, and we spoke."},
	"staff.article.begin":          {"title", "A new one", "summary", "In short.", "body", "Words."},
	"staff.article.preview":        {"title", "A new one", "summary", "In short.", "body", "Words."},
	"staff.article.save":           {"title", "A new one", "summary", "In short.", "body", "Words.", "version", "2"},
}

// formOf is a form for the route that works for who may send it, with what depends on whom it is about.
func formOf(c *webtest.Cast, r route.Route, p *webtest.Person, a about) url.Values {
	values := url.Values{}
	pairs := forms[r.Name]
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	object := func(bundle, kind string) string {
		id, _ := c.Object(p.Practice+" "+bundle, kind)
		return id
	}
	if len(pairs) == 0 && r.Mutates() && len(r.Fields) > 1 && want(r, p, a) == "let in" { // the form as it stands on its page
		at, _ := path(r, p, a)
		values = c.Form(p, at, at)
	}
	switch r.Name {
	case "site.reply.send":
		values.Set("stamp", found(c, p, "/writing/"+object("theo", "article"), "stamp"))
	case "site.appointment.send":
		values.Set("stamp", found(c, p, "/appointment", "stamp"))
	case "portal.times.take":
		values.Set("time", object("inquiry-offered", "time"))
	case "portal.time.move", "portal.appointment.move":
		values.Set("time", found(c, c.Person(p.Practice+" rosa"), "/appointments/"+object("rosa", "appointment")+"/change", "time"))
	case "staff.offer.send":
		values.Set("time", found(c, c.Person(p.Practice+" cora"), "/inquiries/"+object("inquiry-new", "inquiry"), "time"))
	case "staff.hour.add", "staff.hour.move", "staff.hours.add":
		values.Set("place", object("house", "place"))
	case "staff.client.change", "staff.client.proposal":
		values.Set("version", found(c, c.Person(p.Practice+" cora"), "/clients/"+a.ids["client"], "version"))
	case "staff.article.save":
		values.Set("article", a.ids["article"])
	case "staff.hours.drop", "staff.off.remove":
		values.Set("of", p.Practice+"-"+a.bundle)
	case "portal.times.move", "portal.times.cancel":
		if p.Task == access.TaskOffer { // the offer is taken first
			c.Ask(p, "POST", "/times/"+p.Token, url.Values{"time": {object("inquiry-offered", "time")}, route.IdempotencyField: {webtest.NewKey()}})
			values.Set("time", found(c, p, "/times/"+p.Token+"/change", "time"))
			if r.Name == "portal.times.cancel" {
				values.Del("time")
			}
		}
	case "staff.rupture.notice":
		if want(r, p, a) == "let in" { // the one that there is, is mended first
			c.Ask(c.Person(a.practice+" "+a.bundle), "POST", "/between/"+object(a.bundle, "rupture"), url.Values{"better": {"better"}, route.IdempotencyField: {webtest.NewKey()}})
		}
	case "staff.crisis.propose":
		values.Set("crisis", "Call **555-0199**, our own line.")
	case "staff.crisis.decide":
		olga := c.Person(p.Practice + " olga")
		if want(r, p, a) == "let in" { // it was proposed
			form := c.Form(olga, "/practice/crisis", "/practice/crisis")
			form.Set("crisis", "Call **555-0199**, our own line.")
			c.Ask(olga, "POST", "/practice/crisis", form)
		}
		values.Set("version", found(c, olga, "/practice/crisis", "version"))
	case "staff.hosts.drop":
		if want(r, p, a) == "let in" {
			c.Ask(p, "POST", "/practice/settings/hosts", url.Values{"host": {"three.north.example"}, route.IdempotencyField: {webtest.NewKey()}})
		}
	case "staff.person.supervise":
		values = url.Values{"supervisor": {object("sami", "staff")}}
	case "staff.lost.confirm":
		olga := c.Person(p.Practice + " olga")
		if want(r, p, a) == "let in" {
			name := strings.TrimPrefix(a.ids["person"], p.Practice+"-")
			c.Ask(olga, "POST", "/vouch", url.Values{"email": {name + "@" + p.Practice + ".example"}, "identified": {"yes"}, route.IdempotencyField: {webtest.NewKey()}})
		}
	case "portal.forms.sign", "portal.forms.link.sign":
		// The one text there is was signed: it is taken back, and signed again.
		withdraw := strings.Replace(r.Pattern, "/read/", "/withdraw/", 1)
		at, _ := path(route.Route{Pattern: withdraw, Objects: r.Objects}, p, a)
		if want(r, p, a) == "let in" {
			c.Ask(p, "POST", at, url.Values{route.IdempotencyField: {webtest.NewKey()}})
		}
	}
	return values
}

// found is the first value that a page's forms hold under a name.
func found(c *webtest.Cast, p *webtest.Person, at, name string) string {
	body := c.Ask(p, "GET", at, nil).Body.String()
	for _, field := range regexp.MustCompile(`<input[^>]*>`).FindAllString(body, -1) {
		if strings.Contains(field, `name="`+name+`"`) && !strings.Contains(field, " disabled") {
			if value := regexp.MustCompile(`value="([^"]*)"`).FindStringSubmatch(field); value != nil {
				return html.UnescapeString(value[1])
			}
		}
	}
	return ""
}
