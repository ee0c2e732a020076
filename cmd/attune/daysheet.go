package main

import (
	"context"
	"errors"
	"os"

	"attune/internal/backup"
	"attune/internal/civil"
	"attune/internal/db"
)

type daysheetCmd struct {
	storage
	Practice string `required:"" help:"Reference of the practice."`
	Day      string `help:"Day, such as 2027-01-12; without it, tomorrow."`
	Out      string `required:"" help:"New file for the page."`
	JSON     bool   `help:"Print JSON."`
}

// Run writes one day as a page to print.
func (c *daysheetCmd) Run(ctx context.Context, t *terminal) error {
	d, err := c.open(ctx, nil)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	one, err := practiceOf(ctx, d, c.Practice)
	if err != nil {
		return err
	}
	day, err := c.day(ctx, one)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return refuse("The page cannot be written: %v.", err)
	}
	n, err := backup.DaySheet(ctx, one, day, file)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(c.Out))
	}
	if c.JSON {
		return t.json(map[string]any{"day": day.String(), "hours": n, "file": c.Out})
	}
	t.say("%d hours on %s are in %s. Print it, and delete the file.", n, day, c.Out)
	return nil
}

func (c *daysheetCmd) day(ctx context.Context, d *db.DB) (day civil.Date, err error) {
	if c.Day != "" {
		if day, err = civil.ParseDate(c.Day); err != nil {
			return day, refuse("The day %q cannot be read: write it like 2027-01-12.", c.Day)
		}
		return day, nil
	}
	err = d.View(ctx, func(tx *db.DB) (err error) { day, err = backup.Tomorrow(ctx, tx); return err })
	return day, err
}
