package mixed

import (
	"errors"
	"fmt"
	"math"
)

// Options choose the model: y ~ time + covariates + (time | client), or with a random intercept (1 | client) alone.
type Options struct {
	RandomSlope bool // clients differ in their slope over time too
	ML          bool // maximum likelihood; else restricted maximum likelihood (REML)
}

// Params are the estimates that a prediction needs, in the units of the data.
type Params struct {
	Fixed        []float64 // intercept (score), slope (score per unit of time), covariates (score per unit)
	VarIntercept float64   // of the clients' intercepts, at time 0 (score²)
	Covariance   float64   // of intercepts and slopes
	VarSlope     float64   // of the clients' slopes; 0 in a model without
	Residual     float64   // variance of a score around its client's line (score²)
}

// Corr is the correlation of intercepts and slopes, −1 to 1; ok is false where a variance is zero and there is none.
// What rounding keeps within 1e-9 of −1 or 1 is exactly that.
func (p Params) Corr() (corr float64, ok bool) {
	if !(p.VarIntercept > 0) || !(p.VarSlope > 0) {
		return 0, false
	}
	r := p.Covariance / math.Sqrt(p.VarIntercept) / math.Sqrt(p.VarSlope)
	if math.Abs(r) > 1-1e-9 {
		r = math.Copysign(1, r)
	}
	return r, true
}

// Fit is a fitted model. Criterion, LogLik, AIC and BIC are those of lme4: for REML the criterion is REMLcrit, for ML
// −2 log likelihood, and LogLik is minus half of it.
type Fit struct {
	Params
	SE                []float64 // of Fixed, with the variances taken as known
	Criterion, LogLik float64
	AIC, BIC          float64
	Rows, Clients     int
	RandomSlope, ML   bool
	Converged         bool
	Singular          bool // a variance is zero, or the correlation −1 or 1: on the boundary
	Warnings          []string
}

// TooLittle is the refusal of data that cannot carry the model. Its text is a sentence that says what is missing.
type TooLittle struct{ Reason string }

func (e *TooLittle) Error() string { return e.Reason }

// Fit estimates the model by profiled likelihood (see problem), to a relative precision of about 1e-8.
//
// Assumes: clients are independent; intercepts and slopes are normal over clients, errors normal, independent and of
// one size; gaps are not caused by the score that is missing.
// Refuses (TooLittle): fewer than 3 clients with 2 rows; no row beyond what the random effects take up; times that are all
// the same; covariates that cannot be told apart; scores without any residual.
// Boundary fits are answered and marked Singular; doubtful ones carry Warnings.
func (s Summary) Fit(o Options) (Fit, error) {
	if err := s.Validate(); err != nil {
		return Fit{}, err
	}
	if err := s.enough(o); err != nil {
		return Fit{}, err
	}
	sc, err := s.scale()
	if err != nil {
		return Fit{}, err
	}
	pr, err := s.problem(o, &sc)
	if err != nil {
		return Fit{}, err
	}
	best := pr.minimise(o.RandomSlope)
	if math.IsInf(best.crit, 0) || math.IsNaN(best.crit) {
		return Fit{}, errExact
	}
	return s.finish(o, pr, sc, best)
}

var errUnit = errors.New("the numbers are too large or too small to compute with: change their unit")

var errExact = &TooLittle{"The scores lie exactly on the clients' lines: without any residual there is no likelihood to fit."}

// enough refuses what no software should fit.
func (s Summary) enough(o Options) error {
	if s.Repeated < 3 {
		return &TooLittle{fmt.Sprintf("The model needs at least 3 clients with 2 rows or more; here there are %d.", s.Repeated)}
	}
	free := s.Free
	if !o.RandomSlope {
		free = s.Rows - s.Clients - 1
	}
	if free < 1 || s.Rows <= s.Covariates+2 {
		return &TooLittle{"There are no more rows than the clients' own lines take up: the residual cannot be estimated. Add sessions, or fit a random intercept alone."}
	}
	return nil
}

// scale is the change of units in which the problem is well conditioned.
type scale struct {
	time, timeSD, score float64
	x, xSD              []float64
	ols                 []float64 // ordinary regression in working units, subtracted beforehand
}

// scale finds grand means and spreads over all rows.
func (s Summary) scale() (scale, error) {
	c, n := s.Covariates, float64(s.Rows)
	sc := scale{x: make([]float64, c), xSD: make([]float64, c)}
	for _, g := range s.Designs {
		w := float64(g.N) * float64(g.Clients) / n
		sc.time += w * g.Time
		sc.score += w * g.Mean
		for j, x := range g.X {
			sc.x[j] += w * x
		}
	}
	for _, g := range s.Designs {
		m, d := float64(g.Clients)/n, g.Time-sc.time
		sc.timeSD += m * (g.TimeSquare + float64(g.N)*d*d)
		for j, x := range g.X {
			dx := x - sc.x[j]
			sc.xSD[j] += m * float64(g.N) * dx * dx
			if g.TimeSquare > 0 {
				sc.xSD[j] += m * g.TimeX[j] * g.TimeX[j] / g.TimeSquare
			}
		}
	}
	for j := range sc.xSD {
		sc.xSD[j] = math.Sqrt(sc.xSD[j] + s.CrossX[j*c+j]/n)
		if !(sc.xSD[j] > 1e-12*math.Abs(sc.x[j])) || !finite(sc.xSD[j]) {
			return sc, &TooLittle{fmt.Sprintf("Covariate %d has one value throughout: leave it out.", j+1)}
		}
	}
	sc.timeSD = math.Sqrt(sc.timeSD)
	if !(sc.timeSD > 1e-12*math.Abs(sc.time)) {
		return sc, &TooLittle{"All rows have the same time: a course needs at least two different times."}
	}
	if !finite(sc.timeSD) || !finite(sc.score) {
		return sc, errSummary
	}
	return sc, nil
}

// problem lays the summary out in working units and takes the ordinary regression off the scores.
func (s Summary) problem(o Options, sc *scale) (*problem, error) {
	c := s.Covariates
	pr := s.room(!o.ML)
	for j := range c {
		pr.kxy[j] = s.CrossXY[j] / sc.xSD[j]
		for k := range c {
			pr.kxx[j*c+k] = s.CrossX[j*c+k] / sc.xSD[j] / sc.xSD[k]
		}
	}
	total := s.Residual
	for i, g := range s.Designs {
		pr.blocks[i] = sc.block(g)
		total += pr.blocks[i].c11 + pr.blocks[i].c22
		sc.covariates(g, pr.blocks[i], pr.x[2*c*i:2*c*(i+1)])
	}
	if !(total > 0) || !finite(total) {
		return nil, errExact
	}
	if err := pr.subtract(sc); err != nil {
		return nil, err
	}
	within := pr.rss
	if !o.RandomSlope {
		for _, b := range pr.blocks {
			within += b.c22
		}
	}
	if !(within > 1e-22*total) {
		return nil, errExact
	}
	return pr, nil
}

// room is a problem of the summary's size, still empty.
func (s Summary) room(reml bool) *problem {
	c := s.Covariates
	p := c + 2
	pr := &problem{
		p: p, c: c, reml: reml, dof: float64(s.Rows),
		blocks: make([]block, len(s.Designs)), passes: make([]pass, len(s.Designs)),
		x: make([]float64, 2*c*len(s.Designs)), fx: make([]float64, 2*c*len(s.Designs)),
		kxx: make([]float64, c*c), kxy: make([]float64, c), rss: s.Residual,
		xvx: make([]float64, p*p), xvy: make([]float64, p), beta: make([]float64, p), inv: make([]float64, p*p),
	}
	if pr.reml {
		pr.dof -= float64(p)
	}
	return pr
}

// block is the design in working units, before the regression is taken off.
func (sc *scale) block(g Design) block {
	m, n := float64(g.Clients), float64(g.N)
	root := math.Sqrt(n)
	b := block{m: m, r11: root, r12: root * (g.Time - sc.time) / sc.timeSD}
	mean := g.Mean - sc.score
	b.c1 = m * root * mean
	b.c11 = n * (g.MeanMean + m*mean*mean)
	if g.TimeSquare > 0 {
		rs := math.Sqrt(g.TimeSquare)
		b.r22 = rs / sc.timeSD
		b.c2 = m * g.Slope / rs
		b.c12 = root / rs * (g.MeanSlope + m*mean*g.Slope)
		b.c22 = (g.SlopeSlope + m*g.Slope*g.Slope) / g.TimeSquare
	}
	return b
}

// covariates writes U'X of the design into x: first the row of the mean, then the row of the slope.
func (sc *scale) covariates(g Design, b block, x []float64) {
	c := len(g.X)
	for j := range g.X {
		x[j] = b.r11 * (g.X[j] - sc.x[j]) / sc.xSD[j]
		if g.TimeSquare > 0 {
			x[c+j] = g.TimeX[j] / math.Sqrt(g.TimeSquare) / sc.xSD[j]
		}
	}
}

// subtract fits an ordinary regression (D = 0) and replaces the scores by its residuals, which keeps digits where the
// lines explain almost everything.
func (pr *problem) subtract(sc *scale) error {
	pr.value(factor{})
	if _, ok := cholesky(pr.inv, pr.xvx, pr.p); !ok {
		return &TooLittle{"The covariates cannot be told apart from each other or from time: leave one out."}
	}
	copy(pr.beta, pr.xvy)
	solve(pr.inv, pr.beta, pr.p)
	sc.ols = append([]float64(nil), pr.beta...)
	c := pr.c
	for i := range pr.blocks {
		b := &pr.blocks[i]
		f1, f2 := b.r11*sc.ols[0]+b.r12*sc.ols[1], b.r22*sc.ols[1]
		for j := range c {
			f1 += pr.x[2*c*i+j] * sc.ols[2+j]
			f2 += pr.x[2*c*i+c+j] * sc.ols[2+j]
		}
		b.c11 += f1 * (b.m*f1 - 2*b.c1)
		b.c12 += b.m*f1*f2 - b.c1*f2 - b.c2*f1
		b.c22 += f2 * (b.m*f2 - 2*b.c2)
		b.c1 -= b.m * f1
		b.c2 -= b.m * f2
	}
	for j := range c {
		bj := sc.ols[2+j]
		kb := 0.0
		for k := range c {
			kb += pr.kxx[j*c+k] * sc.ols[2+k]
		}
		pr.rss += bj * (kb - 2*pr.kxy[j])
		pr.kxy[j] -= kb
	}
	pr.rss = math.Max(pr.rss, 0)
	return nil
}

// finish carries the optimum back to the units of the data.
func (s Summary) finish(o Options, pr *problem, sc scale, best optimum) (Fit, error) {
	crit, r2 := pr.value(best.f)
	sigma2 := r2 / pr.dof
	invert(pr.inv, pr.p)
	fit := Fit{
		Rows: s.Rows, Clients: s.Clients, RandomSlope: o.RandomSlope, ML: o.ML,
		Converged: best.converged, Singular: singular(best.f, o.RandomSlope), Criterion: crit,
	}
	sc.variances(&fit, best.f, sigma2)
	sc.back(&fit, pr, sigma2)
	if !o.ML {
		spread := math.Log(sc.timeSD)
		for _, x := range sc.xSD {
			spread += math.Log(x)
		}
		fit.Criterion += 2 * spread
	}
	parameters := float64(pr.p + 2)
	if o.RandomSlope {
		parameters += 2
	}
	fit.LogLik = -fit.Criterion / 2
	fit.AIC = fit.Criterion + 2*parameters
	fit.BIC = fit.Criterion + parameters*math.Log(float64(s.Rows))
	if !allFinite(append([]float64{fit.Criterion, fit.Residual, fit.VarIntercept, fit.Covariance, fit.VarSlope}, append(fit.Fixed, fit.SE...)...)) {
		return Fit{}, errUnit
	}
	fit.Warnings = s.warnings(fit)
	return fit, nil
}

// variances writes those of the clients' intercepts and slopes, and the residual's, in the units of the data.
func (sc scale) variances(fit *Fit, f factor, sigma2 float64) {
	_, d12, d22 := f.d()
	shift := sc.time / sc.timeSD
	fit.Residual = sigma2
	fit.VarSlope = sigma2 * d22 / sc.timeSD / sc.timeSD
	fit.Covariance = sigma2 * (d12 - shift*d22) / sc.timeSD
	// Var(u₀ − shift·u₁) = |Λ'(1, −shift)|², a sum of squares that cannot turn negative.
	fit.VarIntercept = sigma2 * (square(f[0]-shift*f[1]) + square(shift*f[2]))
	if math.Hypot(f[1], f[2]) < flat {
		fit.VarSlope, fit.Covariance = 0, 0
	}
	if fit.VarIntercept < flat*flat*sigma2 {
		fit.VarIntercept, fit.Covariance = 0, 0
	}
}

// back writes fixed effects and their standard errors in the units of the data.
func (sc scale) back(fit *Fit, pr *problem, sigma2 float64) {
	p := pr.p
	unit := make([]float64, p) // of each working column
	origin := make([]float64, p)
	unit[0], unit[1], origin[1] = 1, sc.timeSD, sc.time
	for j := range sc.x {
		unit[2+j], origin[2+j] = sc.xSD[j], sc.x[j]
	}
	fit.Fixed, fit.SE = make([]float64, p), make([]float64, p)
	fit.Fixed[0] = sc.score + sc.ols[0] + pr.beta[0]
	away := make([]float64, p) // the intercept as a combination of the working columns
	away[0] = 1
	for j := 1; j < p; j++ {
		fit.Fixed[j] = (sc.ols[j] + pr.beta[j]) / unit[j]
		fit.Fixed[0] -= fit.Fixed[j] * origin[j]
		away[j] = -origin[j] / unit[j]
		fit.SE[j] = math.Sqrt(sigma2*pr.inv[j*p+j]) / unit[j]
	}
	v := 0.0
	for j := range p {
		for k := range p {
			v += away[j] * away[k] * pr.inv[j*p+k]
		}
	}
	fit.SE[0] = math.Sqrt(sigma2 * math.Max(v, 0))
}

func square(x float64) float64 { return x * x }

// warnings says in words what a careful reader would doubt.
func (s Summary) warnings(fit Fit) []string {
	warnings := []string{}
	add := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	if !fit.Converged {
		add("the search did not settle: read these estimates with caution")
	}
	if fit.Singular {
		if fit.RandomSlope {
			add("singular: a variance is zero or the correlation is -1 or 1; the data do not carry a separate intercept and slope for each client")
		} else {
			add("singular: the variance between clients is zero")
		}
	}
	if s.Clients < 10 {
		add("only %d clients: the variances are rough and the standard errors too small", s.Clients)
	}
	effects := 1
	if fit.RandomSlope {
		effects = 2
	}
	if s.Rows <= effects*s.Clients {
		add("no more rows than random effects: the split between clients and residual rests on few sessions")
	}
	return warnings
}
