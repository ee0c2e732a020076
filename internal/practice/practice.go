// Package practice holds the practice itself: its people and roles, its
// clients and their courses of therapy, its policies and consents.
package practice

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

// ID names a practice. Every row belongs to one.
type ID string

// Practice is one practice with its policies.
type Practice struct {
	ID      ID
	Ref     string // short name in host names and file names: letters, digits, hyphens
	Zone    string // IANA name, such as America/Chicago
	Demo    bool
	Version int64 // grows with every change of the settings
	Settings
}

// Settings are what the owner decides. All of it is sealed at rest.
type Settings struct {
	Name      string
	ShortName string // the neutral name that mail is sent by
	Address   string
	Phone     string
	Email     string
	Hours     civil.Hours
	Closed    []string // ISO dates on which the practice is closed

	ReplyHours     int   // by when a person replies to a request, in working hours
	HoldHours      int   // how long offered times are held, in hours
	CutoffHours    int   // until when a client may change or cancel by themselves, in hours before the start
	SessionMinutes int   // length of a session, in minutes
	BufferMinutes  int   // pause after a session, in minutes
	Reminders      []int // minutes before an appointment at which it is called to mind

	Fees          string // Markdown, on the public site
	HowWeWork     string // Markdown, on the public site
	Privacy       string // Markdown, on the public site
	Minors        string // Markdown: where people under 18 can turn
	Crisis        string // Markdown; empty: the built-in crisis text
	CrisisPending *CrisisChange
	Headline      string
	Lead          string
	LeaveURL      string // where Leave quickly goes; a boring public page

	MailServer string // as mail.Open reads it: "smtp://HOST:PORT", "smtps://…" or "off"; empty: as the program was started
	MailUser   string
	MailSecret string
	MailFrom   string
}

// CrisisChange is a new crisis text that waits for a second person's word.
type CrisisChange struct {
	Text string
	By   string // staff id
	At   time.Time
}

// Location is the practice's time zone. A practice cannot be saved with an unknown one.
func (p Practice) Location() *time.Location {
	loc, err := time.LoadLocation(p.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Words is a moment in the practice's time: "Thursday, May 21 at 10:00 am".
func (p Practice) Words(at time.Time) string {
	date, clock := civil.Of(at, p.Location())
	return date.Words() + " at " + clock.Words()
}

// PhoneLink is the phone number as a phone dials it, such as +13125550142.
func (p Practice) PhoneLink() string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, p.Phone)
	if len(digits) == 10 {
		digits = "1" + digits
	}
	return "+" + digits
}

// OpenHours are the hours with the closed days in them.
func (p Practice) OpenHours() civil.Hours {
	hours := p.Hours
	hours.Closed = map[civil.Date]bool{}
	for _, text := range p.Closed {
		if date, err := civil.ParseDate(text); err == nil {
			hours.Closed[date] = true
		}
	}
	return hours
}

// ReplyDue is when a request received at the given moment is due for a reply.
func (p Practice) ReplyDue(received time.Time) time.Time {
	working := time.Duration(p.ReplyHours) * time.Hour
	if due, ok := p.OpenHours().Add(received, working, p.Location()); ok {
		return due
	}
	return received.Add(3 * working)
}

// Validate collects what is wrong with the settings, by form field.
func (p Practice) Validate() error {
	var faults fault.List
	if strings.TrimSpace(p.Name) == "" {
		faults.Add("name", "Enter the name of the practice.")
	}
	if strings.TrimSpace(p.ShortName) == "" {
		faults.Add("short_name", "Enter the short neutral name that mail is sent by.")
	}
	if _, err := civil.Zone(p.Zone); err != nil {
		faults.Add("zone", "Choose a time zone from the list.")
	}
	if strings.TrimSpace(p.Phone) == "" {
		faults.Add("phone", "Enter a phone number. It is shown on every page.")
	}
	if p.ReplyHours < 1 || p.ReplyHours > 80 {
		faults.Add("reply_hours", "Enter between 1 and 80 working hours.")
	}
	if p.HoldHours < 1 || p.HoldHours > 168 {
		faults.Add("hold_hours", "Enter between 1 and 168 hours.")
	}
	if p.CutoffHours < 0 || p.CutoffHours > 168 {
		faults.Add("cutoff_hours", "Enter between 0 and 168 hours.")
	}
	if p.SessionMinutes < 15 || p.SessionMinutes > 180 {
		faults.Add("session_minutes", "Enter between 15 and 180 minutes.")
	}
	if err := p.Hours.Validate(); err != nil {
		faults.Add("hours", "Check the open hours: each must end after it begins, and none may overlap.")
	}
	if !strings.HasPrefix(p.LeaveURL, "https://") {
		faults.Add("leave_url", "Enter an address that begins with https://.")
	}
	return faults.Err()
}

// Found makes a practice with its key and its default texts. It is the first
// thing that happens in an empty database, or when another practice moves in.
func Found(ctx context.Context, d *db.DB, p Practice, hosts ...string) error {
	if err := p.Validate(); err != nil {
		return err
	}
	return d.For(string(p.ID)).InTx(ctx, func(tx *db.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO practice (practice_id, ref, zone, state, demo, settings, version, created_at)
			VALUES ($1, $2, $3, 'active', $4, $5, 0, $6)`, p.ID, p.Ref, p.Zone, p.Demo, []byte{}, tx.Now())
		if err != nil {
			return fmt.Errorf("found practice %s: %w", p.ID, err)
		}
		if _, err := seal.Begin(ctx, tx); err != nil {
			return err
		}
		if err := save(ctx, tx, p); err != nil {
			return err
		}
		for _, host := range hosts {
			if err := addHost(ctx, tx, p.ID, host); err != nil {
				return err
			}
		}
		return beginTexts(ctx, tx)
	})
}

// Save keeps changed settings. The version must be the one that was read, so
// that two owners do not undo each other's work unseen. The crisis text stays as
// it is: it takes two people (ProposeCrisis, DecideCrisis).
func Save(ctx context.Context, tx *db.DB, by access.Actor, p Practice) error {
	if _, err := access.Within(by, access.WriteSettings, tx.Now()); err != nil {
		return err
	}
	if err := p.Validate(); err != nil {
		return err
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		kept, err := Read(ctx, tx)
		if err != nil {
			return err
		}
		if p.Crisis != kept.Crisis {
			return errTwoPeople
		}
		p.CrisisPending = kept.CrisisPending
		if err := save(ctx, tx, p); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Changed, audit.Subject{Right: access.WriteSettings, Type: "practice", ID: string(p.ID)})
	})
}

func save(ctx context.Context, tx *db.DB, p Practice) error {
	key, err := seal.Practice(ctx, tx)
	if err != nil {
		return err
	}
	settings, err := key.SealJSON(settingsPlace(p.ID), p.Settings)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
		UPDATE practice SET zone = $2, settings = $3, version = version + 1
		WHERE practice_id = $1 AND version = $4`, p.ID, p.Zone, settings, p.Version)
	if err != nil {
		return fmt.Errorf("save practice %s: %w", p.ID, err)
	}
	if n == 0 {
		return fault.Conflict("Someone else changed the settings meanwhile. Look at them again, then make your change.")
	}
	return nil
}

func settingsPlace(id ID) seal.Place {
	return seal.Place{Table: "practice", Row: string(id), Column: "settings"}
}

// Read is the practice that the handle is narrowed to.
func Read(ctx context.Context, tx *db.DB) (Practice, error) {
	var p Practice
	err := tx.View(ctx, func(tx *db.DB) error {
		var sealed []byte
		p = Practice{ID: ID(tx.PracticeID())}
		err := tx.Row(ctx, `SELECT ref, zone, demo, settings, version FROM practice WHERE practice_id = $1`, p.ID).
			Scan(&p.Ref, &p.Zone, &p.Demo, &sealed, &p.Version)
		if errors.Is(err, db.ErrNone) {
			return fault.NotFound()
		}
		if err != nil {
			return fmt.Errorf("read practice %s: %w", p.ID, err)
		}
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		return key.OpenJSON(settingsPlace(p.ID), sealed, &p.Settings)
	})
	return p, err
}

// ByHost finds the practice that answers under a host name (its port is
// ignored). With a single practice any loopback host is its host.
func ByHost(ctx context.Context, d *db.DB, hostport string) (ID, error) {
	host := hostName(hostport)
	var id ID
	err := d.ForAll().View(ctx, func(tx *db.DB) error {
		err := tx.Row(ctx, `SELECT practice_id FROM practice_host WHERE host = $1`, host).Scan(&id)
		if !errors.Is(err, db.ErrNone) {
			return err
		}
		if !loopback(host) {
			return fault.NotFound()
		}
		all, err := IDs(ctx, tx)
		if err != nil {
			return err
		}
		if len(all) != 1 {
			return fault.NotFound()
		}
		id = all[0]
		return nil
	})
	return id, err
}

// IDs lists all practices of this installation.
func IDs(ctx context.Context, d *db.DB) ([]ID, error) {
	var all []ID
	err := d.ForAll().View(ctx, func(tx *db.DB) error {
		all = nil
		return tx.Each(ctx, `SELECT practice_id FROM practice ORDER BY practice_id`, nil, func(scan func(...any) error) error {
			var id ID
			if err := scan(&id); err != nil {
				return err
			}
			all = append(all, id)
			return nil
		})
	})
	return all, err
}

// Hosts lists the host names of the practice.
func Hosts(ctx context.Context, tx *db.DB, by access.Actor) ([]string, error) {
	if _, err := access.Within(by, access.ReadSettings, tx.Now()); err != nil {
		return nil, err
	}
	var hosts []string
	err := tx.View(ctx, func(tx *db.DB) error {
		hosts = nil
		return tx.Each(ctx, `SELECT host FROM practice_host WHERE practice_id = $1 ORDER BY host`, []any{by.PracticeID},
			func(scan func(...any) error) error {
				var host string
				if err := scan(&host); err != nil {
					return err
				}
				hosts = append(hosts, host)
				return nil
			})
	})
	return hosts, err
}

// AddHost lets the practice answer under one more host name.
func AddHost(ctx context.Context, tx *db.DB, by access.Actor, host string) error {
	if _, err := access.Within(by, access.WriteSettings, tx.Now()); err != nil {
		return err
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		if err := addHost(ctx, tx, ID(by.PracticeID), host); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Changed, audit.Subject{Right: access.WriteSettings, Type: "host", ID: host})
	})
}

// DropHost takes a host name away, but not the one that is in use while it is asked for.
func DropHost(ctx context.Context, tx *db.DB, by access.Actor, host, inUse string) error {
	if _, err := access.Within(by, access.WriteSettings, tx.Now()); err != nil {
		return err
	}
	if host == hostName(inUse) {
		return fault.Conflict("You are using this host name right now. Open the site by another one first.")
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		n, err := tx.Exec(ctx, `DELETE FROM practice_host WHERE practice_id = $1 AND host = $2`, by.PracticeID, host)
		if err != nil {
			return fmt.Errorf("drop host: %w", err)
		}
		if n == 0 {
			return fault.NotFound()
		}
		return audit.Record(ctx, tx, by, audit.Changed, audit.Subject{Right: access.WriteSettings, Type: "host", ID: host})
	})
}

func addHost(ctx context.Context, tx *db.DB, id ID, host string) error {
	typed := host
	host = hostName(host)
	if host == "" || strings.ContainsAny(typed, " /@?#") {
		return fault.Invalid("host", "Enter a host name such as www.example.org, without https:// and without a path.")
	}
	_, err := tx.Exec(ctx, `INSERT INTO practice_host (host, practice_id) VALUES ($1, $2)`, host, id)
	if errors.Is(err, db.ErrDuplicate) {
		return fault.Conflict("That host name is already in use.")
	}
	if err != nil {
		return fmt.Errorf("add host: %w", err)
	}
	return nil
}

func hostName(hostport string) string {
	host := hostport
	if name, _, err := net.SplitHostPort(hostport); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
