package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/web"
	"attune/internal/web/route"
)

// contractNumber is the number of the contract that this program keeps.
const contractNumber = 1

type versionCmd struct {
	JSON bool `help:"Print JSON."`
}

// Run prints what this program is made of.
func (c *versionCmd) Run(t *terminal) error {
	schema, err := db.Schema()
	if err != nil {
		return err
	}
	sqlite, err := db.SQLiteVersion()
	if err != nil {
		return err
	}
	about := map[string]any{"contract": contractNumber, "schema": schema, "sqlite": sqlite}
	if info, ok := debug.ReadBuildInfo(); ok {
		about["version"], about["go"] = info.Main.Version, info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				about["commit"] = s.Value
			}
		}
		var modules []string
		for _, m := range info.Deps {
			modules = append(modules, m.Path+" "+m.Version)
		}
		about["modules"] = modules
	}
	if c.JSON {
		return t.json(about)
	}
	t.say("Attune %v, contract %d, schema %v, %v, SQLite %v", about["version"], contractNumber, about["schema"], about["go"], about["sqlite"])
	return nil
}

type routesCmd struct {
	JSON bool `help:"Print JSON."`
}

// entry is a route as security.md 5.1 writes it.
type entry struct {
	Method      string         `json:"method"`
	Pattern     string         `json:"pattern"`
	Name        string         `json:"name"`
	Interface   string         `json:"interface"`
	Auth        route.Auth     `json:"auth"`
	MFA         string         `json:"mfa"`
	StepUp      bool           `json:"step_up"`
	CSRF        bool           `json:"csrf"`
	Mutates     bool           `json:"mutates"`
	Idempotency string         `json:"idempotency"`
	Objects     []entryObject  `json:"objects"`
	Fields      []entryField   `json:"fields"`
	Policy      access.Right   `json:"policy"`
	Classes     []access.Class `json:"classes"`
	Limits      map[string]any `json:"limits"`
	Cache       string         `json:"cache"`
	Success     []int          `json:"success"`
	Failure     []int          `json:"failure"`
}

type entryObject struct {
	In    string `json:"in"`
	Param string `json:"param"`
	Type  string `json:"type"`
}

type entryField struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Max  int    `json:"max"`
}

// Run prints the table from the same registry that serves requests.
func (c *routesCmd) Run(t *terminal) error {
	var all []entry
	for _, r := range web.Routes().Routes() {
		all = append(all, entryOf(r))
	}
	if c.JSON {
		return t.json(all)
	}
	for _, e := range all {
		t.say("%-5s %-50s %-12s %s", e.Method, e.Pattern, e.Auth, e.Policy)
	}
	return nil
}

func entryOf(r route.Route) entry {
	e := entry{Method: r.Method, Pattern: r.Pattern, Name: r.Name, Interface: "html", Auth: r.Auth, MFA: "if-enrolled",
		StepUp: r.StepUp, CSRF: r.Mutates(), Mutates: r.Mutates(), Idempotency: "none", Objects: []entryObject{}, Fields: []entryField{},
		Policy: r.Right, Classes: []access.Class{access.ClassOf(r.Right)}, Limits: map[string]any{"body": r.Body, "rate": r.Rate},
		Cache: "no-store", Success: r.Success, Failure: r.Failure}
	if r.Auth == route.None || r.Auth == route.Link {
		e.MFA = "none"
	}
	if r.Static {
		e.Cache = "public"
	}
	if r.Mutates() {
		e.Idempotency = "required"
	}
	for _, o := range r.Objects {
		e.Objects = append(e.Objects, entryObject{"path", o.Param, o.Type})
	}
	fields := r.Fields
	if !r.Mutates() {
		fields = r.Query
	}
	for _, f := range fields {
		limit := f.Max
		if limit == 0 {
			limit = 200
		}
		e.Fields = append(e.Fields, entryField{f.Name, "text", limit})
	}
	return e
}

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Hold the whole log against its tree and its checkpoints."`
}

type auditVerifyCmd struct {
	storage
	Checkpoint string `type:"existingfile" help:"A checkpoint kept in a second place, to notice a rollback."`
	JSON       bool   `help:"Print JSON."`
}

// Run verifies the log of every practice.
func (c *auditVerifyCmd) Run(ctx context.Context, t *terminal) error {
	d, err := c.open(ctx, nil)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	outside, err := c.outside()
	if err != nil {
		return err
	}
	all, err := practice.IDs(ctx, d)
	if err != nil {
		return err
	}
	found := false
	reports := []audit.Report{}
	for _, id := range all {
		point := outside
		if point != nil && point.Practice != string(id) {
			point = nil
		}
		r, err := audit.Verify(ctx, d.For(string(id)), point)
		if err != nil {
			return err
		}
		reports = append(reports, r)
		found = found || len(r.Findings) > 0
	}
	if c.JSON {
		if err := t.json(reports); err != nil {
			return err
		}
	} else {
		printReports(t, reports)
	}
	if found {
		return errFound
	}
	return nil
}

func (c *auditVerifyCmd) outside() (*audit.Checkpoint, error) {
	if c.Checkpoint == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.Checkpoint)
	if err != nil {
		return nil, refusal{err.Error()}
	}
	var point audit.Checkpoint
	if err := json.Unmarshal(text, &point); err != nil {
		return nil, refuse("%s is no checkpoint: %v", c.Checkpoint, err)
	}
	return &point, nil
}

func printReports(t *terminal, reports []audit.Report) {
	for _, r := range reports {
		words := "whole"
		if len(r.Findings) > 0 {
			var lines []string
			for _, f := range r.Findings {
				lines = append(lines, fmt.Sprintf("  entry %d: %s", f.Seq, f.What))
			}
			words = "not whole\n" + strings.Join(lines, "\n")
		}
		t.say("Practice %s: %d entries, %d not in the tree yet: %s", r.Practice, r.Leaves, r.Waiting, words)
	}
}

type migrateCmd struct {
	storage
	Plan bool `help:"Only say what would be done."`
	JSON bool `help:"Print JSON."`
}

// Run brings the schema up to date.
func (c *migrateCmd) Run(ctx context.Context, t *terminal) error {
	d, err := c.open(ctx, nil)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	before, err := d.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	newest, err := db.Schema()
	if err != nil {
		return err
	}
	if !c.Plan {
		if err := d.Migrate(ctx); err != nil {
			return err
		}
	}
	if c.JSON {
		return t.json(map[string]any{"from": before, "to": newest, "done": !c.Plan})
	}
	t.say("Schema %d, newest %d.", before, newest)
	return nil
}
