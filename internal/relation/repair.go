package relation

import (
	"cmp"
	"fmt"
	"slices"

	"attune/internal/stat"
)

// Strain is a rupture in a relationship outside: an argument, or one that was avoided.
type Strain struct {
	Relationship string
	Avoided      bool // kept silent about rather than argued
	Repaired     bool // the client says so; partly is not yet
	Days         float64
}

// Repair is how strains in one relationship went.
type Repair struct {
	Relationship string
	Strains      int
	Repaired     int
	Share        float64       // Repaired/Strains; counts those that are too new to be repaired as not repaired
	Range        stat.Interval // 95 % of Share (Wilson)
	AvoidedShare float64       // avoided/all: disconnection by silence
	AvoidedRange stat.Interval
	Curve        []stat.Step // Kaplan-Meier: the chance that a strain still waits for repair, by days
	MedianDays   float64     // where Half
	Half         bool        // half were repaired, so that there is a median
	Warnings     []string
}

// fewStrains is below how many a curve says little.
const fewStrains = 8

// Repairs answers for each relationship, by name, how many strains were repaired and how long it took (methods 1.8). Days run from
// the strain to its repair; for one not repaired, until now, when it is censored rather than counted as never repaired.
// It assumes strains of a relationship alike and independent, and that what was not told is like what was. It refuses
// days that are negative or not finite.
func Repairs(strains []Strain) ([]Repair, error) {
	byName := map[string][]Strain{}
	for _, s := range strains {
		byName[s.Relationship] = append(byName[s.Relationship], s)
	}
	var all []Repair
	for name, own := range byName {
		r, err := repairOf(name, own)
		if err != nil {
			return nil, fmt.Errorf("relationship %s: %w", name, err)
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Repair) int { return cmp.Compare(a.Relationship, b.Relationship) })
	return all, nil
}

func repairOf(name string, strains []Strain) (Repair, error) {
	r := Repair{Relationship: name, Strains: len(strains), Warnings: []string{}}
	waits := make([]stat.Wait, len(strains))
	avoided := 0
	for i, s := range strains {
		waits[i] = stat.Wait{Time: s.Days, Happened: s.Repaired}
		if s.Repaired {
			r.Repaired++
		}
		if s.Avoided {
			avoided++
		}
	}
	var err error
	if r.Curve, err = stat.KaplanMeier(waits); err != nil {
		return r, err
	}
	r.MedianDays, r.Half = stat.MedianWait(r.Curve)
	n := float64(len(strains))
	r.Share, r.Range = float64(r.Repaired)/n, stat.Wilson(r.Repaired, r.Strains, stat.Normal95)
	r.AvoidedShare, r.AvoidedRange = float64(avoided)/n, stat.Wilson(avoided, r.Strains, stat.Normal95)
	if r.Strains < fewStrains {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d strains: fewer than %d say little of how this relationship repairs", r.Strains, fewStrains))
	}
	return r, nil
}
