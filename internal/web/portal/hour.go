package portal

import (
	"context"
	"strings"
	"time"

	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/schedule"
)

// hour is an appointment as its client reads it: when, with whom, and where.
type hour struct {
	Day, Times string // "Thursday, May 21", "10:00 to 10:50 am"
	Zone       string // "Central time"
	With       string // the therapist, with credentials
	First      string // the therapist's first name
	Place      string
	Address    []string // of a room
	Directions string
	Video      string // where a video session is; empty for a room
}

func hourOf(ctx context.Context, tx *db.DB, house practice.Practice, s schedule.Stretch) (hour, error) {
	therapist, err := practice.Colleague(ctx, tx, s.TherapistID)
	if err != nil {
		return hour{}, err
	}
	place, err := schedule.OnePlace(ctx, tx, s.PlaceID)
	if err != nil {
		return hour{}, err
	}
	h := hour{Zone: civil.ZoneWords(house.Zone), With: therapist.Title(), First: firstName(therapist.Name), Place: place.Name,
		Directions: place.Directions}
	h.Day, h.Times = dayAndTimes(s.Interval, house.Location())
	if place.Kind == "video" {
		h.Video = place.Link
		return h, nil
	}
	h.Address = address(house)
	return h, nil
}

func dayAndTimes(i schedule.Interval, loc *time.Location) (day, times string) {
	date, from := civil.Of(i.Start, loc)
	_, to := civil.Of(i.End, loc)
	return date.Words(), civil.Between(from, to)
}

func address(house practice.Practice) []string {
	var lines []string
	for line := range strings.Lines(house.Address) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// firstName is what people call each other by.
func firstName(name string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(name), " ")
	return first
}
