package main

import (
	"context"
	"encoding/json"
	"os"
	"time"

	"attune/internal/backup"
)

type shredCmd struct {
	storage
	Client      string `arg:"" help:"Id of the client, or of an inquiry that never became one: the end of the address of their page."`
	Dir         string `name:"backup-dir" help:"Folder of backups, whose list of the forgotten has the client at once." env:"ATTUNE_BACKUP_DIR"`
	Certificate string `help:"New file for the certificate."`
	JSON        bool   `help:"Print JSON."`
}

// Run forgets a client for good.
func (c *shredCmd) Run(ctx context.Context, t *terminal) error {
	d, err := c.open(ctx, nil)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	done, err := backup.Shred(ctx, d, c.Client, c.Dir)
	if err != nil {
		return err
	}
	if c.Certificate != "" {
		text, err := json.MarshalIndent(done, "", "  ")
		if err == nil {
			err = os.WriteFile(c.Certificate, append(text, '\n'), 0o600)
		}
		if err != nil {
			return err
		}
	}
	if c.JSON {
		return t.json(done)
	}
	t.say("Client %s is forgotten: %d keys are destroyed, and what they opened is removed.", done.Client, len(done.Keys))
	t.say("No backup made here can bring it back after %s. Until then keep forgotten.txt with the backups.", done.Beyond.Format(time.DateOnly))
	return nil
}
