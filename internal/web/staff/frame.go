package staff

import (
	"attune/internal/access"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

// frame is the shell of a staff page: the navigation of the person's roles, at
// most five items, with the current one marked.
func frame(v *route.Visit, current string) ui.Frame {
	f := v.Frame()
	f.Home = "/desk"
	if s, err := practice.Colleague(v.Context(), v.DB, practice.StaffID(v.By.ID)); err == nil {
		f.Who = s.Title()
	}
	f.Role = roleWords(v.By)
	f.Nav = navigation(v.By, current)
	return f
}

func roleWords(by access.Actor) string {
	words := map[access.Role]string{access.Therapist: "Therapist", access.Coordinator: "Coordinator",
		access.Supervisor: "Supervisor", access.Owner: "Owner"}
	for _, role := range []access.Role{access.Owner, access.Supervisor, access.Coordinator, access.Therapist} {
		if by.Is(role) {
			return words[role]
		}
	}
	return ""
}

// navigation lists where the person's roles lead: the most used first.
func navigation(by access.Actor, current string) []ui.NavItem {
	var all []ui.NavItem
	add := func(when bool, href, icon, label string) {
		if when && len(all) < 5 {
			all = append(all, ui.NavItem{Href: href, Icon: icon, Label: label, Current: label == current})
		}
	}
	therapist, coordinator := by.Is(access.Therapist), by.Is(access.Coordinator)
	supervisor, owner := by.Is(access.Supervisor), by.Is(access.Owner)
	add(therapist, "/today", "home", "Today")
	add(coordinator, "/inbox", "message", "Inquiries")
	add(supervisor, "/supervision", "people", "Supervision")
	add(owner, "/practice", "home", "Practice")
	add(therapist || coordinator, "/clients", "people", "Clients")
	add(therapist || coordinator, "/week", "calendar", "Calendar")
	add(owner, "/people", "people", "People")
	add(owner || coordinator, "/replies", "message", "Replies")
	add(therapist, "/notes", "note", "Notes")
	add(true, "/articles", "note", "Writing")
	return all
}
