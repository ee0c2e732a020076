package staff

import (
	"net/http"

	"attune/internal/access"
	"attune/internal/web/route"
)

func addDesk(g *route.Registry) {
	g.Add(route.Route{Method: http.MethodGet, Pattern: "/desk", Name: "staff.desk", Right: access.SeeToday, Auth: route.SignIn,
		Success: []int{http.StatusSeeOther}, Do: desk})
}

// homes are the first pages of each role, the role with the most to do by the hour first.
var homes = []struct {
	role access.Role
	path string
}{
	{access.Therapist, "/today"},
	{access.Coordinator, "/inbox"},
	{access.Supervisor, "/supervision"},
	{access.Owner, "/practice"},
}

// desk leads to the home page of the person's main role.
func desk(w http.ResponseWriter, v *route.Visit) error {
	for _, home := range homes {
		if v.By.Is(home.role) {
			return v.See(w, home.path)
		}
	}
	return v.See(w, "/account")
}
