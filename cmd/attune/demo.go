package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/world"
)

type demoCmd struct {
	Data   string `default:"attune-demo" type:"path" help:"Folder of the demonstration: its database, key and mail." env:"ATTUNE_DATA"`
	Listen string `default:"127.0.0.1:8080" help:"Address to listen on, on this machine; port 0 takes a free one." env:"ATTUNE_LISTEN"`
	Fresh  bool   `help:"Throw away what was done, and make the practice anew."`
	Seed   uint64 `default:"1" help:"Another seed makes another practice."`
	JSON   bool   `help:"Print JSON."`
}

// made is what is kept beside the demonstration: once it is there, the practice is whole.
type made struct {
	Seed   uint64        `json:"seed"`
	At     time.Time     `json:"at"`
	Logins []world.Login `json:"logins"`
}

// Run makes the demonstration practice where there is none, and serves it.
func (c *demoCmd) Run(ctx context.Context, t *terminal) error {
	l := listening{Listen: c.Listen, TLS: "off", Mail: "sink:" + c.path("mail"), Rate: 1, JSON: c.JSON}
	if err := l.check(); err != nil {
		return err
	}
	m, err := c.prepare(ctx, t)
	if err != nil {
		return err
	}
	d, err := c.storage().open(ctx, nil)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	if all, err := practice.IDs(ctx, d); err != nil {
		return err
	} else if len(all) != 1 {
		return refuse("%s holds no demonstration practice. Make it anew with: attune demo --fresh", c.Data)
	}
	return serve(ctx, d, l, logger(t, true), func(addr string) error { return c.welcome(t, m, addr) })
}

func (c *demoCmd) path(parts ...string) string {
	return filepath.Join(append([]string{c.Data}, parts...)...)
}

func (c *demoCmd) storage() storage {
	return storage{DB: "sqlite:" + c.path("data", "attune.db"), Keys: "file:" + c.path("keys", "root.key")}
}

// prepare is what was made before, or is made now. A practice that was only half made is thrown away.
func (c *demoCmd) prepare(ctx context.Context, t *terminal) (made, error) {
	var m made
	text, err := os.ReadFile(c.path("demo.json"))
	if err == nil && !c.Fresh {
		if err := json.Unmarshal(text, &m); err != nil {
			return m, refuse("%s cannot be read: %v. Make the demonstration anew with --fresh.", c.path("demo.json"), err)
		}
		return m, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, refusal{err.Error()}
	}
	for _, part := range []string{"demo.json", "data", "keys", "mail"} {
		if err := os.RemoveAll(c.path(part)); err != nil {
			return m, refusal{err.Error()}
		}
	}
	for _, folder := range []string{"data", "mail"} {
		if err := os.MkdirAll(c.path(folder), 0o700); err != nil {
			return m, refusal{err.Error()}
		}
	}
	if m, err = c.make(ctx, t); err != nil {
		return m, err
	}
	return m, c.keep(m)
}

// make makes the practice, as if it had been there for fourteen months.
func (c *demoCmd) make(ctx context.Context, t *terminal) (made, error) {
	if err := c.storage().makeKey(); err != nil {
		return made{}, err
	}
	m := made{Seed: c.Seed, At: time.Now().UTC().Truncate(time.Second)}
	clock, source := world.NewClock(m.At), world.NewSource(c.Seed)
	d, err := c.storage().openWith(ctx, db.Options{Clock: clock, Rand: source})
	if err != nil {
		return m, err
	}
	if err := d.Migrate(ctx); err != nil {
		return m, errors.Join(err, d.Close())
	}
	progress := progressOn(t)
	demonstration, err := world.MakeDemonstration(ctx, d, clock, source, world.Options{Now: m.At, Progress: progress.show})
	progress.end()
	m.Logins = demonstration.Logins
	return m, errors.Join(err, d.Close())
}

// keep writes what was made in one step, after all else is on the disk.
func (c *demoCmd) keep(m made) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	half := c.path("demo.json.new")
	if err := os.WriteFile(half, text, 0o600); err != nil {
		return refusal{err.Error()}
	}
	if err := os.Rename(half, c.path("demo.json")); err != nil {
		return refusal{err.Error()}
	}
	return nil
}

// welcome tells how to get in.
func (c *demoCmd) welcome(t *terminal, m made, addr string) error {
	if c.JSON {
		return t.json(map[string]any{"ready": true, "addr": addr, "logins": m.Logins})
	}
	port := addr[strings.LastIndex(addr, ":"):]
	t.say("\nA demonstration practice with invented people answers on http://alder.localhost%s (or http://%s)\n", port, addr)
	t.say("%-12s  %-34s  %-40s  %s", "Sign in as", "e-mail address", "password", "code just now")
	for _, l := range m.Logins {
		code := "none needed"
		if l.TOTP != "" {
			now, err := world.Code(l.TOTP, time.Now())
			if err != nil {
				return err
			}
			code = now[:3] + " " + now[3:]
		}
		t.say("%-12s  %-34s  %-40s  %s", l.Role, l.Login, l.Password, code)
	}
	t.say("\nA code is good for half a minute, and once. For the next one:")
	for _, l := range m.Logins {
		if l.TOTP != "" {
			t.say("  attune totp %s   # %s", l.TOTP, l.Role)
		}
	}
	t.say("\nMail is not sent; it lies in %s", c.path("mail"))
	if days := int(time.Since(m.At) / (24 * time.Hour)); days > 0 {
		t.say("It was made %d day(s) ago, so today is emptier than it was. A new one: attune demo --fresh", days)
	}
	t.say("Stop with Ctrl-C. Starting again keeps what was done.")
	return nil
}

// progress shows on a terminal how far something has come.
type progress struct {
	t    *terminal
	live bool // somebody is looking
}

func progressOn(t *terminal) progress {
	file, ok := t.errs.(*os.File)
	if !ok {
		return progress{t: t}
	}
	info, err := file.Stat()
	return progress{t, err == nil && info.Mode()&os.ModeCharDevice != 0}
}

const progressWidth = 30

func (p progress) show(percent int) {
	if !p.live {
		return
	}
	full := percent * progressWidth / 100
	_, _ = fmt.Fprintf(p.t.errs, "\rseeding %3d %% [%s%s]", percent, strings.Repeat("#", full), strings.Repeat(".", progressWidth-full))
}

// end leaves the line.
func (p progress) end() {
	if p.live {
		_, _ = fmt.Fprint(p.t.errs, "\r"+strings.Repeat(" ", progressWidth+16)+"\r")
	}
}

type totpCmd struct {
	Secret string `arg:"" help:"Secret of an authenticator app, in base32."`
	JSON   bool   `help:"Print JSON."`
}

// Run prints the code that an app with the secret shows now.
func (c *totpCmd) Run(t *terminal) error {
	now := time.Now()
	code, err := world.Code(c.Secret, now)
	if err != nil {
		return refusal{err.Error()}
	}
	left := 30 - now.Unix()%30
	if c.JSON {
		return t.json(map[string]any{"code": code, "seconds": left})
	}
	t.say("%s %s (for %d more seconds)", code[:3], code[3:], left)
	return nil
}
