// Package intake is the way from a stranger's first message to the first appointment.
package intake

import (
	"slices"
	"strings"
	"time"

	"attune/internal/fault"
	"attune/internal/mail"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/seal"
)

// ID names an inquiry.
type ID string

// State is how far an inquiry has come.
type State string

// The states. A booked inquiry has become a client's.
const (
	New      State = "new"
	Offered  State = "offered"
	Waiting  State = "waiting"
	Booked   State = "booked"
	Referred State = "referred"
	Closed   State = "closed"
)

// Request is what someone who asks for an appointment tells: eight questions, of
// which the first three must be answered.
type Request struct {
	Name     string // what to call them
	Pronouns string
	Email    string
	Phone    string
	Contact  practice.SafeContact
	Adult    bool // 18 or older

	For       string   // a code of ForWhom
	Brings    []string // codes of practice.Concerns
	InWords   string
	Wishes    string           // for a therapist, in own words
	Therapist practice.StaffID // someone they have in mind; may be empty
	Language  string           // they would rather speak; empty: English
	Sliding   bool             // needs a reduced fee
	Times     []string         // schedule.Wish, such as "tue-evening"
	Where     string           // a code of Wheres
	Else      string

	// NoneSuits is what they wrote when none of the times that were offered suited them.
	NoneSuits string `json:",omitempty"`
}

// ForWhom are whom a request may be for.
var ForWhom = []practice.Concern{{Code: "me", Words: "Me"}, {Code: "couple", Words: "Us as a couple"}, {Code: "family", Words: "Our family"}}

// Wheres are where sessions may be.
var Wheres = []practice.Concern{{Code: "room", Words: "In person"}, {Code: "video", Words: "Video"}, {Code: "either", Words: "Either is fine"}}

// Words are the words of a code in a list; the code itself where it is unknown.
func Words(list []practice.Concern, code string) string {
	for _, c := range list {
		if c.Code == code {
			return c.Words
		}
	}
	return code
}

// Modality is the kind of course that the request is for.
func (r Request) Modality() string {
	if r.For == "couple" || r.For == "family" {
		return r.For
	}
	return "individual"
}

// Validate collects what is missing, by form field.
func (r Request) Validate() error {
	var faults fault.List
	if strings.TrimSpace(r.Name) == "" {
		faults.Add("name", "Tell us what to call you.")
	}
	if r.Email == "" && r.Phone == "" {
		faults.Add("email", "Enter an email address or a phone number so we can reply.")
	}
	if r.Email != "" {
		if clean, err := mail.Address(r.Email); err != nil || clean != r.Email {
			faults.Add("email", "Enter an email address like name@example.org.")
		}
	}
	if r.Phone != "" && len(digitsOf(r.Phone)) < 7 {
		faults.Add("phone", "Enter a phone number with its area code, such as 312-555-0100.")
	}
	if !r.Adult {
		faults.Add("adult", "Tell us whether you are 18 or older.")
	}
	if r.For != "" && !has(ForWhom, r.For) {
		faults.Add("for", "Choose who it is for.")
	}
	if r.Where != "" && !has(Wheres, r.Where) {
		faults.Add("where", "Choose where you would like to meet.")
	}
	for _, code := range r.Brings {
		if !has(practice.Concerns, code) {
			faults.Add("brings", "Choose from the list.")
			break
		}
	}
	for _, text := range r.Times {
		if _, err := schedule.ParseWish(text); err != nil {
			faults.Add("times", "Choose from the times in the table.")
			break
		}
	}
	return faults.Err()
}

func has(list []practice.Concern, code string) bool {
	return slices.ContainsFunc(list, func(c practice.Concern) bool { return c.Code == code })
}

// wishes are the times that suit, as schedule reads them.
func (r Request) wishes() []schedule.Wish {
	var all []schedule.Wish
	for _, text := range r.Times {
		if w, err := schedule.ParseWish(text); err == nil {
			all = append(all, w)
		}
	}
	return all
}

// Inquiry is a request with what became of it.
type Inquiry struct {
	ID       ID
	KeyID    seal.OwnerID
	State    State
	Source   string // "web" or "phone"
	Received time.Time
	Due      time.Time // by when the practice promised a reply
	Replied  time.Time
	Ended    time.Time
	Answer   string // what the practice wrote when it referred, put on the wait list or closed
	ClientID practice.ClientID
	CourseID practice.CourseID
	Request
}

// Clock is how urgent a reply is.
type Clock string

// The clock of an inquiry that waits for a reply.
const (
	InTime Clock = "in time"
	Soon   Clock = "soon"
	Late   Clock = "late"
)

// soon is how long before its due time the clock of an inquiry turns amber.
const soon = 2 * time.Hour

// Clock is how urgent a reply is; meaningful while the state is New.
func (i Inquiry) Clock(now time.Time) Clock {
	switch {
	case !now.Before(i.Due):
		return Late
	case !now.Before(i.Due.Add(-soon)):
		return Soon
	}
	return InTime
}

func requestPlace(key seal.OwnerID) seal.Place {
	return seal.Place{Table: "inquiry", Row: string(key), Column: "request"}
}

func endingPlace(key seal.OwnerID) seal.Place {
	return seal.Place{Table: "inquiry", Row: string(key), Column: "ending"}
}
