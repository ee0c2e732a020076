package mixed

import "math"

const (
	mostSteps = 400
	// settled is the Newton decrement, in units of the criterion, below which an estimate no longer moves: the
	// remaining error is about 1e-7 of a standard error or less.
	settled = 1e-14
	// flat is a standard deviation relative to the residual's (lme4 1.1 uses the same 1e-4) below which a variance is zero.
	flat = 1e-4
)

// optimum is where a search ended.
type optimum struct {
	f         factor
	crit      float64
	converged bool
}

// minimise finds the lowest criterion over the free elements of the factor: a alone for a random intercept, a, b, c for a
// random slope. The criterion is smooth and even in the sign of each column of Λ, so the search needs no bounds: a
// boundary is an ordinary stationary point. A search that ends on the boundary is repeated from other starts.
func (pr *problem) minimise(slope bool) optimum {
	start := pr.start(slope)
	best := pr.descend(start, slope)
	if slope && singular(best.f, slope) {
		for _, s := range []factor{{1, 0.5, 1}, {1, -0.5, 1}, {0.1, 0, 0.1}, {10 * start[0], 0, 10 * start[2]}} {
			if o := pr.descend(s, slope); o.converged && o.crit < best.crit-1e-9*math.Abs(best.crit) {
				best = o
			}
		}
	}
	return pr.snap(best, slope)
}

// snap moves a factor that is flat onto the boundary where that does not raise the criterion.
func (pr *problem) snap(o optimum, slope bool) optimum {
	try := func(f factor) {
		if crit, _ := pr.value(f); crit <= o.crit+1e-10*(1+math.Abs(o.crit)) {
			o.f, o.crit = f, crit
		}
	}
	if slope && o.f[2] != 0 && math.Abs(o.f[2]) < flat {
		try(factor{o.f[0], o.f[1], 0})
	}
	if o.f[0] != 0 && math.Abs(o.f[0]) < flat {
		try(factor{0, 0, math.Hypot(o.f[1], o.f[2])})
	}
	return o
}

// singular says whether D = ΛΛ' has lost a dimension.
func singular(f factor, slope bool) bool {
	return math.Abs(f[0]) < flat || slope && math.Abs(f[2]) < flat
}

// start guesses D from the spread of the clients' means and slopes beyond what the residual explains.
func (pr *problem) start(slope bool) factor {
	var c11, c22, n, stt, m1, m2, rows float64
	for _, g := range pr.blocks {
		c11, n, m1 = c11+g.c11, n+g.m*g.r11*g.r11, m1+g.m
		rows += g.m * g.r11 * g.r11
		if g.r22 > 0 {
			c22, stt, m2 = c22+g.c22, stt+g.m*g.r22*g.r22, m2+g.m
		}
	}
	residual := pr.rss
	free := rows - m1 - m2
	if !slope || free < 1 {
		residual, free = residual+c22, rows-m1
	}
	s2 := residual / math.Max(free, 1)
	guess := func(c, m, w float64) float64 {
		if !(s2 > 0) || !(w > 0) {
			return 1
		}
		return math.Sqrt(math.Min(math.Max((c/s2-m)/w, 1e-2), 1e8))
	}
	if !slope {
		return factor{guess(c11, m1, n), 0, 0}
	}
	return factor{guess(c11, m1, n), 0, guess(c22, m2, stt)}
}

// descend is a damped Fisher scoring (Levenberg-Marquardt): the curvature is the expected one of D carried over to Λ, plus the
// exact second derivatives of ΛΛ'.
func (pr *problem) descend(f factor, slope bool) optimum {
	k := 1
	if slope {
		k = 3
	}
	crit, r2 := pr.value(f)
	damping := 0.0
	for range mostSteps {
		s, info := pr.slope(r2)
		grad, hess := carry(f, s, info)
		step, next, nextR2, ok := f, crit, r2, false
		for range 60 {
			delta, drop, definite := newton(grad, hess, damping, k)
			if definite && drop <= settled {
				return optimum{f, crit, true}
			}
			if definite {
				for i := range k {
					step[i] = f[i] + delta[i]
				}
				next, nextR2 = pr.value(step)
				// Below the rounding of the criterion the gradient alone decides.
				if next <= crit+1e-13*(1+math.Abs(crit)) {
					ok = true
					break
				}
			}
			damping = math.Max(damping*8, 1e-3)
		}
		if !ok {
			crit, _ = pr.value(f)
			return optimum{f, crit, false}
		}
		f, crit, r2 = step, next, nextR2
		if damping /= 10; damping < 1e-6 {
			damping = 0
		}
	}
	return optimum{f, crit, false}
}

// carry turns gradient and curvature in D into those in Λ = [a 0; b c].
func carry(f factor, s [3]float64, info [6]float64) (grad [3]float64, hess [3][3]float64) {
	jac := [3][3]float64{ // of D11, D12, D22 in a, b, c
		{2 * f[0], 0, 0},
		{f[1], f[0], 0},
		{0, 2 * f[1], 2 * f[2]},
	}
	full := [3][3]float64{{info[0], info[1], info[2]}, {info[1], info[3], info[4]}, {info[2], info[4], info[5]}}
	weight := [3]float64{s[0], 2 * s[1], s[2]}
	for i := range 3 {
		for j := range 3 {
			grad[i] += weight[j] * jac[j][i]
			for l := range 3 {
				for m := range 3 {
					hess[i][j] += jac[l][i] * full[l][m] * jac[m][j]
				}
			}
		}
	}
	hess[0][0] += 2 * s[0]
	hess[0][1] += 2 * s[1]
	hess[1][0] += 2 * s[1]
	hess[1][1] += 2 * s[2]
	hess[2][2] += 2 * s[2]
	return grad, hess
}

// newton solves (H + damping·scale)δ = −g in the first k elements, and returns δ and the drop −½g'δ it promises.
func newton(grad [3]float64, hess [3][3]float64, damping float64, k int) (delta [3]float64, drop float64, ok bool) {
	scale := 0.0
	for i := range k {
		scale = math.Max(scale, math.Abs(hess[i][i]))
	}
	var a, l [9]float64
	for i := range k {
		for j := range k {
			a[i*k+j] = hess[i][j]
		}
		a[i*k+i] += damping * scale
	}
	if _, ok := cholesky(l[:], a[:], k); !ok {
		return delta, 0, false
	}
	for i := range k {
		delta[i] = -grad[i]
	}
	solve(l[:], delta[:k], k)
	for i := range k {
		drop -= grad[i] * delta[i] / 2
	}
	return delta, drop, !math.IsNaN(drop)
}
