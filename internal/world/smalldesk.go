package world

import (
	"context"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/writing"
)

// desk makes requests in every state; other practices than north have two.
func (h *house) desk() {
	if h.err != nil {
		return
	}
	h.request("visitor.1", 3*time.Hour, false)
	offered := h.request("visitor.2", 2*day, false)
	h.offer("visitor.2", offered, time.Hour)
	if h.ref != "north" {
		return
	}
	h.request("visitor.3", 4*day, true)
	again := h.request("visitor.4", 5*day, false)
	h.offer("visitor.4", again, 4*day)
	h.offer("visitor.4", again, 3*day) // takes back the first; its own times are held no longer
	h.answer("visitor.5", intake.PutOnWaitList)
	h.answer("visitor.6", intake.Refer)
	h.answer("visitor.7", intake.Close)
	h.forgotten()
	booked := h.request("client.8", 3*day, false)
	h.take("client.8", booked)
}

// request is what somebody asked for, some time ago.
func (h *house) request(ref string, ago time.Duration, byPhone bool) intake.Inquiry {
	if h.err != nil {
		return intake.Inquiry{}
	}
	h.back(ago)
	w := h.words("name", "pronouns", "email", "phone", "when", "in_words", "wishes", "else")
	r := intake.Request{Name: "Bea " + w["name"], Pronouns: w["pronouns"], Email: w["email"], Phone: w["phone"], Adult: true, For: "me",
		Contact: practice.SafeContact{Mail: true, When: w["when"]}, Brings: []string{"relationship"}, InWords: w["in_words"], Wishes: w["wishes"],
		Where: "either", Times: []string{"tue-morning", "tue-afternoon"}, Else: w["else"]}
	source, by := "web", access.OfVisitor(h.db.PracticeID())
	if byPhone {
		source, by = "phone", h.by("coordinator.1")
	}
	var i intake.Inquiry
	h.do("ask", func(tx *db.DB) (err error) {
		i, err = intake.Send(h.ctx, tx, by, r, source)
		return err
	})
	h.visitor(ref, i)
	h.object("inquiry", string(i.ID), ref, ref, access.Inquiring, w)
	h.state("new")
	h.link(access.TaskRequest, ref, string(i.KeyID), string(i.ID), time.Time{}, h.now.Add(60*day))
	return i
}

// state sets that of the object kept last.
func (h *house) state(state string) {
	if h.err == nil {
		h.file.Objects[len(h.file.Objects)-1].State = state
	}
}

// became sets the state of an inquiry in the file.
func (h *house) became(id intake.ID, state string) {
	for n, o := range h.file.Objects {
		if o.Type == "inquiry" && o.ID == string(id) {
			h.file.Objects[n].State = state
		}
	}
}

// offer holds three times of the therapist who fits best.
func (h *house) offer(ref string, i intake.Inquiry, ago time.Duration) intake.Offer {
	if h.err != nil {
		return intake.Offer{}
	}
	h.back(ago)
	words := h.words("words")
	var o intake.Offer
	h.do("offer times", func(tx *db.DB) error {
		_, fits, _, err := intake.Match(h.ctx, tx, h.by("coordinator.1"), i.ID)
		if err != nil {
			return err
		}
		if len(fits) == 0 || len(fits[0].Free) < 3 {
			return errNoTime
		}
		var times []schedule.Stretch
		for _, free := range fits[0].Free[:3] {
			times = append(times, schedule.Stretch{TherapistID: fits[0].Therapist.ID, PlaceID: free.Place, Interval: free.Interval})
		}
		o, err = intake.SendOffer(h.ctx, tx, h.by("coordinator.1"), i.ID, times, words["words"])
		return err
	})
	h.object("offer", string(o.ID), ref, "coordinator.1", access.Inquiring, words)
	h.became(i.ID, "offered")
	token := h.link(access.TaskOffer, ref, string(i.KeyID), string(o.ID), time.Time{}, h.now.Add(60*day))
	if h.err != nil || !o.Open(h.now) {
		return o
	}
	for _, t := range o.Times {
		h.file.Slots = append(h.file.Slots, Slot{Tenant: h.ref, Therapist: h.refOf(string(t.TherapistID)), Start: t.Start, End: t.End, Capacity: 1,
			Form: Form{Route: "portal.times.take", Path: "/times/" + token.Text(), Fields: map[string]string{"time": t.ID}}})
	}
	h.file.Relations = append(h.file.Relations, Relation{Kind: "proposed", Inquiry: string(i.ID), Therapist: h.refOf(string(o.Times[0].TherapistID)), From: o.Sent})
	return o
}

func (h *house) refOf(id string) string {
	for _, u := range h.sorted() {
		if u.ID == id {
			return u.Ref
		}
	}
	return ""
}

// answer ends a request otherwise than with times.
func (h *house) answer(ref string, how func(context.Context, *db.DB, access.Actor, intake.ID, string) error) {
	i := h.request(ref, 8*day, false)
	h.back(7 * day)
	words := h.words("answer")
	h.do("answer", func(tx *db.DB) error { return how(h.ctx, tx, h.by("coordinator.1"), i.ID, words["answer"]) })
	h.object("answer", string(i.ID), ref, "coordinator.1", access.Inquiring, words)
	h.became(i.ID, map[string]string{"visitor.5": "waiting", "visitor.6": "referred", "visitor.7": "closed"}[ref])
}

// forgotten is a request that was closed so long ago that it has been swept away.
func (h *house) forgotten() {
	if h.err != nil {
		return
	}
	h.back(140 * day)
	by := access.OfVisitor(h.db.PracticeID())
	var i intake.Inquiry
	h.do("ask long ago", func(tx *db.DB) (err error) {
		i, err = intake.Send(h.ctx, tx, by, intake.Request{Name: "Cid", Phone: "312-555-0177", Adult: true}, "web")
		return err
	})
	h.back(139 * day)
	h.do("close", func(tx *db.DB) error { return intake.Close(h.ctx, tx, h.by("coordinator.1"), i.ID, "No answer.") })
	h.back(day)
	h.do("sweep", func(tx *db.DB) error {
		n, err := intake.Sweep(h.ctx, tx)
		if err == nil && n == 0 {
			err = fmt.Errorf("nothing was swept")
		}
		return err
	})
}

// take chooses a time: somebody becomes a client, who has answered nothing yet.
func (h *house) take(ref string, i intake.Inquiry) {
	o := h.offer(ref, i, 2*day)
	h.back(20 * time.Hour)
	var by access.Actor
	var a schedule.Appointment
	h.do("take a time", func(tx *db.DB) error {
		token, err := auth.NewLink(h.ctx, tx, access.TaskOffer, string(i.KeyID), string(o.ID), time.Time{}, h.now.Add(60*day))
		if err != nil {
			return err
		}
		if by, err = auth.OpenLink(h.ctx, tx, token.Text()); err != nil {
			return err
		}
		if a, err = intake.Take(h.ctx, tx, by, o.Times[0].ID); err != nil {
			return err
		}
		_, i, err = intake.OwnOffer(h.ctx, tx, by)
		return err
	})
	if h.err != nil {
		return
	}
	h.users[ref].ID, h.users[ref].Role = string(i.ClientID), access.Client
	h.became(i.ID, "booked")
	c := &care{house: h, id: i.CourseID, therapist: h.refOf(string(a.TherapistID))[len(h.ref)+1:], clients: []string{ref}}
	c.about("client", string(i.ClientID), ref, access.Identity, nil)
	c.about("course", string(i.CourseID), c.therapist, access.Record, nil)
	c.about("appointment", string(a.ID), c.therapist, access.Scheduling, nil)
	h.file.Relations = append(h.file.Relations, Relation{Kind: "assigned", Client: h.full(ref), Therapist: h.full(c.therapist), From: h.clock.Now()})
	h.file.Slots = taken(h.file.Slots, a)
	h.forms(ref, false, 0, 0)
}

// taken leaves out the slots that are gone, and those that were offered with them.
func taken(all []Slot, a schedule.Appointment) []Slot {
	left := []Slot{}
	for n, s := range all {
		if s.Start.Equal(a.Start) && n+3 == len(all) {
			return left
		}
		left = append(left, s)
	}
	return left
}

// shelf writes articles, published and not, and replies in every state.
func (h *house) shelf() {
	if h.err != nil {
		return
	}
	h.back(30 * day)
	for _, state := range []string{"published", "draft"} {
		w := h.words("title", "summary", "body")
		var a writing.Article
		h.do("write an article", func(tx *db.DB) (err error) {
			by := h.by("therapist.1")
			if a, err = writing.Begin(h.ctx, tx, by, writing.Words{Title: w["title"], Summary: w["summary"], Body: w["body"]}); err != nil || state == "draft" {
				return err
			}
			return writing.Publish(h.ctx, tx, by, a.ID, a.Version)
		})
		class := access.Public
		if state == "draft" {
			class = access.Writing
		}
		h.object("article", string(a.ID), "", "therapist.1", class, w)
		h.state(state)
		if state == "published" {
			h.replies(a.Slug)
		}
	}
}

func (h *house) replies(slug string) {
	for _, state := range []writing.ReplyState{writing.Held, writing.Appears, writing.Declined} {
		w := h.words("name", "email", "text")
		var r writing.Reply
		h.do("reply", func(tx *db.DB) (err error) {
			said := writing.Said{Name: w["name"], Email: w["email"], Text: w["text"]}
			r, err = writing.LeaveReply(h.ctx, tx, access.OfVisitor(tx.PracticeID()), slug, said)
			return err
		})
		h.do("decide about a reply", func(tx *db.DB) error {
			switch state {
			case writing.Appears:
				return writing.PublishReply(h.ctx, tx, h.by("coordinator.1"), r.ID)
			case writing.Declined:
				return writing.RefuseReply(h.ctx, tx, h.by("coordinator.1"), r.ID)
			}
			return nil
		})
		h.object("reply", string(r.ID), "", "", access.Writing, w)
		h.state(string(state))
	}
}
