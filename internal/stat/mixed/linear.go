package mixed

import "math"

// cholesky writes the lower factor of the symmetric p × p matrix a into l and returns half of log|a|.
// It refuses a matrix whose pivots fall below 1e-11 of their diagonal.
func cholesky(l, a []float64, p int) (half float64, ok bool) {
	for i := range p {
		for j := range i + 1 {
			v := a[i*p+j]
			for k := range j {
				v -= l[i*p+k] * l[j*p+k]
			}
			if i != j {
				l[i*p+j] = v / l[j*p+j]
				continue
			}
			if !(v > 1e-11*a[i*p+i]) || math.IsInf(v, 1) {
				return 0, false
			}
			l[i*p+i] = math.Sqrt(v)
			half += math.Log(l[i*p+i])
		}
	}
	return half, true
}

// solve replaces b by (ll')⁻¹b.
func solve(l, b []float64, p int) {
	for i := range p {
		for k := range i {
			b[i] -= l[i*p+k] * b[k]
		}
		b[i] /= l[i*p+i]
	}
	for i := p - 1; i >= 0; i-- {
		for k := i + 1; k < p; k++ {
			b[i] -= l[k*p+i] * b[k]
		}
		b[i] /= l[i*p+i]
	}
}

// invert replaces the lower factor l by the full symmetric (ll')⁻¹.
func invert(l []float64, p int) {
	out := make([]float64, p*p)
	for j := range p {
		col := make([]float64, p)
		col[j] = 1
		solve(l, col, p)
		for i := range p {
			out[i*p+j] = col[i]
		}
	}
	copy(l, out)
}
