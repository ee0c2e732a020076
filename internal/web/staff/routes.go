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
	addWriting(g)
	addInbox(g)
	addMatch(g)
	addPhone(g)
	addDesk(g)
	addToday(g)
	addClients(g)
	addClient(g)
	addPartner(g)
	addBrief(g)
	addSheet(g)
	addNote(g)
	addRupture(g)
	addRate(g)
	addWeek(g)
	addHour(g)
	addHours(g)
	addEnding(g)
	addSupervision(g)
	addSafety(g)
	addPractice(g)
	addSettings(g)
	addPeople(g)
	addImport(g)
}
