package survival

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// newton maximises the likelihood on covariates that are centred and scaled, which changes the estimates' units only.
type newton struct {
	rows       []Row
	period     []int
	k, p       int
	mean, sd   []float64
	at         []float64
	chol       mat.Cholesky
	design     []float64 // one row, reused
	separation float64   // the largest |log odds| that data can be believed to show
}

func newNewton(rows []Row, m *Model, p int) *newton {
	k := len(m.Periods)
	s := &newton{
		rows: rows, k: k, p: p, period: make([]int, len(rows)), mean: make([]float64, p-k), sd: make([]float64, p-k),
		at: make([]float64, p), design: make([]float64, p), separation: 25,
	}
	for i, r := range rows {
		s.period[i] = m.period(r.Session)
		for j, x := range r.Covariates {
			d := x - s.mean[j]
			s.mean[j] += d / float64(i+1)
			s.sd[j] += d * (x - s.mean[j])
		}
	}
	for j := range s.sd {
		s.sd[j] = math.Sqrt(s.sd[j] / float64(len(rows)))
	}
	return s
}

// fill writes the scaled design of row i.
func (s *newton) fill(i int) []float64 {
	clear(s.design[:s.k])
	s.design[s.period[i]] = 1
	for j, x := range s.rows[i].Covariates {
		s.design[s.k+j] = (x - s.mean[j]) / s.sd[j]
	}
	return s.design
}

// loglik is Σ y·η − log(1 + e^η).
func (s *newton) loglik(at []float64) float64 {
	sum := 0.0
	for i, r := range s.rows {
		eta := s.eta(s.fill(i), at)
		if r.Ended {
			sum += eta
		}
		sum -= math.Max(eta, 0) + math.Log1p(math.Exp(-math.Abs(eta)))
	}
	return sum
}

func (s *newton) eta(x, at []float64) float64 {
	eta := 0.0
	for j, v := range x {
		eta += v * at[j]
	}
	return eta
}

// slope is the gradient and the information X'WX.
func (s *newton) slope() (*mat.VecDense, *mat.SymDense) {
	grad, info := make([]float64, s.p), make([]float64, s.p*s.p)
	for i, r := range s.rows {
		x := s.fill(i)
		h := logistic(s.eta(x, s.at))
		residual := -h
		if r.Ended {
			residual = 1 - h
		}
		w := h * (1 - h)
		for a, xa := range x {
			if xa == 0 {
				continue
			}
			grad[a] += residual * xa
			for b := a; b < s.p; b++ {
				info[a*s.p+b] += w * xa * x[b]
			}
		}
	}
	return mat.NewVecDense(s.p, grad), mat.NewSymDense(s.p, info)
}

func (s *newton) run(m *Model) error {
	for j, sd := range s.sd {
		if !(sd > 1e-12*(1+math.Abs(s.mean[j]))) {
			return &TooLittle{"A covariate has one value throughout: leave it out."}
		}
	}
	m.LogLik = s.loglik(s.at)
	next := make([]float64, s.p)
	for m.Iterations = 1; m.Iterations <= mostIterations; m.Iterations++ {
		grad, info := s.slope()
		if !s.chol.Factorize(info) || s.chol.Cond() > 1e12 {
			return s.stuck()
		}
		var step mat.VecDense
		if err := s.chol.SolveVecTo(&step, grad); err != nil {
			return s.stuck()
		}
		if gain := mat.Dot(&step, grad); gain < 1e-12 {
			m.Converged = true
			return nil
		}
		for size := 1.0; ; size /= 2 {
			for j := range next {
				next[j] = s.at[j] + size*step.AtVec(j)
			}
			if l := s.loglik(next); l >= m.LogLik || size < 1e-9 {
				m.LogLik = l
				copy(s.at, next)
				break
			}
		}
		for _, v := range s.at {
			if math.Abs(v) > s.separation {
				return s.stuck()
			}
		}
	}
	return nil
}

// stuck names the reason: estimates that ran away, or covariates that repeat each other.
func (s *newton) stuck() error {
	for _, v := range s.at {
		if math.Abs(v) > s.separation/2 {
			return &TooLittle{"The covariates separate the ends from the other sessions completely: no finite estimate exists. Leave one out or wait for more courses."}
		}
	}
	return &TooLittle{"The covariates cannot be told apart from each other or from the periods: leave one out."}
}

// unscale carries estimates and standard errors back to the units of the covariates.
func (s *newton) unscale() (estimate, se []float64) {
	var inv mat.SymDense
	if err := s.chol.InverseTo(&inv); err != nil {
		inv = *mat.NewSymDense(s.p, nil)
	}
	estimate, se = make([]float64, s.p), make([]float64, s.p)
	for j := s.k; j < s.p; j++ {
		estimate[j] = s.at[j] / s.sd[j-s.k]
		se[j] = math.Sqrt(inv.At(j, j)) / s.sd[j-s.k]
	}
	for a := range s.k {
		// α = scaled α − Σ mean/sd·scaled β
		w := make([]float64, s.p)
		w[a] = 1
		for j := s.k; j < s.p; j++ {
			w[j] = -s.mean[j-s.k] / s.sd[j-s.k]
		}
		v := 0.0
		for i := range w {
			estimate[a] += w[i] * s.at[i]
			for j := range w {
				v += w[i] * w[j] * inv.At(i, j)
			}
		}
		se[a] = math.Sqrt(math.Max(v, 0))
	}
	return estimate, se
}
