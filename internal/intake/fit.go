package intake

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/matching"
	"attune/internal/practice"
	"attune/internal/schedule"
)

// Horizon is how far ahead free times are looked for.
const Horizon = 28 * 24 * time.Hour

// ProposedAtMost is how many therapists a match proposes.
const ProposedAtMost = 3

// Candidate is a therapist who might work with someone, with what decides it.
type Candidate struct {
	practice.Therapist
	Courses int // active ones
	Free    []schedule.Slot
}

// Reason is one thing that speaks for a therapist, or does not.
type Reason struct {
	Met   bool
	Words string
}

// Fit is how well a therapist fits a request, with the reasons in words.
type Fit struct {
	Therapist practice.Therapist
	Courses   int
	Score     float64
	Reasons   []Reason
	// Free are the bookable times, those that suit the person first.
	Free []schedule.Slot
	// Barred says why the therapist cannot be proposed at all; empty for those who can.
	Barred string
}

// Met counts the reasons that are met.
func (f Fit) Met() int {
	n := 0
	for _, r := range f.Reasons {
		if r.Met {
			n++
		}
	}
	return n
}

// Fits orders the candidates for a request: hard filters first, then the stated
// wishes, needs, times and load, by the weights of matching.DefaultWeights. The
// same request and candidates give the same order. What the therapists achieved
// plays no part. It is pure; now is when times are looked for.
func Fits(r Request, all []Candidate, loc *time.Location, now time.Time) (fits, barred []Fit, err error) {
	for _, c := range all {
		f := Fit{Therapist: c.Therapist, Courses: c.Courses, Free: bookable(r, c.Free, loc)}
		if f.Barred = hardFilter(r, c, f.Free); f.Barred != "" {
			barred = append(barred, f)
			continue
		}
		facts := f.judge(r, c, loc)
		facts.WaitWeeks = max(0, f.soonest().Sub(now).Hours()/(24*7))
		utility, err := matching.Weigh(facts, matching.DefaultWeights())
		if err != nil {
			return nil, nil, fmt.Errorf("weigh therapist %s: %w", c.ID, err)
		}
		f.Score = utility.Value
		fits = append(fits, f)
	}
	slices.SortStableFunc(fits, func(a, b Fit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.load(), b.load()), strings.Compare(string(a.Therapist.ID), string(b.Therapist.ID)))
	})
	slices.SortFunc(barred, func(a, b Fit) int { return strings.Compare(a.Therapist.Name, b.Therapist.Name) })
	return fits, barred, nil
}

func (f Fit) load() float64 {
	if f.Therapist.Capacity == 0 {
		return 1
	}
	return float64(f.Courses) / float64(f.Therapist.Capacity)
}

// soonest is the first free time.
func (f Fit) soonest() time.Time {
	first := f.Free[0].Start
	for _, s := range f.Free {
		if s.Start.Before(first) {
			first = s.Start
		}
	}
	return first
}

// hardFilter says why someone cannot be proposed: methods.md 5, step 1.
func hardFilter(r Request, c Candidate, free []schedule.Slot) string {
	switch {
	case !c.Accepting:
		return "Takes no new clients just now"
	case c.License == "":
		return "No license on record"
	case c.Courses >= c.Capacity:
		return fmt.Sprintf("All %d places are taken", c.Capacity)
	case !slices.Contains(c.Modalities, r.Modality()):
		return "Does not work with " + map[string]string{"couple": "couples", "family": "families", "individual": "one person alone"}[r.Modality()]
	case r.Language != "" && !slices.ContainsFunc(c.Languages, func(l string) bool { return strings.EqualFold(l, r.Language) }):
		return "Does not work in " + r.Language
	case len(free) == 0:
		return "No open time in the next four weeks" + map[string]string{"room": " in person", "video": " by video"}[r.Where]
	}
	return ""
}

// bookable are the free times that may be offered for the request, those that
// suit first, then by time.
func bookable(r Request, free []schedule.Slot, loc *time.Location) []schedule.Slot {
	wishes := r.wishes()
	var open []schedule.Slot
	for _, s := range free {
		if s.Mode == schedule.Bookable {
			open = append(open, s)
		}
	}
	slices.SortStableFunc(open, func(a, b schedule.Slot) int {
		return cmp.Or(cmp.Compare(suits(b, wishes, loc), suits(a, wishes, loc)), a.Start.Compare(b.Start))
	})
	return open
}

func suits(s schedule.Slot, wishes []schedule.Wish, loc *time.Location) int {
	if slices.Contains(wishes, schedule.WishOf(s.Start, loc)) {
		return 1
	}
	return 0
}

// judge weighs the stated considerations and puts each into words.
func (f *Fit) judge(r Request, c Candidate, loc *time.Location) matching.Facts {
	facts := matching.Facts{Preference: f.preference(r, c), Expertise: f.expertise(r, c), Schedule: f.times(r, loc)}
	f.say(c.Courses < c.Capacity*4/5, fmt.Sprintf("%d of %d places taken", c.Courses, c.Capacity))
	return facts
}

func (f *Fit) say(met bool, words string) { f.Reasons = append(f.Reasons, Reason{met, words}) }

func (f *Fit) preference(r Request, c Candidate) float64 {
	asked, met := 0, 0
	count := func(ok bool, words string) {
		asked++
		if ok {
			met++
		}
		f.say(ok, words)
	}
	if r.Therapist != "" {
		count(r.Therapist == c.ID, map[bool]string{true: "The person they have in mind", false: "They have someone else in mind"}[r.Therapist == c.ID])
	}
	if r.Language != "" {
		count(true, "Works in "+r.Language)
	}
	if r.Sliding {
		sliding := strings.Contains(strings.ToLower(c.Fees), "sliding")
		count(sliding, map[bool]string{true: "Has sliding-scale places", false: "No sliding-scale place"}[sliding])
	}
	if r.Modality() != "individual" {
		count(true, map[string]string{"couple": "Works with couples", "family": "Works with families"}[r.Modality()])
	}
	if asked == 0 {
		return 1
	}
	return float64(met) / float64(asked)
}

func (f *Fit) expertise(r Request, c Candidate) float64 {
	needs, met := 0, 0
	for _, need := range r.Brings {
		if need == "other" {
			continue
		}
		needs++
		ok := slices.Contains(c.Focus, need)
		if ok {
			met++
		}
		words := "Works with: " + strings.ToLower(practice.ConcernWords(need))
		if !ok {
			words = "Not a focus: " + strings.ToLower(practice.ConcernWords(need))
		}
		f.say(ok, words)
	}
	if needs == 0 {
		return 1
	}
	return float64(met) / float64(needs)
}

func (f *Fit) times(r Request, loc *time.Location) float64 {
	wishes := r.wishes()
	if len(wishes) == 0 {
		f.say(true, fmt.Sprintf("%d open times in the next four weeks", len(f.Free)))
		return 1
	}
	met := schedule.Met(wishes, f.Free, loc)
	if len(met) == 0 {
		f.say(false, "No open time when it suits")
		return 0
	}
	f.say(true, "Open "+schedule.WishesWords(met))
	return float64(len(met)) / float64(len(wishes))
}

// Match proposes therapists for an inquiry: at most three who fit, and why the
// others were left out. It keeps nothing: an offer does.
func Match(ctx context.Context, tx *db.DB, by access.Actor, id ID) (i Inquiry, fits, barred []Fit, err error) {
	err = tx.InTx(ctx, func(tx *db.DB) error {
		if i, err = one(ctx, tx, by, access.WriteInquiry, id); err != nil {
			return err
		}
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		all, err := candidates(ctx, tx, house, i.Where)
		if err != nil {
			return err
		}
		if fits, barred, err = Fits(i.Request, all, house.Location(), tx.Now()); err != nil {
			return err
		}
		fits = fits[:min(ProposedAtMost, len(fits))]
		return audit.Record(ctx, tx, by, audit.Read, audit.Subject{Right: access.WriteInquiry, Type: "match", ID: string(id)})
	})
	return i, fits, barred, err
}

// candidates are all who see clients, with their load and their free times from
// tomorrow on, at the wished kind of place.
func candidates(ctx context.Context, tx *db.DB, house practice.Practice, where string) ([]Candidate, error) {
	therapists, err := practice.Therapists(ctx, tx, false)
	if err != nil {
		return nil, err
	}
	load := map[practice.StaffID]int{}
	err = tx.Each(ctx, `SELECT therapist_id, COUNT(*) FROM course WHERE practice_id = $1 AND state = 'active' GROUP BY therapist_id`,
		[]any{tx.PracticeID()}, func(scan func(...any) error) error {
			var id practice.StaffID
			var n int
			err := scan(&id, &n)
			load[id] = n
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("count courses: %w", err)
	}
	places, err := schedule.Places(ctx, tx)
	if err != nil {
		return nil, err
	}
	all := make([]Candidate, len(therapists))
	for n, t := range therapists {
		free, err := schedule.Free(ctx, tx, house, t.ID, tx.Now().Add(12*time.Hour), tx.Now().Add(Horizon))
		if err != nil {
			return nil, err
		}
		all[n] = Candidate{Therapist: t, Courses: load[t.ID], Free: at(free, places, where)}
	}
	return all, nil
}

func at(free []schedule.Slot, places []schedule.Place, where string) []schedule.Slot {
	if where != "room" && where != "video" {
		return free
	}
	return slices.DeleteFunc(free, func(s schedule.Slot) bool {
		i := slices.IndexFunc(places, func(p schedule.Place) bool { return p.ID == s.Place })
		return i < 0 || places[i].Kind != where
	})
}
