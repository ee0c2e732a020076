package mixed

import (
	"errors"
	"fmt"
	"math"
)

// Effect is a client's deviation from the fixed part: the mean and standard deviation of intercept and slope given the
// client's rows (empirical Bayes), with the parameters taken as known.
type Effect struct {
	Client               string
	Intercept, Slope     float64
	InterceptSD, SlopeSD float64
}

// Prediction is the distribution of one future score (normal), given a client's rows so far.
type Prediction struct {
	Mean, SD float64
}

// Interval is the central part of the prediction that holds the given share (0 to 1) of future scores, for a normal quantile z.
func (p Prediction) Interval(z float64) (low, high float64) {
	return p.Mean - z*p.SD, p.Mean + z*p.SD
}

// Validate refuses parameters that no fit can have.
func (p Params) Validate() error {
	if len(p.Fixed) < 2 || !allFinite(p.Fixed) || !allFinite([]float64{p.VarIntercept, p.Covariance, p.VarSlope, p.Residual}) {
		return errors.New("the parameters need a finite intercept, slope and variances")
	}
	if p.VarIntercept < 0 || p.VarSlope < 0 || !(p.Residual > 0) {
		return errors.New("variances cannot be negative, and the residual variance must be above zero")
	}
	if p.Covariance*p.Covariance > p.VarIntercept*p.VarSlope*(1+1e-9) {
		return errors.New("the covariance of intercept and slope is larger than their variances allow")
	}
	return nil
}

// posterior is û = GZ'(ZGZ' + σ²I)⁻¹(y − Xβ) and Var = G − GZ'(ZGZ' + σ²I)⁻¹ZG (methods 3.3), worked out on
// the client's two pseudo-observations.
type posterior struct {
	u0, u1        float64
	v00, v01, v11 float64
}

// posterior needs n rows with that mean time and centred sum of squares of time, and of the residual y − Xβ the mean
// and the centred sum of products with time. With no rows it is the population.
func (p Params) posterior(n, time, stt, mean, ste float64) posterior {
	g00, g01, g11 := p.VarIntercept, p.Covariance, p.VarSlope
	if n == 0 {
		return posterior{v00: g00, v01: g01, v11: g11}
	}
	r11, r12, r22, c2 := math.Sqrt(n), math.Sqrt(n)*time, 0.0, 0.0
	c1 := math.Sqrt(n) * mean
	if stt > 0 {
		r22 = math.Sqrt(stt)
		c2 = ste / r22
	}
	// b = G·R'
	b11, b12 := g00*r11+g01*r12, g01*r22
	b21, b22 := g01*r11+g11*r12, g11*r22
	w11, w12, w22 := p.Residual+r11*b11+r12*b21, r11*b12+r12*b22, p.Residual+r22*b22
	det := w11*w22 - w12*w12
	i11, i12, i22 := w22/det, -w12/det, w11/det
	k11, k12 := b11*i11+b12*i12, b11*i12+b12*i22
	k21, k22 := b21*i11+b22*i12, b21*i12+b22*i22
	return posterior{
		u0: k11*c1 + k12*c2, u1: k21*c1 + k22*c2,
		v00: math.Max(g00-k11*b11-k12*b12, 0),
		v01: g01 - k11*b21 - k12*b22,
		v11: math.Max(g11-k21*b21-k22*b22, 0),
	}
}

// Predict is the distribution of the score at a time, given the client's rows so far (none allowed), with the parameters held
// fixed: mean z'β + z'û, SD √(z'Var z + σ²). The uncertainty of the parameters themselves is not in the SD.
func (p Params) Predict(rows []Row, at Row) (Prediction, error) {
	if err := p.Validate(); err != nil {
		return Prediction{}, err
	}
	d := NewData(len(p.Fixed) - 2)
	for _, r := range rows {
		if err := d.Add("", r); err != nil {
			return Prediction{}, err
		}
	}
	at.Score = 0
	if err := NewData(len(p.Fixed)-2).Add("", at); err != nil {
		return Prediction{}, err
	}
	var post posterior
	if len(rows) == 0 {
		post = p.posterior(0, 0, 0, 0, 0)
	} else {
		post = p.given(d.client(0))
	}
	t := at.Time
	mean := p.Fixed[0] + post.u0 + (p.Fixed[1]+post.u1)*t
	for j, x := range at.Covariates {
		mean += p.Fixed[2+j] * x
	}
	v := post.v00 + 2*t*post.v01 + t*t*post.v11
	out := Prediction{Mean: mean, SD: math.Sqrt(math.Max(v, 0) + p.Residual)}
	if !finite(out.Mean) || !finite(out.SD) {
		return Prediction{}, errUnit
	}
	return out, nil
}

// given is the posterior of a client whose sums are known.
func (p Params) given(c client) posterior {
	mean := c.score - p.Fixed[0] - p.Fixed[1]*c.time
	ste := c.sty - p.Fixed[1]*c.stt
	for j, b := range p.Fixed[2:] {
		mean -= b * c.mean[j+1]
		ste -= b * c.cross[j+1]
	}
	return p.posterior(c.n, c.time, c.stt, mean, ste)
}

// Effects are the empirical Bayes estimates of every client in d, in the order of d.IDs.
func (d *Data) Effects(p Params) ([]Effect, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if len(p.Fixed) != d.covariates+2 {
		return nil, fmt.Errorf("the parameters have %d covariates, the data %d", len(p.Fixed)-2, d.covariates)
	}
	out := make([]Effect, len(d.ids))
	for i, id := range d.ids {
		post := p.given(d.client(i))
		out[i] = Effect{id, post.u0, post.u1, math.Sqrt(post.v00), math.Sqrt(post.v11)}
		if e := out[i]; !allFinite([]float64{e.Intercept, e.Slope, e.InterceptSD, e.SlopeSD}) {
			return nil, errUnit
		}
	}
	return out, nil
}
