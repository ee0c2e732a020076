package main

import (
	"context"
	"os"
	"strings"
	"time"

	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/world"
)

type seedCmd struct {
	storage
	World  string    `enum:"small,standard" default:"small" help:"small: three practices with everyone and everything once; standard: with a crowd in the first of them."`
	Size   string    `enum:"tiny,s,m" default:"tiny" help:"Sessions of the crowd: tiny 1,000, s 10,000, m 100,000."`
	Seed   uint64    `default:"1" help:"The same seed makes the same world."`
	Prefix string    `name:"canary-prefix" default:"P" help:"Every text that somebody wrote is a word that begins with this."`
	Clock  time.Time `default:"2026-03-06T15:00:00Z" help:"The world's now, as in 2026-03-06T15:00:00Z."`
	Out    string    `required:"" type:"path" help:"Where the world file goes: who there is, with their ways in, and what there is."`
	JSON   bool      `help:"Print JSON."`
}

// Run makes a world for tests in an empty database and writes down what it holds.
func (c *seedCmd) Run(ctx context.Context, t *terminal) error {
	if strings.ContainsFunc(c.Prefix, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) || c.Prefix == "" {
		return refuse("The prefix of canaries consists of letters and digits.")
	}
	if err := c.makeKey(); err != nil {
		return err
	}
	clock, source := world.NewClock(c.Clock), world.NewSource(c.Seed)
	d, err := c.openWith(ctx, db.Options{Clock: clock, Rand: source})
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	if all, err := practice.IDs(ctx, d); err != nil {
		return err
	} else if len(all) > 0 {
		return refuse("This database holds %d practice(s). A world is made in an empty one.", len(all))
	}
	plan := world.Plan{Seed: c.Seed, Clock: c.Clock, Prefix: c.Prefix}
	if c.World == "standard" {
		plan.Size = c.Size
	}
	made, err := world.Make(ctx, d.ForAll(), clock, source, plan)
	if err != nil {
		return err
	}
	text, err := made.Text()
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, text, 0o600); err != nil {
		return refusal{err.Error()}
	}
	if c.JSON {
		return t.json(map[string]any{"out": c.Out, "tenants": len(made.Tenants), "objects": len(made.Objects), "links": len(made.Links)})
	}
	t.say("%d practices with %d things in them. Who there is, and how they sign in: %s", len(made.Tenants), len(made.Objects), c.Out)
	return nil
}
