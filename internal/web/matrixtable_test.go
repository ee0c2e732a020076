package web_test

import (
	"slices"
	"strings"

	"attune/internal/access"
	"attune/internal/web/route"
	"attune/internal/web/webtest"
)

// This file says a second time, by hand and from security.md 1.1, who may do what. It does not look at the table of
// package access, which is what it tests.

// tie is what joins a person to what a route is about.
type tie string

const (
	self       tie = "self"       // it is about them
	assigned   tie = "assigned"   // it is about a client of theirs
	supervised tie = "supervised" // it is about a client of a therapist whom they supervise
	proposed   tie = "proposed"   // it was proposed to them
	house      tie = "house"      // it is in their practice
)

const (
	visitor     = access.Visitor
	client      = access.Client
	therapist   = access.Therapist
	coordinator = access.Coordinator
	supervisor  = access.Supervisor
	owner       = access.Owner
)

type cells map[access.Role]tie

var (
	everyone   = cells{visitor: house, client: house, therapist: house, coordinator: house, supervisor: house, owner: house}
	ownAccount = cells{client: self, therapist: self, coordinator: self, supervisor: self, owner: self}
	staffOwn   = cells{therapist: self, coordinator: self, supervisor: self, owner: self}
	treating   = cells{client: self, therapist: assigned, supervisor: supervised}
	clientOnly = cells{client: self}
	therapists = cells{therapist: assigned}
	ownerOnly  = cells{owner: house}
)

// policy is the table of security.md 1.1, by the right that a route declares: who may, and about whom.
var policy = map[access.Right]cells{
	"site.read": everyone, "inquiry.send": everyone, "reply.send": everyone, "sign_in.start": everyone,
	"sign_in.finish": ownAccount, "account.keep": ownAccount, "factor.vouch": staffOwn,

	// D1 identity, contact
	"client.read":    {client: self, therapist: assigned, coordinator: house, supervisor: supervised, owner: house},
	"client.find":    {therapist: assigned, coordinator: house, supervisor: supervised, owner: house},
	"client.write":   {coordinator: house},
	"client.propose": clientOnly,
	"client.import":  ownerOnly, // issue 2: the owner brings existing clients in

	// D2 scheduling
	"appointment.read":  {client: self, therapist: assigned, coordinator: house, supervisor: supervised, owner: house},
	"appointment.write": {client: self, therapist: assigned, coordinator: house},
	"attendance.mark":   therapists,
	"offer.take":        {},
	"today.read":        staffOwn,
	"home.read":         clientOnly,

	// D4 clinical record
	"record.read": treating, "record.write": therapists, "course.read": treating, "course.write": therapists,
	"caseload.read": therapists, "supervision.read": {supervisor: supervised},

	// D6 check-ins
	"check_in.read": treating, "check_in.answer": clientOnly, "check_in.rate": therapists,

	// D10 audit
	"audit.own_record": clientOnly, "audit.own_deeds": staffOwn, "audit.team": {supervisor: supervised}, "audit.read": ownerOnly,

	// D11 settings, users; what takes two people needs a second one (S-13)
	"settings.read": ownerOnly, "settings.write": ownerOnly, "staff.write": ownerOnly,
	"settings.confirm": {coordinator: house, supervisor: house, owner: house},

	// D12 inquiry and match
	"inquiry.read":  {therapist: proposed, coordinator: house, supervisor: supervised, owner: house},
	"inquiry.write": {coordinator: house},

	"inquiry.see_own": {},

	// D13 ruptures
	"rupture.read": treating, "rupture.say": clientOnly, "rupture.tend": therapists, "rupture.count": ownerOnly,

	// D14 consents, intake measures, risk tasks
	"intake.read": treating, "intake.answer": clientOnly, "intake.done": {coordinator: house},
	"risk.handle": {therapist: assigned, supervisor: supervised},

	// D15 articles and replies
	"article.read":   {therapist: house, coordinator: house, supervisor: house, owner: house},
	"article.write":  {therapist: self, coordinator: house, owner: house}, // a supervisor reads
	"article.edit":   {coordinator: house, owner: house},
	"reply.moderate": {coordinator: house, owner: house},
	"profile.write":  {therapist: self, owner: house},

	// D16 availability
	"availability.read":  {therapist: self, coordinator: house, supervisor: house, owner: house},
	"availability.write": {therapist: self, coordinator: house, owner: house},
}

// doors are where the links of each task lead. A link does one task (house rule 9), so it opens nothing else.
var doors = map[access.Task]string{
	"offer": "/times/", "appointment": "/time/", "intake": "/forms/", "check_in": "/questions/", "record": "/page/",
	"invite": "/welcome/", "reset": "/renew/", "sign_in": "/enter/", "request": "/request/",
}

// seen is who treats whom in a cast.
var seenBy = map[string]string{"rosa": "theo", "ines": "theo", "paul": "theo", "nell": "tess"}

// supervises is who supervises whom in a cast.
var supervises = map[string]string{"sami": "theo", "sona": "tess"}

// joint are the kinds of thing that the partners of a couple have in common.
var joint = []string{"course", "appointment", "begun", "held", "open", "session", "series", "note"}

// unbound are the kinds of thing that everyone in a practice has in common: which practice is all that counts.
var unbound = []string{"therapist", "article", "place", "consent_text", "job"}

// ties are what joins a person, by name, to a thing of a bundle. Both are of one practice.
func ties(name, bundle, kind string) []tie {
	found := []tie{house}
	add := func(t tie, when bool) {
		if when {
			found = append(found, t)
		}
	}
	if kind == "calendar" {
		add(self, name == bundle)
		add(assigned, name == bundle)
		add(supervised, supervises[name] == bundle)
		return found
	}
	couple := slices.Contains(joint, kind) && (name == "paul" && bundle == "ines" || name == "ines" && bundle == "paul")
	add(self, name == bundle || couple || slices.Contains(unbound, kind))
	treats := seenBy[bundle]
	add(assigned, treats != "" && treats == name)
	add(supervised, treats != "" && supervises[name] == treats)
	if kind == "risk_task" {
		// What is open stays with whom it was given to; and the duty person looks after those whom nobody else does.
		add(assigned, name == "fred" && bundle == "otto")
		add(supervised, name == "sami" && (bundle == "otto" || bundle == "dana"))
	}
	add(proposed, bundle == "inquiry-offered" && name == "theo")
	add(supervised, bundle == "inquiry-offered" && supervises[name] == "theo")
	return found
}

// both are the pages of the portal that staff have too: how they sign in.
var both = []string{"portal.sign_", "portal.welcome", "portal.renew", "portal.enter", "portal.forgot", "portal.stay", "portal.account", "portal.confirm", "portal.sources"}

// meant says whether the route is on the pages that the role has: clients have the portal, and the others have theirs.
func meant(r route.Route, role access.Role) bool {
	switch {
	case strings.HasPrefix(r.Name, "staff."):
		return role != client
	case strings.HasPrefix(r.Name, "portal."):
		return role == client || slices.ContainsFunc(both, func(begin string) bool { return strings.HasPrefix(r.Name, begin) })
	}
	return true
}

// may says whether the policy lets the person come through the route about the thing; a bundle of "" is no thing at
// all, where having a cell is enough.
func may(r route.Route, p *webtest.Person, practice, bundle, kind string) bool {
	if p.Bearer() {
		whose := strings.Split(p.Name, " ")[0]
		return strings.HasPrefix(r.Pattern, doors[p.Task]) && (bundle == "" || practice == p.Practice &&
			(bundle == whose || slices.Contains(unbound, kind)))
	}
	name := strings.Split(p.Name, " ")[0]
	for _, role := range p.Roles {
		need, ok := policy[r.Right][role]
		if !meant(r, role) {
			continue
		}
		if ok && (bundle == "" || practice == p.Practice && slices.Contains(ties(name, bundle, kind), need)) {
			return true
		}
	}
	return false
}
