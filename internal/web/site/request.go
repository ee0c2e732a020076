package site

import (
	"net/http"
	"strings"

	"attune/internal/access"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var requestPage = ui.Parse(pages, ui.Client, "request.html")

func addRequest(g *route.Registry) {
	token := []route.Object{{Param: "token", Type: "link"}}
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/request/{token}", Name: "site.request", Right: access.SeeRequest, Auth: route.Link,
			Objects: token, Rate: route.Guess, Do: request},
		route.Route{Method: http.MethodPost, Pattern: "/request/{token}/back", Name: "site.request.back", Right: access.SeeRequest, Auth: route.Link,
			Objects: token, Do: takeBack},
	)
}

type requestView struct {
	Title, Sentence string
	Answer          string // what the practice wrote
	Facts           []ui.Fact
	Back            string // where the form to take it back is sent; empty where there is nothing to take back
	KeptDays        int
}

func request(w http.ResponseWriter, v *route.Visit) error {
	i, err := intake.Own(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	view := requestView{Facts: requestFacts(i.Request), KeptDays: int(intake.KeptFor.Hours() / 24)}
	view.Title, view.Sentence = standing(v.Practice, i)
	if i.State == intake.Referred || i.State == intake.Waiting {
		view.Answer = i.Answer
	}
	if i.State != intake.Booked && i.State != intake.Closed {
		view.Back = "/request/" + v.Token + "/back"
	}
	f := v.Frame()
	return v.Page(w, requestPage, f, view)
}

// standing is where a request stands, in words for the person who sent it.
func standing(house practice.Practice, i intake.Inquiry) (title, sentence string) {
	switch i.State {
	case intake.New:
		return "We have your request", "A person replies by " + house.Words(i.Due) + "."
	case intake.Offered:
		return "We have replied", "Our latest message has a link to the times we hold for you."
	case intake.Waiting:
		return "You are on our wait list", "We write to you as soon as someone has time."
	case intake.Referred:
		return "Our answer", "We are not the right place this time, and we looked for one that is."
	case intake.Booked:
		return "You have a first time with us", "Our latest message has the link to see or change it."
	}
	return "This request is closed", "We will not write to you about it again. You can send us a new one whenever you like."
}

func requestFacts(r intake.Request) []ui.Fact {
	var all []ui.Fact
	add := func(name, is string) {
		if is != "" {
			all = append(all, ui.Fact{Name: name, Is: is})
		}
	}
	add("We call you", strings.TrimSuffix(r.Name+", "+r.Pronouns, ", "))
	add("Email", r.Email)
	add("Phone", r.Phone)
	add("Safe to reach you", reachWords(r.Contact))
	add("It is for", intake.Words(intake.ForWhom, r.For))
	add("What brings you", words(r.Brings, practice.Concerns))
	add("In your own words", r.InWords)
	add("You wish for", r.Wishes)
	add("Language", r.Language)
	if r.Sliding {
		add("Fee", "You would need a reduced fee")
	}
	add("Times", timesWords(r.Times))
	add("Where", intake.Words(intake.Wheres, r.Where))
	add("Anything else", r.Else)
	return all
}

func reachWords(c practice.SafeContact) string {
	var parts []string
	if c.Voicemail {
		parts = append(parts, "a voicemail is OK")
	}
	if c.PracticeName {
		parts = append(parts, "messages may say our full name")
	}
	if c.When != "" {
		parts = append(parts, c.When)
	}
	return strings.Join(parts, "; ")
}

func timesWords(texts []string) string {
	var wishes []schedule.Wish
	for _, text := range texts {
		if w, err := schedule.ParseWish(text); err == nil {
			wishes = append(wishes, w)
		}
	}
	return schedule.WishesWords(wishes)
}

func takeBack(w http.ResponseWriter, v *route.Visit) error {
	if err := intake.TakeBack(v.Context(), v.DB, v.By); err != nil {
		return err
	}
	return v.See(w, "/request/"+v.Token+"?said=undone")
}
