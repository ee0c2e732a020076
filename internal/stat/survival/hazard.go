// Package survival estimates when courses of therapy end before they should, session by session.
package survival

import (
	"errors"
	"fmt"
	"math"
)

// Row is one session that a client who was still there might have been the last of.
type Row struct {
	Session    int  // from 1
	Ended      bool // the course ended here in the way that is counted as dropout
	Covariates []float64
}

// Model is logit h = α_period + Σ β_k·x_k: the chance h that a course ends at a session, given that it got there (Singer & Willett
// 1993, J Educ Stat 18:155). The definition of dropout and the names of the covariates are the caller's to store; methods 6
// proposes the client's alliance deviation at the session before, mean alliance, an open rupture, and not on track.
type Model struct {
	Periods    []int     // first session of each period, ascending, the first is 1
	Alpha      []float64 // log odds in each period
	Beta       []float64 // log odds ratio per unit of each covariate
	AlphaSE    []float64
	BetaSE     []float64
	LogLik     float64
	Rows       int
	Ends       int
	Iterations int
	Converged  bool
	Warnings   []string
}

// TooLittle is the refusal of data that cannot carry the model. Its text is a sentence.
type TooLittle struct{ Reason string }

func (e *TooLittle) Error() string { return e.Reason }

const (
	mostIterations = 50
	perParameter   = 10 // ends per parameter below which estimates are rough (Peduzzi et al. 1996)
)

// Fit estimates the model by maximum likelihood (Newton's method with halved steps; logistic regression on sessions).
// Sessions of one period share their α; where each session is to have its own, periods are 1, 2, 3, …
//
// It assumes sessions independent given the covariates, and that courses that are still going on, or ended as planned, are
// censored for reasons that have nothing to do with dropout.
// It refuses (TooLittle) a period or a set of covariates that separates ends from sessions that were not, and
// covariates that cannot be told apart. Converged is false, with a warning, where the search did not settle.
func Fit(rows []Row, periods []int) (Model, error) {
	m := Model{Periods: periods, Rows: len(rows)}
	covariates, err := m.check(rows)
	if err != nil {
		return m, err
	}
	p := len(periods) + covariates
	s := newNewton(rows, &m, p)
	if err := s.run(&m); err != nil {
		return m, err
	}
	k := len(periods)
	unscaled, se := s.unscale()
	m.Alpha, m.Beta, m.AlphaSE, m.BetaSE = unscaled[:k], unscaled[k:], se[:k], se[k:]
	m.Warnings = []string{}
	if !m.Converged {
		m.Warnings = append(m.Warnings, "the search did not settle: do not use these estimates")
	}
	if m.Ends < perParameter*p {
		m.Warnings = append(m.Warnings, fmt.Sprintf("%d ends for %d parameters: fewer than %d each, so estimates are rough and too large in size", m.Ends, p, perParameter))
	}
	return m, nil
}

func (m *Model) check(rows []Row) (covariates int, err error) {
	if len(m.Periods) == 0 || m.Periods[0] != 1 {
		return 0, errors.New("the first period begins at session 1")
	}
	for i := 1; i < len(m.Periods); i++ {
		if m.Periods[i] <= m.Periods[i-1] {
			return 0, errors.New("each period begins after the one before")
		}
	}
	if len(rows) == 0 {
		return 0, &TooLittle{"There are no sessions to learn from."}
	}
	covariates = len(rows[0].Covariates)
	ends, stays := make([]int, len(m.Periods)), make([]int, len(m.Periods))
	for _, r := range rows {
		if r.Session < 1 || len(r.Covariates) != covariates {
			return 0, fmt.Errorf("session %d with %d covariates: sessions count from 1, and all have %d covariates", r.Session, len(r.Covariates), covariates)
		}
		for _, x := range r.Covariates {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return 0, fmt.Errorf("session %d: a covariate is not a number", r.Session)
			}
		}
		if r.Ended {
			ends[m.period(r.Session)]++
			m.Ends++
		} else {
			stays[m.period(r.Session)]++
		}
	}
	for i, first := range m.Periods {
		if ends[i] == 0 || stays[i] == 0 {
			return 0, &TooLittle{fmt.Sprintf("From session %d on, either no course ended or all did: join this period with another.", first)}
		}
	}
	return covariates, nil
}

func (m Model) period(session int) int {
	i := 0
	for i+1 < len(m.Periods) && session >= m.Periods[i+1] {
		i++
	}
	return i
}

// Hazard is the chance, 0 to 1, that a course which got to this session ends at it. It carries no interval of its own; see Calibrate.
func (m Model) Hazard(session int, covariates []float64) (float64, error) {
	if session < 1 || len(covariates) != len(m.Beta) {
		return 0, fmt.Errorf("session %d with %d covariates: the model has %d", session, len(covariates), len(m.Beta))
	}
	eta := m.Alpha[m.period(session)]
	for j, x := range covariates {
		eta += m.Beta[j] * x
	}
	return logistic(eta), nil
}

func logistic(x float64) float64 {
	if x < 0 {
		e := math.Exp(x)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-x))
}
