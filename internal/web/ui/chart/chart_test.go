package chart_test

import (
	"flag"
	"html/template"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"attune/internal/web/ui/chart"
)

var update = flag.Bool("update", false, "write the golden files anew")

// vectorA is the course of methods.md 1.6, A: a dip at session 4 that returned at 6.
// Its usual ranges are mean ± 2.5 standard errors, frozen while the dip lasts.
var vectorA = []chart.AlliancePoint{
	{Session: 1, Score: 8}, {Session: 2, Score: 8.2}, {Session: 3, Score: 8.1},
	{Session: 4, Score: 6.4, Usual: chart.Range{Low: 6.545, High: 9.655}, Below: true},
	{Session: 5, Score: 6.9, Usual: chart.Range{Low: 6.545, High: 9.655}},
	{Session: 6, Score: 8, Usual: chart.Range{Low: 6.545, High: 9.655}},
	{Session: 8, Score: 8.3, Usual: chart.Range{Low: 6.66, High: 10.2}},
}

var charts = map[string]interface{ Draw() template.HTML }{
	"alliance": chart.Alliance{ID: "al", Finding: "Under her usual range at session 4. It was repaired.", Client: vectorA,
		Ruptures: []chart.RuptureSpan{{From: 4, To: 6, State: "repaired"}, {From: 8, To: 8, State: "named"}}, Note: "Shaded: her usual range."},
	"alliance-both": chart.Alliance{ID: "al", Finding: "Both sides.", Client: vectorA[:3], Therapist: []chart.AlliancePoint{{Session: 2, Score: 9}, {Session: 4, Score: 7}}},
	"alliance-one":  chart.Alliance{ID: "al", Finding: "Too early for a usual range.", Client: vectorA[:1]},
	"alliance-none": chart.Alliance{ID: "al"},
	"measure": chart.Measure{ID: "me", Finding: "From 17 to 12.", Name: "PHQ-9 by session", Along: "Session", High: 27,
		Points:   []chart.MeasurePoint{{At: 1, Label: "1", Score: 17}, {At: 5, Label: "5", Score: 14}, {At: 9, Label: "9", Score: 12}},
		Expected: []chart.Expectation{{At: 1, Range: chart.Range{Low: 13, High: 20}}, {At: 9, Range: chart.Range{Low: -2, High: 14}}}, Note: "Lower is better."},
	"measure-none": chart.Measure{ID: "me"},
	"thread": chart.Thread{ID: "th", Finding: "One was repaired, one is open.", First: 1, Last: 12,
		Marks: []chart.ThreadMark{{Session: 6, Kind: "repaired", Words: "Better"}, {Session: 4, Kind: "rupture", Words: "The time moved"}, {Session: 9, Kind: "milestone", Words: "Said no"}, {Session: 11, Kind: "rupture"}}},
	"hostile": chart.Alliance{ID: `a"b`, Finding: `<script>alert("1")</script>`, Client: vectorA[:2], Note: "<b>",
		Ruptures: []chart.RuptureSpan{{From: 1, To: 2, State: "<i>"}}},
}

func TestGolden(t *testing.T) {
	for name, c := range charts {
		t.Run(name, func(t *testing.T) {
			got := strings.ReplaceAll(string(c.Draw()), "><", ">\n<") + "\n"
			file := filepath.Join("testdata", name+".html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestChartsKeepThePolicy(t *testing.T) {
	allowed := regexp.MustCompile(`^(figure|figcaption|svg|g|rect|line|polyline|polygon|circle|path|text|details|summary|p|section|table|thead|tbody|tr|th|td|ul|li|html|head|body)$`)
	for name, c := range charts {
		tree, err := html.Parse(strings.NewReader(string(c.Draw())))
		if err != nil {
			t.Fatal(err)
		}
		for n := range tree.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if !allowed.MatchString(n.Data) {
				t.Errorf("%s has <%s>", name, n.Data)
			}
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.Contains(a.Val, "NaN") || strings.Contains(a.Val, "Inf") {
					t.Errorf("%s: <%s %s=%q>", name, n.Data, a.Key, a.Val)
				}
			}
		}
	}
}

func TestAllianceScale(t *testing.T) {
	drawn := string(charts["alliance"].Draw())
	tests := []struct{ name, want string }{
		{"10 is at the top", `y1="14%" y2="14%"/><text x="0" y="14%" dy="4">10</text>`},
		{"0 is at the bottom", `y1="86%" y2="86%"/><text x="0" y="86%" dy="4">0</text>`},
		{"the first session is at the left", `<circle class="c-dot" cx="7%" cy="28.4%" r="3.5"/>`},
		{"the low point is ringed", `<circle class="c-out" cx="45.6%" cy="39.9%" r="5"/>`},
		{"the range is clipped to the scale", `<td>6.7 to 10</td>`},
		{"no number for a session before the range", `<td>Too early</td>`},
		{"the repair is stitched", `class="c-mend"`},
		{"the finding names the drawing", `aria-labelledby="al-finding"`},
	}
	for _, test := range tests {
		if !strings.Contains(drawn, test.want) {
			t.Errorf("%s: no %s in %s", test.name, test.want, drawn)
		}
	}
}
