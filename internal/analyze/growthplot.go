package analyze

import (
	"bytes"
	"fmt"
	"math"

	"attune/internal/stat/mixed"
)

// How much is drawn: more clients cannot be told apart.
const (
	plottedClients = 40
	plotSteps      = 60
)

// growthPlot is what a drawing of a fit needs; times run from low to high as the model sees them.
type growthPlot struct {
	fit       mixed.Fit
	summary   mixed.Summary
	effects   []mixed.Effect
	low, high float64
	time      string
}

// plotGrowth draws the expected course of a new client with its central 80 %, and clients' own courses as estimated. Covariates
// stand at their means.
func plotGrowth(b *bytes.Buffer, g growthPlot) {
	d := &drawing{width: 720}
	typical := g.typical()
	var x, mean, low, high []float64
	yLow, yHigh := math.Inf(1), math.Inf(-1)
	for i := range plotSteps + 1 {
		at := g.at(i)
		p, err := g.fit.Predict(nil, mixed.Row{Time: at, Covariates: typical})
		if err != nil {
			return
		}
		l, h := p.Interval(z80)
		x, mean, low, high = append(x, g.shown(at)), append(mean, p.Mean), append(low, l), append(high, h)
		yLow, yHigh = min(yLow, l), max(yHigh, h)
	}
	for _, e := range g.drawn() {
		for i := range x {
			own := mean[i] + e.Intercept + e.Slope*g.at(i)
			yLow, yHigh = min(yLow, own), max(yHigh, own)
		}
	}
	title := fmt.Sprintf("Expected course of a new client, %d rows of %d clients", g.fit.Rows, g.fit.Clients)
	area := d.panel(title, 320, g.shown(g.low), g.shown(g.high), yLow, yHigh)
	area.band(x, low, high, bandColour)
	for _, e := range g.drawn() {
		own := make([]float64, len(x))
		for i := range x {
			own[i] = mean[i] + e.Intercept + e.Slope*g.at(i)
		}
		area.line(x, own, quietColour, "1 3")
	}
	area.line(x, mean, mainColour, "")
	d.key(mainColour, "", "expected score; shaded: the central 80 % of single scores of a new client, parameters held fixed")
	d.key(quietColour, "1 3", fmt.Sprintf("up to %d clients' own courses as estimated (shrunken)", plottedClients))
	for _, w := range g.fit.Warnings {
		d.caption(w)
	}
	d.write(b, "Expected course with its central 80 percent, and clients' own courses")
}

// at is the time of a step, as the model sees it.
func (g growthPlot) at(step int) float64 { return g.low + (g.high-g.low)*float64(step)/plotSteps }

func (g growthPlot) drawn() []mixed.Effect { return g.effects[:min(len(g.effects), plottedClients)] }

func (g growthPlot) shown(at float64) float64 {
	if g.time == "log" {
		return math.Exp(at)
	}
	return at
}

// typical is the covariates' means over rows.
func (g growthPlot) typical() []float64 {
	means := make([]float64, g.summary.Covariates)
	for _, design := range g.summary.Designs {
		for j, x := range design.X {
			means[j] += x * float64(design.N) * float64(design.Clients) / float64(g.summary.Rows)
		}
	}
	return means
}
