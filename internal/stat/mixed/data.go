// Package mixed fits straight-line courses of many clients at once: a linear mixed model with random intercepts and slopes.
package mixed

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Row is one observation of a client: y at a time, with the values of the covariates of the model, if any.
// Time is in the unit the caller chose (days, weeks, or the logarithm of the session number).
type Row struct {
	Time, Score float64
	Covariates  []float64
}

// ErrNotFinite is the refusal of a value that is NaN or infinite.
var ErrNotFinite = errors.New("every time, score and covariate must be a finite number")

// Data keeps, for each client, what the likelihood needs and nothing else: the number of rows, the means and the
// centred sums of squares and products of (time, covariates, score). Memory grows with clients, not rows.
//
// The sums are updated row by row after Welford 1962 (Technometrics 4:419), extended to products, so that a large
// common offset of times or scores costs no digits. The order of rows and clients does not matter.
type Data struct {
	covariates int
	width      int // floats per client: 1 + k + k(k+1)/2 with k = covariates + 2
	ids        []string
	index      map[string]int
	last       int // the client of the row before, as files mostly keep a client's rows together
	sums       []float64
	delta      []float64
}

// NewData returns an empty Data for a model with that many covariates beside time.
func NewData(covariates int) *Data {
	k := covariates + 2
	return &Data{
		covariates: covariates,
		width:      1 + k + k*(k+1)/2,
		index:      map[string]int{},
		last:       -1,
		delta:      make([]float64, k),
	}
}

// Clients is the number of clients seen so far.
func (d *Data) Clients() int { return len(d.ids) }

// IDs returns the clients in the order in which they first appeared.
func (d *Data) IDs() []string { return d.ids }

// Add takes in one row. It refuses numbers that are not finite and a wrong number of covariates.
func (d *Data) Add(client string, r Row) error {
	if len(r.Covariates) != d.covariates {
		return fmt.Errorf("client %s: %d covariates given, the model has %d", client, len(r.Covariates), d.covariates)
	}
	ok := finite(r.Time) && finite(r.Score)
	for _, x := range r.Covariates {
		ok = ok && finite(x)
	}
	if !ok {
		return fmt.Errorf("client %s: %w", client, ErrNotFinite)
	}
	d.update(d.sumsOf(client), r)
	return nil
}

func (d *Data) sumsOf(client string) []float64 {
	i := d.last
	if i < 0 || d.ids[i] != client {
		var known bool
		if i, known = d.index[client]; !known {
			i = len(d.ids)
			client = strings.Clone(client) // it may share the memory of a whole file
			d.index[client] = i
			d.ids = append(d.ids, client)
			for range d.width {
				d.sums = append(d.sums, 0)
			}
		}
		d.last = i
	}
	return d.sums[i*d.width : (i+1)*d.width]
}

// update adds r to the sums s, laid out as n, means of (time, covariates, score), upper triangle of centred products.
func (d *Data) update(s []float64, r Row) {
	if d.covariates == 0 {
		plain((*[6]float64)(s), r)
		return
	}
	k := d.covariates + 2
	s[0]++
	mean, cross, delta := s[1:1+k], s[1+k:], d.delta
	delta[0], delta[k-1] = r.Time-mean[0], r.Score-mean[k-1]
	for j, x := range r.Covariates {
		delta[j+1] = x - mean[j+1]
	}
	share := 1 / s[0]
	rest := (s[0] - 1) * share
	at := 0
	for i, di := range delta {
		mean[i] += di * share
		for _, dj := range delta[i:] {
			cross[at] += rest * di * dj
			at++
		}
	}
}

// plain is update without covariates, the common case, without loops.
func plain(s *[6]float64, r Row) {
	s[0]++
	share := 1 / s[0]
	rest := (s[0] - 1) * share
	dt, dy := r.Time-s[1], r.Score-s[2]
	s[1] += dt * share
	s[2] += dy * share
	s[3] += rest * dt * dt
	s[4] += rest * dt * dy
	s[5] += rest * dy * dy
}

// client is a view of one client's sums.
type client struct {
	n            float64
	mean, cross  []float64
	k            int
	time, score  float64
	stt, sty, yy float64
}

func (d *Data) client(i int) client {
	k := d.covariates + 2
	s := d.sums[i*d.width : (i+1)*d.width]
	c := client{n: s[0], mean: s[1 : 1+k], cross: s[1+k:], k: k}
	c.time, c.score = c.mean[0], c.mean[k-1]
	c.stt, c.sty, c.yy = c.cross[0], c.cross[k-1], c.cross[len(c.cross)-1]
	return c
}

// product is the centred sum of products of variables i ≤ j, counted time, covariates, score.
func (c client) product(i, j int) float64 {
	return c.cross[i*c.k-i*(i-1)/2+(j-i)]
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
