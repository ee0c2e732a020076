package portal

import (
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

// frame is the shell of a client's page. By link there is no navigation: a link
// does one thing.
func frame(v *route.Visit, current string) ui.Frame {
	f := v.Frame()
	if v.By.SignInID == "" {
		return f
	}
	f.Home = "/home"
	for _, item := range []ui.NavItem{
		{Href: "/home", Icon: "home", Label: "Home"},
		{Href: "/between", Icon: "mend", Label: "Between us"},
		{Href: "/check-ins", Icon: "even", Label: "Check-ins"},
		{Href: "/my-notes", Icon: "note", Label: "Notes"},
		{Href: "/me", Icon: "people", Label: "Me"},
	} {
		item.Current = item.Label == current
		f.Nav = append(f.Nav, item)
	}
	return f
}
