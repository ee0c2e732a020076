package ui

import (
	"strings"
	"time"
)

// Practice is what a page shows of the practice itself.
type Practice struct {
	Name      string // in full, on public pages
	ShortName string // says nothing about therapy; on clients' pages and in mail
	Phone     string // as people write it
	PhoneLink string // as a phone dials it, such as +13125550142
	LeaveURL  string // where "Leave quickly" goes: boring, public, quick
	Hours     string // "weekdays 9 to 6"; may be empty
	Email     string // may be empty
	Address   []string
}

// Rest is what the full name adds to the short one; empty where it does not begin with it.
func (p Practice) Rest() string {
	rest, ok := strings.CutPrefix(p.Name, p.ShortName)
	if !ok || !strings.HasPrefix(rest, " ") {
		return ""
	}
	return rest
}

// NavItem is a place in the main navigation.
type NavItem struct {
	Href    string
	Icon    string // a name from assets/icons.svg; public pages show none
	Label   string
	Count   int // how many wait there; 0 shows nothing
	Current bool
}

// Frame is what the shell around a page needs to know.
type Frame struct {
	Practice Practice
	Demo     bool      // an invented practice: the bar above the page says so
	Home     string    // where the mark leads; "/" when empty
	Nav      []NavItem // at most five for clients and staff
	SignedIn bool
	Who      string        // display name of the person signed in
	Role     string        // "Therapist"
	Idle     time.Duration // after which the server ends the sign-in; 0: no warning
	Flash    string        // one sentence: what was just done. Never the only record of it
	Title    string        // instead of the page's own title; never a client's name
	Leave    bool          // public pages: show "Leave quickly" in place of the appointment button
	Zone     *time.Location

	// Public pages only.
	Canonical   string // the page's full address
	Description string
	Feed        string // the path of the Atom feed
	Article     bool   // it is something to read, not a page about the practice
	NoIndex     bool

	// Render fills these from the request.
	Prefs    Prefs
	Discreet bool // the person's wish, on pages where it counts
}

// IdleSeconds is Idle as the script reads it; 0 when no one is signed in.
func (f Frame) IdleSeconds() int {
	if !f.SignedIn {
		return 0
	}
	return int(f.Idle / time.Second)
}

// SiteNav is the navigation of the public pages, with the current one marked.
func SiteNav(current string) []NavItem {
	items := []NavItem{
		{Href: "/how-we-work", Label: "How we work"},
		{Href: "/therapists", Label: "Therapists"},
		{Href: "/fees", Label: "Fees"},
		{Href: "/writing", Label: "Writing"},
		{Href: "/sign-in", Label: "Sign in"},
	}
	for i := range items {
		items[i].Current = items[i].Label == current
	}
	return items
}
