package world

import (
	"encoding/json"
	"time"

	"attune/internal/access"
)

// File says what a world holds, for whoever tests it from outside: security.md 5.1. The same arguments give the same
// file, byte for byte, on either database.
type File struct {
	Contract  int        `json:"contract"`
	World     string     `json:"world"`
	Size      string     `json:"size"`
	Seed      uint64     `json:"seed"`
	Clock     time.Time  `json:"clock"`
	Prefix    string     `json:"canary_prefix"`
	Tenants   []Tenant   `json:"tenants"`
	Relations []Relation `json:"relations"`
	Objects   []Object   `json:"objects"`
	Links     []Link     `json:"links"`
	Slots     []Slot     `json:"slots"`
}

// Tenant is one practice.
type Tenant struct {
	Ref     string `json:"ref"`
	ID      string `json:"id"`
	Host    string `json:"host"`
	BaseURL string `json:"base_url"` // with the port that attune serve listens on by default
	Users   []User `json:"users"`
}

// User is one person, or nobody in particular.
type User struct {
	Ref      string      `json:"ref"`
	ID       string      `json:"id"`
	Role     access.Role `json:"role"`
	State    string      `json:"state"` // "active", "invited", "disabled" or "former"
	Duty     bool        `json:"duty,omitempty"`
	Login    string      `json:"login,omitempty"`
	Password string      `json:"password,omitempty"`
	TOTP     string      `json:"totp,omitempty"`
	Recovery []string    `json:"recovery,omitempty"`
	// SignIns are values of the cookie of sign-ins, by how far they have come: "full", "pre_mfa", "pre_enrol",
	// "expired", "ended".
	SignIns map[string]string `json:"sign_ins,omitempty"`
	// Tokens are those of the person's links, by their task.
	Tokens map[string]string `json:"tokens,omitempty"`
}

// Relation is a tie that decides who may see what.
type Relation struct {
	Kind       string     `json:"kind"` // "assigned", "supervises" or "proposed"
	Client     string     `json:"client,omitempty"`
	Inquiry    string     `json:"inquiry,omitempty"` // id
	Therapist  string     `json:"therapist"`
	Supervisor string     `json:"supervisor,omitempty"`
	From       time.Time  `json:"from"`
	To         *time.Time `json:"to"`
}

// Object is one thing that is kept, with a canary in each text of it that somebody wrote.
type Object struct {
	Type     string            `json:"type"`
	ID       string            `json:"id"`
	Tenant   string            `json:"tenant"`
	State    string            `json:"state,omitempty"`
	Client   string            `json:"client,omitempty"`  // ref of whom it is about
	Clients  []string          `json:"clients,omitempty"` // where it is about several
	Author   string            `json:"author,omitempty"`  // ref of who wrote it
	Class    access.Class      `json:"class"`
	Canary   string            `json:"canary,omitempty"` // one of Canaries
	Canaries map[string]string `json:"canaries,omitempty"`
}

// Link is a link that does one task.
type Link struct {
	Task    access.Task `json:"task"`
	Tenant  string      `json:"tenant"`
	Person  string      `json:"person"` // ref
	Subject string      `json:"subject"`
	Path    string      `json:"path"`
	Token   string      `json:"token"`
	State   string      `json:"state"` // "open", "used", "expired" or "early"
}

// Slot is a time that can be taken once.
type Slot struct {
	Tenant    string    `json:"tenant"`
	Therapist string    `json:"therapist"`
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	Capacity  int       `json:"capacity"`
	Form      Form      `json:"form"`
}

// Form is what takes a slot.
type Form struct {
	Route  string            `json:"route"` // name of the route
	Path   string            `json:"path"`
	Fields map[string]string `json:"fields"`
}

// Text is the file as it is written.
func (f File) Text() ([]byte, error) {
	text, err := json.MarshalIndent(f, "", " ")
	return append(text, '\n'), err
}

// UserOf is the user of a ref, or nil.
func (f File) UserOf(ref string) *User {
	for _, t := range f.Tenants {
		for i := range t.Users {
			if t.Users[i].Ref == ref {
				return &t.Users[i]
			}
		}
	}
	return nil
}
