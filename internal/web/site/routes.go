// Package site is the practice's public pages: reading, asking for an
// appointment, help in a crisis.
package site

import (
	"embed"

	"attune/internal/web/route"
)

//go:embed *.html
var pages embed.FS

// Add declares the public routes.
func Add(g *route.Registry) {
	addHome(g)
	addTexts(g)
	addTherapists(g)
	addWriting(g)
	addFeed(g)
	addAppointment(g)
	addRequest(g)
	addOut(g)
}
