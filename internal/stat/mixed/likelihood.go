package mixed

import "math"

// block is one design in working units: time centred on the grand mean and divided by its spread, scores as the
// residual of an ordinary regression. With the client's Z = [1 t] = U·R (U orthonormal columns, R upper triangular)
// the rows of a client enter as the pair c = U'y; what is left of y lies outside the random effects.
type block struct {
	m             float64 // clients
	r11, r12, r22 float64
	c1, c2        float64 // Σ over clients of c
	c11, c12, c22 float64 // Σ over clients of cc'
}

// pass keeps what the first pass over a block worked out for the second.
type pass struct {
	q11, q12, q22 float64 // Q = R'W⁻¹R with W = I + R·D·R'
	h1, h2        float64 // Σ R'W⁻¹c
	h11, h12, h22 float64 // Σ (R'W⁻¹c)(R'W⁻¹c)'
}

// problem is the profiled likelihood of y = Xβ + Zu + ε, u ~ N(0, σ²D), ε ~ N(0, σ²), as a function of the factor of D
// alone; β and σ² are worked out for each D (Bates, Mächler, Bolker & Walker 2015, J Stat Softw 67(1), section 3.4, on
// per-client sums instead of rows).
type problem struct {
	p, c   int // fixed effects: intercept, time, c covariates
	dof    float64
	reml   bool
	blocks []block
	x      []float64 // 2c per block: U'X for the covariates
	kxx    []float64 // covariates within clients, outside the random effects
	kxy    []float64
	rss    float64 // Σ of what is left of y

	passes []pass
	fx     []float64 // 2c per block: R'W⁻¹U'X
	xvx    []float64 // X'V⁻¹X, p × p
	xvy    []float64
	beta   []float64
	inv    []float64 // (X'V⁻¹X)⁻¹
}

// factor is the lower triangle of D = ΛΛ', Λ = [a 0; b c].
type factor [3]float64

func (f factor) d() (d11, d12, d22 float64) {
	return f[0] * f[0], f[0] * f[1], f[1]*f[1] + f[2]*f[2]
}

// value is the criterion at D: −2 log likelihood, or REML's, in working units; +Inf where X'V⁻¹X is not positive
// definite. It leaves β, the inverse and the residual sum of squares r² behind.
func (pr *problem) value(f factor) (crit, r2 float64) {
	for i := range pr.xvx {
		pr.xvx[i] = 0
	}
	for i := range pr.xvy {
		pr.xvy[i] = 0
	}
	for i, k := range pr.kxx {
		pr.xvx[(2+i/pr.c)*pr.p+2+i%pr.c] = k
	}
	copy(pr.xvy[2:], pr.kxy)
	logdet, yy := pr.sweep(f)
	half, ok := cholesky(pr.inv, pr.xvx, pr.p)
	if !ok {
		return math.Inf(1), 0
	}
	copy(pr.beta, pr.xvy)
	solve(pr.inv, pr.beta, pr.p)
	r2 = yy
	for i, b := range pr.beta {
		r2 -= b * pr.xvy[i]
	}
	if !(r2 > 0) {
		return math.Inf(1), 0
	}
	crit = logdet + pr.dof*(1+math.Log(2*math.Pi*r2/pr.dof))
	if pr.reml {
		crit += 2 * half
	}
	return crit, r2
}

// sweep is the pass over the blocks that β needs: it adds to X'V⁻¹X and X'V⁻¹y, and returns log|V| and y'V⁻¹y.
func (pr *problem) sweep(f factor) (logdet, yy float64) {
	var z11, z12, z22, z1, z2 float64
	yy = pr.rss
	product := 1.0 // of determinants, all at least 1: one logarithm serves many
	for i := range pr.blocks {
		g, s := &pr.blocks[i], &pr.passes[i]
		a11, a12 := g.r11*f[0]+g.r12*f[1], g.r12*f[2]
		a21, a22 := g.r22*f[1], g.r22*f[2]
		w11, w12, w22 := 1+a11*a11+a12*a12, a11*a21+a12*a22, 1+a21*a21+a22*a22
		cross := a11*a22 - a12*a21
		det := w11 + w22 - 1 + cross*cross
		inv := 1 / det
		g11, g21 := w22*g.r11*inv, -w12*g.r11*inv
		g12, g22 := (w22*g.r12-w12*g.r22)*inv, (w11*g.r22-w12*g.r12)*inv
		s.q11, s.q12, s.q22 = g.r11*g11, g.r11*g12, g.r12*g12+g.r22*g22
		s.h1, s.h2 = g11*g.c1+g21*g.c2, g12*g.c1+g22*g.c2
		u1, u2 := g.c11*g11+g.c12*g21, g.c12*g11+g.c22*g21
		v1, v2 := g.c11*g12+g.c12*g22, g.c12*g12+g.c22*g22
		s.h11, s.h12, s.h22 = g11*u1+g21*u2, g12*u1+g22*u2, g12*v1+g22*v2
		if product *= det; g.m != 1 || product > 1e150 {
			logdet += g.m*math.Log(det) + math.Log(product/det)
			product = 1
		}
		yy += (w22*g.c11 - 2*w12*g.c12 + w11*g.c22) * inv
		z11, z12, z22 = z11+g.m*s.q11, z12+g.m*s.q12, z22+g.m*s.q22
		z1, z2 = z1+s.h1, z2+s.h2
		if pr.c > 0 {
			pr.sweepX(i, [4]float64{g11, g12, g21, g22}, [3]float64{w22 * inv, -w12 * inv, w11 * inv})
		}
	}
	logdet += math.Log(product)
	p := pr.p
	pr.xvx[0], pr.xvx[1], pr.xvx[p], pr.xvx[p+1] = z11, z12, z12, z22
	pr.xvy[0], pr.xvy[1] = z1, z2
	return logdet, yy
}

// sweepX adds the covariates of block i, given G = W⁻¹R by rows and the upper triangle of W⁻¹.
func (pr *problem) sweepX(i int, g [4]float64, w [3]float64) {
	b, c, p := &pr.blocks[i], pr.c, pr.p
	x1, x2 := pr.x[2*c*i:2*c*i+c], pr.x[2*c*i+c:2*c*(i+1)]
	f1, f2 := pr.fx[2*c*i:2*c*i+c], pr.fx[2*c*i+c:2*c*(i+1)]
	for j := range c {
		f1[j], f2[j] = g[0]*x1[j]+g[2]*x2[j], g[1]*x1[j]+g[3]*x2[j]
		wx1, wx2 := w[0]*x1[j]+w[1]*x2[j], w[1]*x1[j]+w[2]*x2[j]
		pr.xvy[2+j] += wx1*b.c1 + wx2*b.c2
		row := (2 + j) * p
		pr.xvx[row] += b.m * f1[j]
		pr.xvx[row+1] += b.m * f2[j]
		pr.xvx[2+j], pr.xvx[p+2+j] = pr.xvx[row], pr.xvx[row+1]
		for k := range c {
			pr.xvx[row+2+k] += b.m * (wx1*x1[k] + wx2*x2[k])
		}
	}
}

// slope is the gradient of the criterion in the elements D11, D12, D22 (as s, with off-diagonal counted once: the
// derivative is tr(S·dD)) and its expected curvature, after a call of value at the same D.
func (pr *problem) slope(r2 float64) (s [3]float64, info [6]float64) {
	scale := pr.dof / r2
	invert(pr.inv, pr.p)
	var q11, q12, q22 float64
	for i := range pr.blocks {
		m, a := pr.blocks[i].m, &pr.passes[i]
		f1 := a.q11*pr.beta[0] + a.q12*pr.beta[1]
		f2 := a.q12*pr.beta[0] + a.q22*pr.beta[1]
		for j := range pr.c {
			f1 += pr.fx[2*pr.c*i+j] * pr.beta[2+j]
			f2 += pr.fx[2*pr.c*i+pr.c+j] * pr.beta[2+j]
		}
		s[0] += m*a.q11 - scale*(a.h11-2*a.h1*f1+m*f1*f1)
		s[1] += m*a.q12 - scale*(a.h12-a.h1*f2-a.h2*f1+m*f1*f2)
		s[2] += m*a.q22 - scale*(a.h22-2*a.h2*f2+m*f2*f2)
		if pr.reml {
			v11, v12, v22 := pr.leverage(i)
			s[0], s[1], s[2] = s[0]-m*v11, s[1]-m*v12, s[2]-m*v22
		}
		q11, q12, q22 = q11+m*a.q11, q12+m*a.q12, q22+m*a.q22
		info[0] += m * a.q11 * a.q11
		info[1] += m * 2 * a.q11 * a.q12
		info[2] += m * a.q12 * a.q12
		info[3] += m * 2 * (a.q11*a.q22 + a.q12*a.q12)
		info[4] += m * 2 * a.q12 * a.q22
		info[5] += m * a.q22 * a.q22
	}
	t := [3]float64{q11, 2 * q12, q22}
	at := 0
	for i := range t {
		for j := i; j < 3; j++ {
			info[at] -= t[i] * t[j] / pr.dof
			at++
		}
	}
	return s, info
}

// leverage is F(X'V⁻¹X)⁻¹F' of block i, with F = R'W⁻¹[R U'X].
func (pr *problem) leverage(i int) (v11, v12, v22 float64) {
	a, p, inv := &pr.passes[i], pr.p, pr.inv
	if pr.c == 0 {
		i11, i12, i22 := inv[0], inv[1], inv[3]
		x1, x2 := a.q11*i11+a.q12*i12, a.q11*i12+a.q12*i22
		y1, y2 := a.q12*i11+a.q22*i12, a.q12*i12+a.q22*i22
		return x1*a.q11 + x2*a.q12, x1*a.q12 + x2*a.q22, y1*a.q12 + y2*a.q22
	}
	column := func(j int) (float64, float64) {
		switch j {
		case 0:
			return a.q11, a.q12
		case 1:
			return a.q12, a.q22
		}
		return pr.fx[2*pr.c*i+j-2], pr.fx[2*pr.c*i+pr.c+j-2]
	}
	for j := range p {
		j1, j2 := column(j)
		for k := range p {
			k1, k2 := column(k)
			w := inv[j*p+k]
			v11, v12, v22 = v11+w*j1*k1, v12+w*j1*k2, v22+w*j2*k2
		}
	}
	return v11, v12, v22
}
