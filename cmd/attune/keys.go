package main

import (
	"context"
	"strings"

	"attune/internal/backup"
	"attune/internal/db"
	"attune/internal/seal"
)

type keysCmd struct {
	Rotate keysRotateCmd `cmd:"" help:"Give keys new versions. A run that was cut off goes on where it was."`
}

type keysRotateCmd struct {
	storage
	What string `arg:"" enum:"practice,clients,root" default:"practice" help:"practice: the practices' own keys, and everyone's wrapped anew; clients: a new key for every person and course, and all that is theirs sealed anew; root: another root key, while nothing serves."`
	To   string `help:"Where the new root key is, or is to be made: file:PATH or exec:COMMAND. Only for root."`
	JSON bool   `help:"Print JSON."`
}

// Run gives keys new versions.
func (c *keysRotateCmd) Run(ctx context.Context, t *terminal) error {
	if (c.What == "root") != (c.To != "") {
		return refuse("Name the new root key with --to, and only with root.")
	}
	if c.What == "root" {
		return c.root(ctx, t)
	}
	rotate := map[string]func(context.Context, *db.DB, func(int) error) (int, error){
		"practice": backup.RotatePractice, "clients": backup.RotateClients}[c.What]
	keys := 0
	err := c.eachPractice(ctx, func(d *db.DB) error {
		n, err := rotate(ctx, d, func(int) error { return ctx.Err() })
		keys += n
		return err
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return t.json(map[string]any{"what": c.What, "keys": keys})
	}
	t.say("%d keys of people and courses are renewed (%s).", keys, c.What)
	if c.What == "clients" {
		t.say("Make a backup now: an older one needs the file of keys that was made with it.")
	}
	return nil
}

// root changes the root key. Where that was done already, by a run that could not say so, it only says so.
func (c *keysRotateCmd) root(ctx context.Context, t *terminal) error {
	if path, ok := strings.CutPrefix(c.To, "file:"); ok {
		there, err := exists(path)
		if err != nil {
			return refusal{err.Error()}
		}
		if !there {
			if err := seal.MakeRoot(path); err != nil {
				return refusal{err.Error()}
			}
		}
	}
	after := c.storage
	after.Keys = c.To
	if err := after.keysApart(); err != nil {
		return err
	}
	root, err := seal.LoadRoot(c.To)
	if err != nil {
		return refusal{err.Error()}
	}
	if err := c.changeRoot(ctx, after, root); err != nil {
		return err
	}
	if c.JSON {
		return t.json(map[string]any{"what": "root", "keys_from": c.To})
	}
	t.say("The practices are under the new root key: from now on give --keys %s.", c.To)
	t.say("Backups from before need the old one: keep it until they are gone.")
	return nil
}

func (c *keysRotateCmd) changeRoot(ctx context.Context, after storage, root []byte) error {
	done, err := opensWith(ctx, after)
	if err != nil || done {
		return err
	}
	d, err := c.open(ctx, nil)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	if ok, err := backup.Opens(ctx, d); err != nil {
		return err
	} else if !ok {
		return refuse("Neither %s nor %s is the root key of this database.", c.Keys, c.To)
	}
	return backup.ChangeRoot(ctx, d, root)
}

// opensWith reports whether the root key of these settings is that of the database.
func opensWith(ctx context.Context, s storage) (bool, error) {
	d, err := s.open(ctx, nil)
	if err != nil {
		return false, err
	}
	defer d.Close() //nolint:errcheck // it was only read
	return backup.Opens(ctx, d)
}
