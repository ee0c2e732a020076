package portal

import (
	"net/http"
	"net/url"
	"strings"

	"attune/internal/access"
	"attune/internal/intake"
	"attune/internal/schedule"
	"attune/internal/web/route"
)

// way is one of the ways to a page: the link that was sent, which does one thing,
// or signed in. Both show the same.
type way struct {
	pattern string // "/time/{token}"
	name    string // what its routes' names begin with
	auth    route.Auth
	object  route.Object // in the pattern; none where it has no id
}

func byLink(pattern, name string) way {
	return way{pattern, name, route.Link, route.Object{Param: "token", Type: "link"}}
}

func signedIn(pattern, name, object string) way {
	return way{pattern, name, route.SignIn, route.Object{Param: object, Type: object}}
}

// base is the way's path in this visit.
func (at way) base(v *route.Visit) string {
	return strings.Replace(at.pattern, "{"+at.object.Param+"}", url.PathEscape(v.PathValue(at.object.Param)), 1)
}

// get and post declare a route on the way: at the path itself, or below it.
func (at way) get(below, name string, right access.Right, do route.Handler) route.Route {
	r := route.Route{Method: http.MethodGet, Pattern: at.pattern + below, Name: at.name + name, Right: right, Auth: at.auth,
		Clients: true, Do: do}
	if at.object.Param != "" {
		r.Objects = []route.Object{at.object}
	}
	return r
}

func (at way) post(below, name string, right access.Right, do, faulty route.Handler, fields ...route.Field) route.Route {
	r := at.get(below, name, right, do)
	r.Method, r.Faulty, r.Fields = http.MethodPost, faulty, fields
	return r
}

// about adds an id to what a route takes in its path.
func about(r route.Route, param, kind string) route.Route {
	r.Objects = append(r.Objects, route.Object{Param: param, Type: kind})
	return r
}

// subject is the id that the way is about: of the link, or in the path.
func (at way) subject(v *route.Visit) string {
	if v.By.Link != nil {
		return v.By.Link.Subject
	}
	return v.PathValue(at.object.Param)
}

// traveller is who acts about which appointment. The bearer of an offer's link
// acts as the client whom they have become, once they have chosen a time.
func (at way) traveller(v *route.Visit) (access.Actor, schedule.AppointmentID, error) {
	if v.By.Link != nil && v.By.Link.Task == access.TaskOffer {
		by, err := intake.AsClient(v.Context(), v.DB, v.By)
		if err != nil {
			return by, "", err
		}
		return by, schedule.AppointmentID(by.Link.Subject), nil
	}
	return v.By, schedule.AppointmentID(at.subject(v)), nil
}
