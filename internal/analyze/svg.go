package analyze

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Colours of drawings. Lines differ by dash too, and points by shape, so that none is told by colour alone.
const (
	inkColour   = "#222"
	quietColour = "#888"
	bandColour  = "#dde8f0"
	mainColour  = "#1b5e8c"
	alarmColour = "#b3261e"
)

// drawing is an SVG under way: panels one below another, each with its own scales.
type drawing struct {
	body          bytes.Buffer
	width, height float64
}

// panel is a plotting area with linear scales, inside a drawing.
type panel struct {
	d                        *drawing
	left, top, width, height float64
	xLow, xHigh, yLow, yHigh float64
}

const (
	panelLeft   = 56
	panelRight  = 16
	panelTop    = 42
	panelBottom = 22
)

// panel adds a plotting area of that height below what is there, titled and with scales that hold at least the given ranges.
func (d *drawing) panel(title string, height, xLow, xHigh, yLow, yHigh float64) *panel {
	if xHigh <= xLow {
		xHigh = xLow + 1
	}
	if yHigh <= yLow {
		yLow, yHigh = yLow-1, yHigh+1
	}
	p := &panel{
		d: d, left: panelLeft, top: d.height + panelTop, width: d.width - panelLeft - panelRight, height: height,
		xLow: xLow, xHigh: xHigh, yLow: yLow, yHigh: yHigh,
	}
	d.height += panelTop + height + panelBottom
	p.text(p.left, p.top-10, "start", inkColour, title)
	fmt.Fprintf(&d.body, `<rect x="%g" y="%g" width="%g" height="%g" fill="none" stroke="%s"/>`+"\n", p.left, round(p.top), p.width, height, quietColour)
	for _, x := range ticks(xLow, xHigh) {
		p.text(p.x(x), p.top+height+15, "middle", inkColour, label(x))
	}
	for _, y := range ticks(yLow, yHigh) {
		p.text(p.left-6, p.y(y)+4, "end", inkColour, label(y))
		p.line([]float64{xLow, xHigh}, []float64{y, y}, "#eee", "")
	}
	return p
}

func (p *panel) x(x float64) float64 { return p.left + (x-p.xLow)/(p.xHigh-p.xLow)*p.width }

func (p *panel) y(y float64) float64 {
	return p.top + p.height - (y-p.yLow)/(p.yHigh-p.yLow)*p.height
}

// line draws a polyline through the points, in the panel's units; dash is an SVG dash array or empty.
func (p *panel) line(x, y []float64, colour, dash string) {
	fmt.Fprintf(&p.d.body, `<polyline fill="none" stroke="%s" stroke-width="1.5" stroke-dasharray="%s" points="%s"/>`+"\n", colour, dash, p.points(x, y))
}

// band fills the area between low and high over x.
func (p *panel) band(x, low, high []float64, colour string) {
	outline := p.points(x, high)
	for i := len(x) - 1; i >= 0; i-- {
		outline += " " + p.points(x[i:i+1], low[i:i+1])
	}
	fmt.Fprintf(&p.d.body, `<polygon fill="%s" points="%s"/>`+"\n", colour, outline)
}

// mark is the shape of a point.
type mark int

const (
	circle mark = iota
	square
	triangle
)

// mark marks a point. Shapes other than circles are larger and stand out.
func (p *panel) mark(x, y float64, shape mark) {
	left, top := p.x(x), p.y(y)
	switch shape {
	case square:
		fmt.Fprintf(&p.d.body, `<rect x="%g" y="%g" width="9" height="9" fill="%s"/>`+"\n", round(left-4.5), round(top-4.5), alarmColour)
	case triangle:
		fmt.Fprintf(&p.d.body, `<polygon points="%g,%g %g,%g %g,%g" fill="%s"/>`+"\n",
			round(left-6), round(top-5), round(left+6), round(top-5), round(left), round(top+6), alarmColour)
	default:
		fmt.Fprintf(&p.d.body, `<circle cx="%g" cy="%g" r="3" fill="%s"/>`+"\n", round(left), round(top), mainColour)
	}
}

// text writes words at a place of the drawing, in its own units.
func (p *panel) text(x, y float64, anchor, colour, words string) {
	fmt.Fprintf(&p.d.body, `<text x="%g" y="%g" text-anchor="%s" fill="%s">%s</text>`+"\n", round(x), round(y), anchor, colour, escape(words))
}

// key writes what a line means below what is there, with a piece of the line.
func (d *drawing) key(colour, dash, words string) {
	y := round(d.height + 13)
	fmt.Fprintf(&d.body, `<line x1="%d" y1="%g" x2="%d" y2="%g" stroke="%s" stroke-width="1.5" stroke-dasharray="%s"/>`+"\n",
		panelLeft, y, panelLeft+36, y, colour, dash)
	d.height += 18
	fmt.Fprintf(&d.body, `<text x="%d" y="%g" fill="%s">%s</text>`+"\n", panelLeft+44, round(d.height), inkColour, escape(words))
}

// caption writes a line of words below what is there.
func (d *drawing) caption(words string) {
	d.height += 18
	fmt.Fprintf(&d.body, `<text x="%d" y="%g" fill="%s">%s</text>`+"\n", panelLeft, round(d.height), inkColour, escape(words))
}

func (p *panel) points(x, y []float64) string {
	pairs := make([]string, len(x))
	for i := range x {
		pairs[i] = fmt.Sprintf("%g,%g", round(p.x(x[i])), round(p.y(y[i])))
	}
	return strings.Join(pairs, " ")
}

// write puts the drawing out; words say what it shows to those who do not see it.
func (d *drawing) write(b *bytes.Buffer, words string) {
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g" role="img" font-family="sans-serif" font-size="12">`+"\n",
		d.width, round(d.height+16), d.width, round(d.height+16))
	fmt.Fprintf(b, "<title>%s</title>\n"+`<rect width="100%%" height="100%%" fill="#fff"/>`+"\n", escape(words))
	b.Write(d.body.Bytes())
	b.WriteString("</svg>\n")
}

// escape keeps words out of the markup, and characters out that XML does not allow.
func escape(words string) string {
	words = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(words, "?"))
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(words)
}

// ticks are round numbers from low to high, about five.
func ticks(low, high float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((high-low)/4)))
	for _, factor := range []float64{5, 2} {
		if (high-low)/(step*factor) >= 4 {
			step *= factor
			break
		}
	}
	var at []float64
	for i := math.Ceil(low/step - 1e-9); i*step <= high+1e-9*step && len(at) < 50; i++ {
		at = append(at, i*step+0) // + 0 turns −0 into 0
	}
	return at
}

func label(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

// round keeps drawings small: a tenth of a pixel is enough. What is far outside the page stays finite.
func round(x float64) float64 {
	return math.Round(min(max(x, -1e6), 1e6)*10) / 10
}
