package mixed

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Summary is what the likelihood needs of a set of clients, without names and without rows. Summaries of different
// clients add up: the fit of a merged summary is the fit of all clients together (to about 1e-9 relative).
//
// Clients whose rows fall on the same times (and covariates) share one Design, in which only sums over the clients
// are kept. A client who is alone in a design with one or two rows can be read back from it; Alone counts them.
type Summary struct {
	Covariates int       `json:"covariates"`
	Rows       int       `json:"rows"`
	Clients    int       `json:"clients"`
	Repeated   int       `json:"repeated"`           // clients with at least two rows
	Free       int       `json:"free"`               // residual degrees of freedom within clients, after a line (or mean) for each
	Residual   float64   `json:"residual"`           // sum of squares around each client's own line
	CrossX     []float64 `json:"cross_x,omitempty"`  // covariates × covariates within clients, around their own line
	CrossXY    []float64 `json:"cross_xy,omitempty"` // covariates × score, likewise
	Designs    []Design  `json:"designs"`
}

// Design is a set of clients with the same times: N rows each, with that mean and centred sum of squares of time.
type Design struct {
	Clients    int       `json:"clients"`
	N          int       `json:"n"`
	Time       float64   `json:"time"`             // mean
	TimeSquare float64   `json:"time_square"`      // Σ(t − mean)²
	X          []float64 `json:"x,omitempty"`      // means of the covariates
	TimeX      []float64 `json:"time_x,omitempty"` // Σ(t − mean)(x − mean)
	Mean       float64   `json:"mean"`             // over clients: mean of the clients' mean scores
	Slope      float64   `json:"slope"`            // over clients: mean of Σ(t − mean)(y − mean)
	MeanMean   float64   `json:"mean_mean"`        // over clients: centred sums of squares and products of these two
	MeanSlope  float64   `json:"mean_slope"`
	SlopeSlope float64   `json:"slope_slope"`
}

// Summary adds up the clients by design.
func (d *Data) Summary() Summary {
	c := d.covariates
	s := Summary{Covariates: c, CrossX: make([]float64, c*c), CrossXY: make([]float64, c)}
	seen := make(map[uint64]int, 64)
	for i := range d.ids {
		cl := d.client(i)
		s.count(cl)
		key := cl.key()
		at, ok := seen[key]
		if !ok || !s.Designs[at].same(cl) {
			at = len(s.Designs)
			if at == 64 { // more patterns than a shared timetable makes: most clients have their own
				s.Designs = slices.Grow(s.Designs, len(d.ids)-i)
			}
			seen[key] = at
			s.Designs = append(s.Designs, cl.design())
		}
		s.Designs[at].add(1, cl.score, cl.sty, 0, 0, 0)
	}
	return s
}

// count adds what does not depend on the variances: sizes and the sums of squares around the client's own line.
func (s *Summary) count(cl client) {
	s.Rows += int(cl.n)
	s.Clients++
	if cl.n >= 2 {
		s.Repeated++
	}
	slope, free := 0.0, int(cl.n)-1
	if cl.stt > 0 {
		slope = 1 / cl.stt
		free--
	}
	s.Free += max(free, 0)
	s.Residual += math.Max(cl.yy-cl.sty*cl.sty*slope, 0)
	c := s.Covariates
	for a := range c {
		ta := cl.cross[a+1]
		s.CrossXY[a] += cl.product(a+1, cl.k-1) - ta*cl.sty*slope
		for b := a; b < c; b++ {
			v := cl.product(a+1, b+1) - ta*cl.cross[b+1]*slope
			s.CrossX[a*c+b] += v
			if b > a {
				s.CrossX[b*c+a] += v
			}
		}
	}
}

// key mixes the bits of what makes a design; two designs with one key are told apart by same.
func (c client) key() uint64 {
	h := math.Float64bits(c.n)
	mix := func(x float64) {
		h ^= math.Float64bits(x)
		h *= 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	for j := range c.k - 1 {
		mix(c.mean[j])
		mix(c.cross[j])
	}
	return h
}

func (g *Design) same(c client) bool {
	if g.N != int(c.n) || g.Time != c.time || g.TimeSquare != c.stt {
		return false
	}
	for j, x := range g.X {
		if x != c.mean[j+1] || g.TimeX[j] != c.cross[j+1] {
			return false
		}
	}
	return true
}

func (c client) design() Design {
	g := Design{N: int(c.n), Time: c.time, TimeSquare: c.stt}
	if c.k > 2 {
		g.X = append([]float64(nil), c.mean[1:c.k-1]...)
		g.TimeX = append([]float64(nil), c.cross[1:c.k-1]...)
	}
	return g
}

// add joins m clients with the given means and centred sums (Chan, Golub & LeVeque 1979).
func (g *Design) add(m int, mean, slope, mm, ms, ss float64) {
	old := float64(g.Clients)
	g.Clients += m
	share := float64(m) / float64(g.Clients)
	dm, ds := mean-g.Mean, slope-g.Slope
	g.Mean += dm * share
	g.Slope += ds * share
	g.MeanMean += mm + old*share*dm*dm
	g.MeanSlope += ms + old*share*dm*ds
	g.SlopeSlope += ss + old*share*ds*ds
}

// Merge adds the clients of other, who must be other people than those already in s.
// It refuses a summary of a model with other covariates.
func (s *Summary) Merge(other Summary) error {
	if s.Covariates != other.Covariates {
		return fmt.Errorf("these summaries have %d and %d covariates: only summaries of one model add up", s.Covariates, other.Covariates)
	}
	s.Rows += other.Rows
	s.Clients += other.Clients
	s.Repeated += other.Repeated
	s.Free += other.Free
	s.Residual += other.Residual
	for i := range s.CrossX {
		s.CrossX[i] += other.CrossX[i]
	}
	for i := range s.CrossXY {
		s.CrossXY[i] += other.CrossXY[i]
	}
	seen := make(map[uint64]int, len(s.Designs))
	for i := range s.Designs {
		seen[s.Designs[i].client().key()] = i
	}
	for _, g := range other.Designs {
		cl := g.client()
		if at, ok := seen[cl.key()]; ok && s.Designs[at].same(cl) {
			s.Designs[at].add(g.Clients, g.Mean, g.Slope, g.MeanMean, g.MeanSlope, g.SlopeSlope)
			continue
		}
		s.Designs = append(s.Designs, g)
	}
	return nil
}

// client lays the design out as a client's sums, so that key and same read both alike.
func (g *Design) client() client {
	k := len(g.X) + 2
	c := client{n: float64(g.N), k: k, mean: make([]float64, k), cross: make([]float64, k), time: g.Time, stt: g.TimeSquare}
	c.mean[0], c.cross[0] = g.Time, g.TimeSquare
	copy(c.mean[1:], g.X)
	copy(c.cross[1:], g.TimeX)
	return c
}

// Alone is the number of clients who stand alone in their design with fewer than three rows: their scores can be
// worked out from the summary.
func (s Summary) Alone() int {
	alone := 0
	for _, g := range s.Designs {
		if g.Clients == 1 && g.N < 3 {
			alone++
		}
	}
	return alone
}

var errSummary = errors.New("the sums over clients cannot be used: numbers are too large, or they do not come from scores")

// Validate refuses a summary, read from elsewhere, that no set of clients can have: wrong lengths, counts that do
// not add up, numbers that are not finite, negative sums of squares.
func (s Summary) Validate() error {
	c := s.Covariates
	if c < 0 || len(s.CrossX) != c*c || len(s.CrossXY) != c || s.Free < 0 || s.Repeated < 0 ||
		!finite(s.Residual) || s.Residual < 0 || !allFinite(s.CrossX) || !allFinite(s.CrossXY) {
		return errSummary
	}
	rows, clients, repeated, free := 0, 0, 0, 0
	for _, g := range s.Designs {
		if !g.valid(c) || g.N > math.MaxInt/4/g.Clients || rows > math.MaxInt/4 {
			return errSummary
		}
		rows += g.N * g.Clients
		clients += g.Clients
		if g.N >= 2 {
			repeated += g.Clients
		}
		spent := 1
		if g.TimeSquare > 0 {
			spent = 2
		}
		free += g.Clients * (g.N - spent)
	}
	if rows != s.Rows || clients != s.Clients || repeated != s.Repeated || free != s.Free {
		return errSummary
	}
	return nil
}

func (g Design) valid(covariates int) bool {
	sums := []float64{g.Time, g.TimeSquare, g.Mean, g.Slope, g.MeanMean, g.MeanSlope, g.SlopeSlope}
	return g.Clients >= 1 && g.N >= 1 && len(g.X) == covariates && len(g.TimeX) == covariates &&
		allFinite(sums) && allFinite(g.X) && allFinite(g.TimeX) &&
		g.TimeSquare >= 0 && g.MeanMean >= 0 && g.SlopeSlope >= 0 && (g.N > 1 || g.TimeSquare == 0)
}

func allFinite(xs []float64) bool {
	for _, x := range xs {
		if !finite(x) {
			return false
		}
	}
	return true
}
