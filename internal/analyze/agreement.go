package analyze

import (
	"errors"
	"fmt"
	"io"
	"math"

	"attune/internal/alliance"
)

type agreementAnswer struct {
	Dyads    []dyadAnswer   `json:"dyads"`
	OverAll  *overAllAnswer `json:"over_all"`
	Warnings []string       `json:"warnings,omitempty"`
}

type dyadAnswer struct {
	Dyad       string   `json:"dyad"`
	N          int      `json:"n"`
	Bias       number   `json:"bias"`
	Tracking   number   `json:"tracking"`
	BiasSE     number   `json:"bias_se"`
	TrackingSE number   `json:"tracking_se"`
	Warnings   []string `json:"warnings"`
}

type overAllAnswer struct {
	Dyads      int      `json:"dyads"`
	Bias       float64  `json:"bias"`
	BiasSD     float64  `json:"bias_sd"`
	Tracking   float64  `json:"tracking"`
	TrackingSD float64  `json:"tracking_sd"`
	BiasSE     float64  `json:"bias_se"`
	TrackingSE float64  `json:"tracking_se"`
	Warnings   []string `json:"warnings,omitempty"`
}

// Agreement reads dyad,session,client,therapist and answers truth and bias of each dyad, and from 10 dyads on over all.
func Agreement(in io.Reader, out io.Writer) error {
	t := newTable(in, "dyad", "session", "client", "therapist")
	var dyads groups[int, alliance.Pair]
	for t.next() {
		session := t.whole(1)
		dyads.add(t, 1, t.id(0), session, alliance.Pair{Session: session, Client: t.number(2), Therapist: t.number(3)})
	}
	if err := t.err(); err != nil {
		return err
	}
	answer := agreementAnswer{Dyads: []dyadAnswer{}}
	var all [][]alliance.Pair
	for _, dyad := range dyads.sorted() {
		all = append(all, dyad.values())
		answer.Dyads = append(answer.Dyads, dyadOf(dyad.id, dyad.values()))
	}
	across, err := alliance.AgreeAcross(all)
	switch {
	case err == nil:
		answer.OverAll = &overAllAnswer{
			Dyads: across.Dyads, Bias: across.Bias, BiasSD: across.BiasSD, Tracking: across.Tracking, TrackingSD: across.TrackingSD,
			BiasSE: across.BiasSE, TrackingSE: across.TrackingSE, Warnings: across.Warnings,
		}
	case !errors.Is(err, alliance.ErrFewDyads):
		answer.Warnings = append(answer.Warnings, err.Error())
	}
	return writeJSON(out, answer)
}

func dyadOf(id string, pairs []alliance.Pair) dyadAnswer {
	a := alliance.Agree(pairs)
	answer := dyadAnswer{
		Dyad: id, N: a.N, Bias: number(a.Bias), Tracking: number(a.Tracking),
		BiasSE: number(a.BiasSE), TrackingSE: number(a.TrackingSE), Warnings: []string{},
	}
	if a.N < alliance.TrackingPairs {
		answer.Warnings = append(answer.Warnings, fmt.Sprintf("fewer than %d pairs: do not show tracking", alliance.TrackingPairs))
	}
	if !a.Tracks {
		answer.Tracking = number(math.NaN())
		answer.Warnings = append(answer.Warnings, "the client's ratings never vary: there is no tracking to see")
	}
	return answer
}
