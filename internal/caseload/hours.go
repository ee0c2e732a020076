package caseload

import (
	"context"
	"slices"
	"strings"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/schedule"
)

// Hours are the weekly rules and the coming times off of a therapist.
type Hours struct {
	Therapist practice.Therapist
	Others    []practice.Therapist
	Rules     []schedule.KeptRule
	Off       []schedule.TimeOff
	Places    []schedule.Place
	Changes   bool
}

// HoursOf are the hours of a therapist, one's own where none is named, to those
// who may read them.
func HoursOf(ctx context.Context, tx *db.DB, by access.Actor, of practice.StaffID) (Hours, error) {
	var h Hours
	err := tx.View(ctx, func(tx *db.DB) error {
		h = Hours{}
		all, err := practice.Therapists(ctx, tx, false)
		if err != nil {
			return err
		}
		reach := access.Of(by, access.ReadHours)
		h.Others = slices.DeleteFunc(all, func(t practice.Therapist) bool {
			return reach&access.Everyone == 0 && string(t.ID) != by.ID
		})
		if of == "" {
			of = practice.StaffID(by.ID)
		}
		i := slices.IndexFunc(h.Others, func(t practice.Therapist) bool { return t.ID == of })
		if i < 0 && len(h.Others) > 0 && string(of) == by.ID {
			i = 0
		}
		if i < 0 {
			return fault.NotFound()
		}
		h.Therapist = h.Others[i]
		writes := access.Of(by, access.WriteHours)
		h.Changes = writes&access.Everyone != 0 || writes&access.Self != 0 && string(h.Therapist.ID) == by.ID
		if h.Rules, err = schedule.Rules(ctx, tx, h.Therapist.ID); err != nil {
			return err
		}
		slices.SortStableFunc(h.Rules, byWeekday)
		if h.Off, err = schedule.Off(ctx, tx, by, h.Therapist.ID, tx.Now()); err != nil {
			return err
		}
		h.Places, err = schedule.Places(ctx, tx)
		h.Places = slices.DeleteFunc(h.Places, func(p schedule.Place) bool { return !p.Active })
		return err
	})
	return h, err
}

func byWeekday(a, b schedule.KeptRule) int {
	if day := civil.SinceMonday(a.Weekday) - civil.SinceMonday(b.Weekday); day != 0 {
		return day
	}
	if from := int(a.From) - int(b.From); from != 0 {
		return from
	}
	return strings.Compare(string(a.ID), string(b.ID))
}
