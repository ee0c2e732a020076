// Package access decides who may see and do what: by role, kind of data and
// relationship, in one table. What the table does not list is denied.
package access

import (
	"slices"
	"time"
)

// Role is what a person is in a practice. A member of staff may have several.
type Role string

// The roles, as in the practice's own words.
const (
	Visitor     Role = "visitor"
	Client      Role = "client"
	Therapist   Role = "therapist"
	Coordinator Role = "coordinator"
	Supervisor  Role = "supervisor"
	Owner       Role = "owner"
	// Program is Attune itself: jobs and commands, which serve no person's curiosity.
	Program Role = "program"
)

// StaffRoles are the roles that a member of staff may be given.
var StaffRoles = []Role{Therapist, Coordinator, Supervisor, Owner}

// Stage is how far a sign-in has come.
type Stage string

// A person is fully signed in only at Full; before it, nothing but the next
// step of signing in is open.
const (
	Factor Stage = "factor" // the password was right, the second factor is missing
	Enrol  Stage = "enrol"  // a second factor must be set up first
	Full   Stage = "full"
)

// Actor is who is acting: a person by sign-in or by link, a visitor, or the
// program itself. The zero Actor may do nothing.
type Actor struct {
	PracticeID string
	// ID is the staff or client id; empty for a visitor. By the link of an
	// offer it is the inquiry's key, for there is no client yet.
	ID    string
	Roles []Role
	// SignInID names the sign-in in the audit log; empty by link.
	SignInID string
	Stage    Stage
	// Link is the one task of the link that the actor came by; nil otherwise.
	Link *Link
	// Duty marks the person who answers for clients without a therapist.
	Duty bool
	// SteppedUp is when the person last proved anew who they are; zero if never.
	SteppedUp time.Time
}

// Task is the one thing that a link is for.
type Task string

// The tasks that links are sent for.
const (
	TaskOffer       Task = "offer"       // choose one of the held times
	TaskAppointment Task = "appointment" // see, change or cancel an appointment
	TaskIntake      Task = "intake"      // consents and intake measures
	TaskCheckIn     Task = "check_in"    // the check-in around one appointment
	TaskRecord      Task = "record"      // who has looked at my record
	TaskInvite      Task = "invite"      // set up one's own sign-in
	TaskReset       Task = "reset"       // choose a new password
	TaskSignIn      Task = "sign_in"     // a client signs in without a password
	TaskRequest     Task = "request"     // see, change or withdraw what one asked for
)

// Link is the task of a link and what it is about.
type Link struct {
	ID      string
	Task    Task
	Subject string
}

// Is reports whether the actor has the role.
func (a Actor) Is(role Role) bool { return slices.Contains(a.Roles, role) }

// Staff reports whether the actor works at the practice.
func (a Actor) Staff() bool {
	return slices.ContainsFunc(a.Roles, func(r Role) bool { return slices.Contains(StaffRoles, r) })
}

// Acting names the role to write into the audit log: the first that reaches the right.
func (a Actor) Acting(right Right) Role {
	for _, role := range a.Roles {
		if rules[right].reach[role] != 0 {
			return role
		}
	}
	if len(a.Roles) == 0 {
		return Visitor
	}
	return a.Roles[0]
}

// OfProgram is the actor for jobs and commands of one practice.
func OfProgram(practiceID string) Actor {
	return Actor{PracticeID: practiceID, ID: "attune", Roles: []Role{Program}, Stage: Full}
}

// OfVisitor is the actor for anyone who has not signed in.
func OfVisitor(practiceID string) Actor {
	return Actor{PracticeID: practiceID, Roles: []Role{Visitor}, Stage: Full}
}
