package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/backup"
	"attune/internal/db"
	"attune/internal/practice"

	"filippo.io/age"
)

type exportCmd struct {
	storage
	Practice string   `required:"" help:"Reference of the practice."`
	Out      string   `required:"" help:"New file, or with --plain a new folder."`
	To       []string `help:"Who can open it: age public keys (age1…) or files of them."`
	Plain    bool     `help:"Write it so that everyone who gets hold of it can read it."`
	JSON     bool     `help:"Print JSON."`
}

// Run writes everything that a practice holds.
func (c *exportCmd) Run(ctx context.Context, t *terminal) error {
	if c.Plain == (len(c.To) > 0) {
		return refuse("Say who can open the export with --to, or that everyone may with --plain.")
	}
	to, err := backup.Recipients(c.To)
	if err != nil {
		return err
	}
	d, err := c.open(ctx, nil)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	one, err := practiceOf(ctx, d, c.Practice)
	if err != nil {
		return err
	}
	m, err := backup.Export(ctx, one, c.Out, to)
	if err != nil {
		return err
	}
	if c.JSON {
		return t.json(m)
	}
	t.say("All that %s holds is in %s. What is where says docs/export.md.", m.Ref, c.Out)
	if c.Plain {
		t.say("It is NOT encrypted: whoever has it can read it.")
	}
	return nil
}

// practiceOf narrows the database to the practice of a reference.
func practiceOf(ctx context.Context, d *db.DB, ref string) (*db.DB, error) {
	var id string
	err := d.ForAll().Row(ctx, `SELECT practice_id FROM practice WHERE ref = $1`, ref).Scan(&id)
	if errors.Is(err, db.ErrNone) {
		return nil, refuse("There is no practice %q in this database.", ref)
	}
	return d.For(id), err
}

type importCmd struct {
	storage
	From     string   `arg:"" help:"The file of an export, or the folder of a plain one."`
	Identity []string `help:"Files with the age identity that opens it."`
	URL      string   `help:"Address that the owner's link begins with."`
	JSON     bool     `help:"Print JSON."`
}

// Run takes a practice in, and prints a link for its owner: sign-ins are not taken along.
func (c *importCmd) Run(ctx context.Context, t *terminal) error {
	var ids []age.Identity
	if len(c.Identity) > 0 {
		var err error
		if ids, err = backup.Identities(c.Identity); err != nil {
			return err
		}
	}
	d, err := c.open(ctx, nil)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	m, err := backup.Import(ctx, d, c.From, ids)
	if err != nil {
		return err
	}
	link, err := ownersLink(ctx, d.For(m.Practice), c.URL)
	if err != nil {
		return err
	}
	if c.JSON {
		return t.json(map[string]any{"practice": m.Ref, "statehash": m.Hash, "rows": m.Rows, "owner_link": link, "minutes": 60})
	}
	t.say("%s is here, the same as it was there (%s).", m.Ref, m.Hash)
	if link != "" {
		t.say("Within one hour its owner opens this link once, and invites the others again:\n%s", link)
	}
	return nil
}

// ownersLink lets an owner in; it is empty where there is none.
func ownersLink(ctx context.Context, d *db.DB, base string) (string, error) {
	if base == "" {
		base = (&initCmd{}).base()
	}
	link := ""
	err := d.InTx(ctx, func(tx *db.DB) error {
		all, err := practice.Colleagues(ctx, tx)
		if err != nil {
			return err
		}
		for _, s := range all {
			if s.State == "disabled" || !slices.Contains(s.Roles, access.Owner) {
				continue
			}
			token, err := auth.FirstOwner(ctx, tx, string(s.ID), s.Email)
			link = strings.TrimSuffix(base, "/") + "/welcome/" + token.Text()
			return err
		}
		return nil
	})
	return link, err
}
