package main

import (
	"context"
	"regexp"
	"strings"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/practice/texts"
)

type initCmd struct {
	storage
	Name  string   `required:"" help:"Name of the practice."`
	Short string   `required:"" help:"Short neutral name that mail is sent by; it says nothing of therapy."`
	Phone string   `required:"" help:"Phone number, shown on every page."`
	Zone  string   `default:"America/Chicago" help:"Time zone."`
	Host  []string `help:"Host name that the practice answers under; may be given several times."`
	Owner string   `required:"" help:"Name of the owner."`
	Email string   `required:"" help:"E-mail address of the owner."`
	URL   string   `help:"Address that the owner's link begins with; without it, https:// and the first host, or http://127.0.0.1:8080."`
	JSON  bool     `help:"Print JSON."`
}

var notRef = regexp.MustCompile(`[^a-z0-9]+`)

// Run makes the key where there is none, the schema, the practice and its owner.
func (c *initCmd) Run(ctx context.Context, t *terminal) error {
	if err := c.makeKey(); err != nil {
		return err
	}
	d, err := c.open(ctx, nil)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	token, err := c.found(ctx, d)
	if err != nil {
		return err
	}
	link := c.base() + "/welcome/" + token.Text()
	if c.JSON {
		return t.json(map[string]any{"practice": c.ref(), "owner_link": link, "minutes": 60})
	}
	t.say("%s is ready. Keep a copy of the root key (%s) in a safe place: without it nothing can be read.", c.Name, c.Keys)
	t.say("Start it with: attune serve")
	t.say("Then, within one hour, %s opens this link once:\n%s", c.Owner, link)
	return nil
}

func (c *initCmd) found(ctx context.Context, d *db.DB) (auth.Token, error) {
	var token auth.Token
	settings, err := firstSettings()
	if err != nil {
		return token, err
	}
	settings.Name, settings.ShortName, settings.Phone, settings.Email = c.Name, c.Short, c.Phone, c.Email
	p := practice.Practice{ID: practice.ID(d.NewID()), Ref: c.ref(), Zone: c.Zone, Settings: settings}
	owner := practice.Staff{ID: practice.StaffID(d.NewID()), Roles: []access.Role{access.Owner}, State: "invited", Duty: true,
		Person: practice.Person{Name: c.Owner, Email: c.Email}}
	err = d.For(string(p.ID)).InTx(ctx, func(tx *db.DB) error {
		if err := practice.Found(ctx, tx, p, c.Host...); err != nil {
			return err
		}
		if err := practice.AddStaff(ctx, tx, owner); err != nil {
			return err
		}
		token, err = auth.FirstOwner(ctx, tx, string(owner.ID), c.Email)
		return err
	})
	return token, err
}

func (c *initCmd) ref() string {
	return strings.Trim(notRef.ReplaceAllString(strings.ToLower(c.Short), "-"), "-")
}

func (c *initCmd) base() string {
	switch {
	case c.URL != "":
		return strings.TrimSuffix(c.URL, "/")
	case len(c.Host) > 0:
		return "https://" + c.Host[0]
	}
	return "http://127.0.0.1:8080"
}

// firstSettings are what a new practice begins with; its owner changes them.
func firstSettings() (practice.Settings, error) {
	s := practice.Settings{ReplyHours: 9, HoldHours: 48, CutoffHours: 24, SessionMinutes: 50, BufferMinutes: 10,
		Reminders: []int{2 * 24 * 60, 2 * 60}, LeaveURL: "https://www.weather.gov/"}
	for day := 1; day <= 5; day++ {
		s.Hours.Week[day] = []civil.Span{{From: civil.Clock(9, 0), To: civil.Clock(18, 0)}}
	}
	home, err := texts.FirstPage()
	if err != nil {
		return s, err
	}
	s.Headline, s.Lead = home.Headline, home.Lead
	for name, into := range map[texts.PageName]*string{texts.HowWeWork: &s.HowWeWork, texts.Privacy: &s.Privacy,
		texts.Fees: &s.Fees, texts.Minors: &s.Minors} {
		page, err := texts.Read(name)
		if err != nil {
			return s, err
		}
		*into = page.Body
	}
	return s, nil
}
