package alliance

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"attune/internal/stat"
	"attune/internal/stat/mixed"
)

// What is needed before a number about two views is shown.
const (
	TrackingPairs  = 8  // sessions rated by both, before tracking may be shown
	AgreementDyads = 10 // dyads, before anything is said over all of them
)

// Pair is one session as client and therapist each rated it, on one scale.
type Pair struct {
	Session           int
	Client, Therapist float64
}

// Agreement is truth and bias of one dyad, with the client's view as the truth: T_t − C̄ = b₀ + b₁(C_t − C̄) + e.
type Agreement struct {
	N          int     // sessions rated by both
	Bias       float64 // b₀: how far the therapist rates above (below: negative) the client, in score units
	BiasSE     float64 // its standard error; NaN below 3 pairs or where the client never varies
	Tracks     bool    // b₁ exists: the client's ratings vary
	Tracking   float64 // b₁: change in the therapist's rating for one unit of change in the client's
	TrackingSE float64 // its standard error; NaN below 3 pairs
}

// Agree fits truth and bias within one dyad by least squares (methods 1.7; West and Kenny 2011, Psychol Rev 118:357-378). It
// assumes sessions independent and takes C̄ as known. Tracking is shown only from TrackingPairs pairs on; it is
// not a grade of the therapist: "you and your client see different sessions as hard". For no pairs, all is zero.
func Agree(pairs []Pair) Agreement {
	a := Agreement{N: len(pairs), BiasSE: math.NaN(), TrackingSE: math.NaN()}
	if a.N == 0 {
		return a
	}
	client, therapist := make([]float64, a.N), make([]float64, a.N)
	for i, p := range pairs {
		client[i], therapist[i] = p.Client, p.Therapist
	}
	clientMean, therapistMean := stat.Mean(client), stat.Mean(therapist)
	a.Bias = therapistMean - clientMean
	var clientSS, therapistSS, cross float64
	for i := range pairs {
		c, t := client[i]-clientMean, therapist[i]-therapistMean
		clientSS += c * c
		therapistSS += t * t
		cross += c * t
	}
	if stat.Flat(client) {
		return a
	}
	a.Tracks, a.Tracking = true, cross/clientSS
	if a.N > 2 {
		residual := max(0, therapistSS-a.Tracking*cross) / float64(a.N-2)
		a.BiasSE = math.Sqrt(residual / float64(a.N))
		a.TrackingSE = math.Sqrt(residual / clientSS)
	}
	return a
}

// Across is truth and bias over many dyads: the means, and the SDs by which dyads differ beyond chance.
type Across struct {
	Dyads                int
	Bias, BiasSD         float64 // in score units
	BiasSE, TrackingSE   float64 // standard errors of the two means
	Tracking, TrackingSD float64
	Warnings             []string
}

// ErrFewDyads refuses to speak about dyads in general.
var ErrFewDyads = fmt.Errorf("fewer than %d dyads: nothing is said over all", AgreementDyads)

// AgreeAcross fits T_dt − C̄_d = b₀ + b₁(C_dt − C̄_d) with b₀ and b₁ normal over dyads (random coefficients by REML, package mixed).
// Dyads without pairs do not count; one whose client never varies tells about bias alone. A spread of 0, or a tie of both,
// is a fit on the boundary and carries a warning. It refuses ErrFewDyads below AgreementDyads dyads, and ratings from which
// the model cannot be estimated. (West and Kenny 2011; methods 1.7.)
func AgreeAcross(dyads [][]Pair) (Across, error) {
	data := mixed.NewData(0)
	for i, pairs := range dyads {
		clients := make([]float64, len(pairs))
		for j, p := range pairs {
			clients[j] = p.Client
		}
		mean := stat.Mean(clients)
		for _, p := range pairs {
			if err := data.Add(strconv.Itoa(i), mixed.Row{Time: p.Client - mean, Score: p.Therapist - mean}); err != nil {
				return Across{}, err
			}
		}
	}
	if data.Clients() < AgreementDyads {
		return Across{}, ErrFewDyads
	}
	fit, err := data.Summary().Fit(mixed.Options{RandomSlope: true})
	var tooLittle *mixed.TooLittle
	if errors.As(err, &tooLittle) {
		return Across{}, errors.New("the ratings vary too little to speak about all dyads")
	}
	if err != nil {
		return Across{}, err
	}
	a := Across{
		Dyads: fit.Clients, Bias: fit.Fixed[0], Tracking: fit.Fixed[1], BiasSE: fit.SE[0], TrackingSE: fit.SE[1],
		BiasSD: math.Sqrt(fit.VarIntercept), TrackingSD: math.Sqrt(fit.VarSlope),
	}
	if fit.Singular {
		a.Warnings = append(a.Warnings, "the spread of bias or of tracking over dyads is at its boundary: too few pairs to tell it from none")
	}
	if !fit.Converged {
		a.Warnings = append(a.Warnings, "the estimate did not settle: do not rely on it")
	}
	return a, nil
}
