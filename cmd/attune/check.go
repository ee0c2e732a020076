package main

import (
	"context"

	"attune/internal/backup"
	"attune/internal/db"
	"attune/internal/practice"
)

type statehashCmd struct {
	storage
	Tenant string `help:"Only the practice of this reference."`
	By     string `enum:"practice,table" default:"practice" help:"practice or table."`
	JSON   bool   `help:"Print JSON."`
}

// Run prints the canonical hash of what the practices hold.
func (c *statehashCmd) Run(ctx context.Context, t *terminal) error {
	states := []backup.State{}
	err := c.eachPractice(ctx, func(d *db.DB) error {
		s, err := backup.Hash(ctx, d)
		if err == nil && (c.Tenant == "" || c.Tenant == s.Ref) {
			states = append(states, s)
		}
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return t.json(states)
	}
	for _, s := range states {
		t.say("%s  %s", s.Hash, s.Ref)
		if c.By != "table" {
			continue
		}
		for name, hash := range s.Tables {
			t.say("  %s  %s (%d rows)", hash, name, s.Rows[name])
		}
	}
	return nil
}

type fsckCmd struct {
	storage
	JSON bool `help:"Print JSON."`
}

// Run looks for what must never be.
func (c *fsckCmd) Run(ctx context.Context, t *terminal) error {
	problems := []backup.Problem{}
	err := c.eachPractice(ctx, func(d *db.DB) error {
		found, err := backup.Check(ctx, d)
		problems = append(problems, found...)
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		if err := t.json(problems); err != nil {
			return err
		}
	} else {
		for _, p := range problems {
			t.say("%s: %s %s: %s", p.Check, p.Table, p.Row, p.What)
		}
	}
	if len(problems) > 0 {
		return errFound
	}
	if !c.JSON {
		t.say("All is well.")
	}
	return nil
}

// eachPractice opens the database and calls fn with a handle for each practice.
func (s storage) eachPractice(ctx context.Context, fn func(d *db.DB) error) error {
	d, err := s.open(ctx, nil)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	all, err := practice.IDs(ctx, d)
	if err != nil {
		return err
	}
	for _, id := range all {
		if err := fn(d.For(string(id))); err != nil {
			return err
		}
	}
	return nil
}
