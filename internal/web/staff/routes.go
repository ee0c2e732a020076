// Package staff is the practice's own pages: Today, the brief, the inbox, the settings.
package staff

import (
	"embed"

	"attune/internal/web/route"
)

//go:embed *.html
var pages embed.FS

// Add declares the staff's routes.
func Add(g *route.Registry) {
	addInbox(g)
	addMatch(g)
}
