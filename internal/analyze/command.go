package analyze

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Cmd is `attune analyze`: one subcommand for each method.
type Cmd struct {
	Alliance    AllianceCmd    `cmd:"" help:"Episodes, drift and chance of a false alarm in courses of check-ins (course,session,score)."`
	Agreement   AgreementCmd   `cmd:"" help:"How client and therapist see the same sessions (dyad,session,client,therapist)."`
	Change      ChangeCmd      `cmd:"" help:"Reliable and clinically significant change (id,pre,post)."`
	Growth      GrowthCmd      `cmd:"" help:"Expected course of many clients: a linear mixed model (client,time,score)."`
	Expect      ExpectCmd      `cmd:"" help:"What to expect of one client at a time, given the first rows (client,time,score)."`
	Gains       GainsCmd       `cmd:"" help:"Sudden gains and losses (client,session,score)."`
	Instability InstabilityCmd `cmd:"" help:"Mean, individual SD and RMSSD (id,time,score)."`
	Themes      ThemesCmd      `cmd:"" help:"Themes of relationships, and how alike they are (relationship,episode,theme)."`
	Network     NetworkCmd     `cmd:"" help:"Measures of the map of a person's relationships (ego,alter_a,alter_b,weight)."`
	Partition   PartitionCmd   `cmd:"" help:"Best single break of a series (series,time,value)."`
	Chart       ChartCmd       `cmd:"" help:"Individuals control chart (series,time,value)."`
}

// Streams are where commands read and write; main binds them.
type Streams struct {
	In  io.Reader
	Out io.Writer
}

// Source is the file that a command reads.
type Source struct {
	File string `arg:"" optional:"" help:"File to read; without it, or with -, standard input."`
	JSONFlag
}

// JSONFlag is what every command of the program takes; here it changes nothing.
type JSONFlag struct {
	JSON bool `name:"json" help:"Answers are JSON, with this or without."`
}

// read runs the method on the file or on standard input.
func (s Source) read(streams *Streams, method func(in io.Reader) error) error {
	if s.File == "" || s.File == "-" {
		return method(streams.In)
	}
	file, err := os.Open(s.File)
	if err != nil {
		return noFile(err)
	}
	return errors.Join(method(file), file.Close())
}

func noFile(err error) error {
	return &BadInput{Problem: fmt.Sprintf("the file cannot be read: %v", err)}
}

// AllianceCmd is `attune analyze alliance`.
type AllianceCmd struct {
	AllianceFlags
	Source
}

// Run answers for the courses of the file.
func (c *AllianceCmd) Run(s *Streams) error {
	return c.read(s, func(in io.Reader) error { return Alliance(in, s.Out, c.AllianceFlags) })
}

// AgreementCmd is `attune analyze agreement`.
type AgreementCmd struct{ Source }

// Run answers for the dyads of the file.
func (c *AgreementCmd) Run(s *Streams) error {
	return c.read(s, func(in io.Reader) error { return Agreement(in, s.Out) })
}

// ChangeCmd is `attune analyze change`.
type ChangeCmd struct {
	ChangeFlags
	Source
}

// Run answers for the rows of the file.
func (c *ChangeCmd) Run(s *Streams) error {
	return c.read(s, func(in io.Reader) error { return Change(in, s.Out, c.ChangeFlags) })
}

// GainsCmd is `attune analyze gains`.
type GainsCmd struct {
	GainsFlags
	Source
}

// Run answers for the clients of the file.
func (c *GainsCmd) Run(s *Streams) error {
	return c.read(s, func(in io.Reader) error { return Gains(in, s.Out, c.GainsFlags) })
}

// InstabilityCmd is `attune analyze instability`.
type InstabilityCmd struct{ Source }

// Run answers for the series of the file.
func (c *InstabilityCmd) Run(s *Streams) error {
	return c.read(s, func(in io.Reader) error { return Instability(in, s.Out) })
}

// PartitionCmd is `attune analyze partition`.
type PartitionCmd struct{ Source }

// Run answers for the series of the file.
func (c *PartitionCmd) Run(s *Streams) error {
	return c.read(s, func(in io.Reader) error { return Partition(in, s.Out) })
}

// ChartCmd is `attune analyze chart`.
type ChartCmd struct {
	ChartFlags
	Source
}

// Run answers for the series of the file.
func (c *ChartCmd) Run(s *Streams) error {
	return c.read(s, func(in io.Reader) error { return Chart(in, s.Out, c.ChartFlags) })
}

// ScoreCmd is `attune score`.
type ScoreCmd struct {
	ScoreFlags
	Source
}

// Run answers for the form in the file.
func (c *ScoreCmd) Run(s *Streams) error {
	return c.read(s, func(in io.Reader) error { return Score(in, s.Out, c.ScoreFlags) })
}

// GrowthCmd is `attune analyze growth`.
type GrowthCmd struct {
	GrowthFlags
	JSONFlag
	Files []string `arg:"" optional:"" help:"File to read; without it, or with -, standard input. With --merge, the files that --partial wrote."`
}

// Run answers for the clients of the file, or of the files to be merged.
func (c *GrowthCmd) Run(s *Streams) error {
	if c.Merge {
		return GrowthMerge(c.Files, s.Out, c.GrowthFlags)
	}
	if len(c.Files) > 1 {
		return &BadInput{Problem: "one file at a time: several are read with --merge only"}
	}
	var source Source
	if len(c.Files) == 1 {
		source.File = c.Files[0]
	}
	return source.read(s, func(in io.Reader) error { return Growth(in, s.Out, c.GrowthFlags) })
}

// ExpectCmd is `attune analyze expect`.
type ExpectCmd struct {
	ExpectFlags
	Source
}

// Run answers for the client named.
func (c *ExpectCmd) Run(s *Streams) error {
	return c.Source.read(s, func(in io.Reader) error { return Expect(in, s.Out, c.ExpectFlags) })
}

// ThemesCmd is `attune analyze themes`.
type ThemesCmd struct {
	ThemesFlags
	Source
}

// Run answers for the relationships of the file.
func (c *ThemesCmd) Run(s *Streams) error {
	return c.read(s, func(in io.Reader) error { return Themes(in, s.Out, c.ThemesFlags) })
}

// NetworkCmd is `attune analyze network`.
type NetworkCmd struct{ Source }

// Run answers for the egos of the file.
func (c *NetworkCmd) Run(s *Streams) error {
	return c.read(s, func(in io.Reader) error { return Network(in, s.Out) })
}

// MatchCmd is `attune match`.
type MatchCmd struct{ Source }

// Run answers for the problem in the file.
func (c *MatchCmd) Run(s *Streams) error {
	return c.read(s, func(in io.Reader) error { return Match(in, s.Out) })
}
