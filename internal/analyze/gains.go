package analyze

import (
	"io"
	"math"

	"attune/internal/outcome"
	"attune/internal/stat"
)

// GainsFlags say what a sudden gain is.
type GainsFlags struct {
	Cutoff float64 `name:"cutoff" required:"" help:"Least change between two sessions: the reliable change of the measure, in score units."`
	Better string  `name:"better" enum:"lower,higher" default:"lower" help:"The direction in which a score improves."`
}

type gainsAnswer struct {
	Cases         int          `json:"cases"`
	Gains         []gainAnswer `json:"gains"`
	Losses        []lossAnswer `json:"losses"`
	ShareWithGain number       `json:"share_with_gain"`
	ShareLow      number       `json:"share_low"` // Wilson's 95 % interval
	ShareHigh     number       `json:"share_high"`
	Warnings      []string     `json:"warnings,omitempty"`
}

type gainAnswer struct {
	Client    string  `json:"client"`
	Session   int     `json:"session"`
	Magnitude float64 `json:"magnitude"`
	Reversal  bool    `json:"reversal"`
}

type lossAnswer struct {
	Client    string  `json:"client"`
	Session   int     `json:"session"`
	Magnitude float64 `json:"magnitude"`
}

// Gains reads client,session,score and answers every sudden gain and loss, and the share of clients with a gain.
func Gains(in io.Reader, out io.Writer, flags GainsFlags) error {
	if !(flags.Cutoff > 0) || math.IsInf(flags.Cutoff, 1) {
		return badFlag("cutoff", "must be above 0")
	}
	t := newTable(in, "client", "session", "score")
	var clients groups[int, float64]
	for t.next() {
		clients.add(t, 1, t.id(0), t.whole(1), t.number(2))
	}
	if err := t.err(); err != nil {
		return err
	}
	answer := gainsAnswer{Cases: len(clients.all), Gains: []gainAnswer{}, Losses: []lossAnswer{}}
	better := direction(flags.Better)
	with, judged := 0, 0
	for _, client := range clients.sorted() {
		course := make([]outcome.Point, len(client.rows))
		for i, row := range client.rows {
			course[i] = outcome.Point{Session: row.key, Score: row.value}
		}
		gains := outcome.SuddenGains(course, flags.Cutoff, better)
		for _, gain := range gains {
			answer.Gains = append(answer.Gains, gainAnswer{client.id, gain.Session, gain.Magnitude, gain.Reversal})
		}
		for _, loss := range outcome.SuddenLosses(course, flags.Cutoff, better) {
			answer.Losses = append(answer.Losses, lossAnswer{client.id, loss.Session, loss.Magnitude})
		}
		with += min(1, len(gains))
		if len(course) >= 4 {
			judged++
		}
	}
	share := stat.Wilson(with, answer.Cases, stat.Normal95)
	answer.ShareWithGain = number(float64(with) / float64(answer.Cases))
	answer.ShareLow, answer.ShareHigh = number(share.Low), number(share.High)
	if judged < answer.Cases {
		answer.Warnings = append(answer.Warnings, "some clients have fewer than 4 sessions: they cannot show a sudden gain, and lower the share")
	}
	return writeJSON(out, answer)
}

func direction(better string) outcome.Better {
	if better == "higher" {
		return outcome.Higher
	}
	return outcome.Lower
}
