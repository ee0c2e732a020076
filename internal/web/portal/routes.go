// Package portal is the clients' pages, by sign-in or by a link that does one thing.
package portal

import (
	"embed"

	"attune/internal/web/route"
)

//go:embed *.html
var pages embed.FS

// Add declares the clients' routes.
func Add(g *route.Registry) {
	addTimes(g)
	addAppointments(g)
	addForms(g)
	addCheckIns(g)
	addHome(g)
	addBetween(g)
	addOwnCheckIns(g)
	addMyNotes(g)
	addMe(g)
	addLooked(g)
	addSources(g)
	addSignIn(g)
	addAccount(g)
}
