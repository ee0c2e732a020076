package analyze

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"

	"attune/internal/alliance"
)

// AllianceFlags are the parameters of the detectors, and where to draw what they found.
type AllianceFlags struct {
	Nu0         float64 `name:"nu0" default:"8" help:"How many sessions the typical SD counts for."`
	S0          float64 `name:"s0" default:"1.0" help:"Typical SD of a client's scores, in score units."`
	K           float64 `name:"k" default:"2.5" help:"Red at z of -K or below."`
	Window      int     `name:"window" default:"3" help:"Sessions within which a return counts as returned."`
	MinBaseline int     `name:"min-baseline" default:"3" help:"Sessions before the first z."`
	MinDrop     float64 `name:"min-drop" default:"0" help:"Least drop below the mean that counts, in score units."`
	Lambda      float64 `name:"lambda" default:"0.3" help:"Weight of the newest score in the EWMA."`
	DriftLimit  float64 `name:"drift-limit" default:"2.7" help:"Drift at an EWMA so many SDs below its start."`
	Plot        string  `name:"plot" placeholder:"FILE.svg" help:"Draw the courses, and false alarms and catches under these parameters."`
	Draw        string  `name:"draw" enum:"all,worth,courses" default:"all" help:"What to plot: what a flag is worth, the courses, or all of it."`
}

func (f AllianceFlags) parameters() alliance.Parameters {
	return alliance.Parameters{
		Nu0: f.Nu0, S0: f.S0, K: f.K, Window: f.Window, MinBaseline: f.MinBaseline, MinDrop: f.MinDrop,
		Lambda: f.Lambda, DriftLimit: f.DriftLimit,
	}
}

type allianceAnswer struct {
	Parameters  alliance.Parameters `json:"parameters"`
	Courses     []courseAnswer      `json:"courses"`
	Calibration *calibrationAnswer  `json:"calibration,omitempty"` // from 30 courses on
}

// calibrationAnswer is the s0 that these courses themselves would give.
type calibrationAnswer struct {
	S0       float64  `json:"s0"`
	SE       float64  `json:"se"`
	Courses  int      `json:"courses"`
	Warnings []string `json:"warnings,omitempty"`
}

type courseAnswer struct {
	Course     string          `json:"course"`
	N          int             `json:"n"`
	Z          numbers         `json:"z"`
	Episodes   []episodeAnswer `json:"episodes"`
	Drift      []driftAnswer   `json:"drift"`
	FalseAlarm float64         `json:"false_alarm"`
	Warnings   []string        `json:"warnings"`

	reading alliance.Reading
}

type episodeAnswer struct {
	Start  int             `json:"start"`
	End    *int            `json:"end"`
	Status alliance.Status `json:"status"`
	Mu     float64         `json:"mu"`
	S      float64         `json:"s"`
	Nadir  float64         `json:"nadir"`
	Depth  float64         `json:"depth"`
	Length int             `json:"length"`
}

type driftAnswer struct {
	Session  int     `json:"session"`
	Detector string  `json:"detector"`
	Value    float64 `json:"value"`
}

// Alliance reads course,session,score (score: higher is better) and answers, for each course by name, what alliance.Read finds
// and how likely a false alarm is for its length.
func Alliance(in io.Reader, out io.Writer, flags AllianceFlags) error {
	p := flags.parameters()
	if err := p.Check(); err != nil {
		return &BadInput{Problem: "--" + err.Error()}
	}
	t := newTable(in, "course", "session", "score")
	var courses groups[int, float64]
	for t.next() {
		courses.add(t, 1, t.id(0), t.whole(1), t.number(2))
	}
	if err := t.err(); err != nil {
		return err
	}
	answer := allianceAnswerOf(courses.sorted(), p)
	if flags.Plot != "" {
		if err := plotFile(flags.Plot, func(b *bytes.Buffer) { plotAlliance(b, answer, flags.Draw) }); err != nil {
			return err
		}
	}
	return writeJSON(out, answer)
}

func allianceAnswerOf(courses []*group[int, float64], p alliance.Parameters) allianceAnswer {
	answer := allianceAnswer{Parameters: p, Courses: []courseAnswer{}}
	longest := 0
	for _, course := range courses {
		longest = max(longest, len(course.rows))
	}
	alarms := alliance.FalseAlarms(p, longest)
	series := make([][]alliance.Score, len(courses))
	for i, course := range courses {
		series[i] = make([]alliance.Score, len(course.rows))
		for j, row := range course.rows {
			series[i][j] = alliance.Score{Session: row.key, Value: row.value}
		}
		answer.Courses = append(answer.Courses, courseOf(course.id, series[i], p, alarms))
	}
	if c, err := alliance.Recalibrate(series); err == nil { // it refuses too few courses, of which there is nothing to say
		answer.Calibration = &calibrationAnswer{c.S0, c.SE, c.Courses, c.Warnings}
	}
	return answer
}

func courseOf(id string, series []alliance.Score, p alliance.Parameters, alarms []float64) courseAnswer {
	c := courseAnswer{
		Course: id, N: len(series), reading: alliance.Read(series, p), Z: make(numbers, len(series)),
		Episodes: []episodeAnswer{}, Drift: []driftAnswer{}, FalseAlarm: alarms[min(len(series), len(alarms)-1)],
		Warnings: courseWarnings(alliance.Values(series), p),
	}
	for i, point := range c.reading.Points {
		c.Z[i] = point.Z
		if !point.Ready {
			c.Z[i] = math.NaN()
		}
	}
	for _, e := range c.reading.Episodes {
		one := episodeAnswer{Start: e.Start, Status: e.Status, Mu: e.Mu, S: e.S, Nadir: e.Nadir, Depth: e.Depth, Length: e.Length}
		if e.Closed() {
			one.End = &e.End
		}
		c.Episodes = append(c.Episodes, one)
	}
	for _, d := range c.reading.Drifts {
		c.Drift = append(c.Drift, driftAnswer(d))
	}
	return c
}

func courseWarnings(scores []float64, p alliance.Parameters) []string {
	warnings := []string{}
	if len(scores) <= p.MinBaseline {
		warnings = append(warnings, fmt.Sprintf("only %d sessions: nothing can be seen before session %d", len(scores), p.MinBaseline+1))
	}
	if len(scores) > alliance.LongestSimulated {
		warnings = append(warnings, fmt.Sprintf("false_alarm is that of %d sessions, a lower bound for this course", alliance.LongestSimulated))
	}
	top := math.Inf(-1)
	for _, x := range scores {
		top = max(top, x)
	}
	if c := alliance.AtCeiling(scores, top); c.Reached {
		warnings = append(warnings, fmt.Sprintf("%d of %d scores are the course's highest: at a ceiling the number cannot show how the bond is", c.AtTop, c.N))
	}
	return warnings
}

// plotFile draws into a file that only its owner may read, since a drawing holds clients' scores.
func plotFile(name string, draw func(*bytes.Buffer)) error {
	var drawing bytes.Buffer
	draw(&drawing)
	if err := os.WriteFile(name, drawing.Bytes(), 0o600); err != nil {
		return &BadInput{Problem: fmt.Sprintf("--plot: %v", err)}
	}
	return nil
}
