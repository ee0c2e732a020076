package caseload

import (
	"fmt"
	"strings"

	"attune/internal/rupture"
)

// ruptureWords say how a rupture stands and how the client wants it picked up.
func ruptureWords(r rupture.Rupture, held int) string {
	var said []string
	if what := described(r); what != "" {
		said = append(said, what)
	}
	said = append(said, standingWords(r, held))
	if wish := WishWords(r.Wish); wish != "" && r.State != rupture.SetAside {
		said = append(said, wish)
	}
	return strings.Join(said, " ")
}

func standingWords(r rupture.Rupture, held int) string {
	switch r.State {
	case rupture.Open:
		return fmt.Sprintf("%s, %s. Not talked about yet.", noticedWords(r.NoticedBy), agoWords(held-r.Start+1))
	case rupture.Named:
		return "Talked about. The client has not said yet that it is better."
	case rupture.SetAside:
		return fmt.Sprintf("“Not yet”, the client said: leave it for now. It is asked about again from session %d.", r.AskedFrom)
	}
	if r.NoticedBy == rupture.ByNumbers {
		return fmt.Sprintf("A check-in was low at session %d and is back in range. Nobody has said more.", r.Start)
	}
	return fmt.Sprintf("%s, unsure, %s.", noticedWords(r.NoticedBy), agoWords(held-r.Start+1))
}

func noticedWords(by rupture.Side) string {
	switch by {
	case rupture.ByClient:
		return "The client felt something off"
	case rupture.ByTherapist:
		return "You noticed something off"
	case rupture.ByBoth:
		return "You both felt something off"
	}
	return "A check-in was low"
}

func agoWords(sessions int) string {
	if sessions <= 1 {
		return "in the last session"
	}
	return countWords(sessions) + " sessions ago"
}

// WishWords say what the client would like to happen with a rupture.
func WishWords(w rupture.Wish) string {
	switch w {
	case rupture.RaiseIt:
		return "Asked you to bring it up."
	case rupture.IWill:
		return "Wants to bring it up."
	case rupture.NotYet:
		return "Said: not yet."
	case rupture.Nothing:
		return "Said that nothing is needed."
	}
	return ""
}

// described is the beginning of what the therapist last wrote about how it came.
func described(r rupture.Rupture) string {
	for i := len(r.Timeline) - 1; i >= 0; i-- {
		if e := r.Timeline[i]; e.What == rupture.Described && e.Text != "" {
			return short(e.Text, 110)
		}
	}
	return ""
}

// short is the first sentence of a text, or as many words as fit in limit characters.
func short(text string, limit int) string {
	text = strings.Join(strings.Fields(text), " ")
	if end := strings.IndexAny(text, ".?!"); end >= 0 && end < limit {
		return text[:end+1]
	}
	runes := []rune(text)
	if len(runes) <= limit {
		return text + "."
	}
	cut := string(runes[:limit])
	if space := strings.LastIndex(cut, " "); space > 0 {
		cut = cut[:space]
	}
	return cut + " …"
}

func dipWords(k Known) string {
	low := fmt.Sprintf("The check-in of session %d was %.1f, below the usual range around %.1f.", k.Last.Session, k.Last.Value, k.Last.Baseline.Mean)
	if k.Rupture != nil {
		if what := described(*k.Rupture); what != "" {
			return what + " " + low
		}
	}
	return low + " Nobody has said more."
}

func firstWords(here string) string {
	if strings.TrimSpace(here) == "" {
		return "First session."
	}
	return "“" + strings.TrimSuffix(short(here, 140), ".") + "”"
}

func quietWords(answered int) string {
	if answered == 0 {
		return "None so far. Ask how being here is going."
	}
	return fmt.Sprintf("None since session %d. Ask how being here is going.", answered)
}

func countWords(n int) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	if n >= 0 && n < len(words) {
		return words[n]
	}
	return fmt.Sprint(n)
}
