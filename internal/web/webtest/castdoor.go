package webtest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
)

// Serve answers at an address of its own until the test ends, and returns its port; a practice's host is
// NAME.localhost there.
func (c *Cast) Serve() (port string) {
	server := httptest.NewServer(c.Handler)
	c.t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	c.must("find the port", err)
	return port
}

// Ask sends a request to the door of the person's own practice, as that person. A form makes it a POST.
func (c *Cast) Ask(p *Person, method, path string, form url.Values) *httptest.ResponseRecorder {
	return c.AskAt(p.Practice+".example", p, method, path, form)
}

// AskAt is Ask at a host of one's choice.
func (c *Cast) AskAt(host string, p *Person, method, path string, form url.Values) *httptest.ResponseRecorder {
	var body string
	if form != nil {
		body = form.Encode()
	}
	r := httptest.NewRequest(method, "http://"+host+path, strings.NewReader(body)).WithContext(c.t.Context())
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if p.Task == "" && p.Token != "" {
		r.AddCookie(&http.Cookie{Name: auth.CookieName(false), Value: p.Token})
	}
	w := httptest.NewRecorder()
	c.Handler.ServeHTTP(w, r)
	return w
}

// Bearer reports whether the person comes by a link.
func (p *Person) Bearer() bool { return p.Task != "" }

// Is reports whether the person is who holds the role.
func (p *Person) Is(role access.Role) bool { return slices.Contains(p.Roles, role) }

// Form is what a form holds that is sent to action, on a page that the person sees; nothing where there is none.
func (c *Cast) Form(p *Person, page, action string) url.Values {
	c.t.Helper()
	answer := c.Ask(p, http.MethodGet, page, nil)
	tree, err := html.Parse(answer.Body)
	c.must("read "+page, err)
	shown := &Page{t: c.t, Status: answer.Code, Path: page, tree: tree}
	if !shown.Has(`form[action="` + action + `"]`) {
		return url.Values{}
	}
	return shown.Form(action)
}

var drawn = regexp.MustCompile(`value="[0-9A-Z]{26}"|name="stamp" value="[^"]*"`)

// Same is what an answer looks like without what is drawn anew each time, and with id in place of each of the given ids.
func Same(body, id string, ids ...string) string {
	for _, one := range ids {
		body = strings.ReplaceAll(body, url.PathEscape(one), id)
		body = strings.ReplaceAll(body, one, id)
	}
	return drawn.ReplaceAllString(body, "")
}

// volatile are the tables that a refused request may write to, or that are only about signing in.
var volatile = []string{"audit_leaf", "audit_hash", "audit_checkpoint", "throttle", "idempotency", "job", "sign_in", "passkey_challenge", "migration", "schema_version"}

// State is a hash of what is in each table, but for those that a refusal may write to.
func (c *Cast) State() map[string]string {
	c.t.Helper()
	state := map[string]string{}
	for table, columns := range c.tables() {
		if slices.Contains(volatile, table) {
			continue
		}
		rows := c.rows(table, columns)
		slices.Sort(rows)
		sum := sha256.Sum256([]byte(strings.Join(rows, "\n")))
		state[table] = hex.EncodeToString(sum[:8])
	}
	return state
}

// Dump is every row of every table as text, as whoever stole the database would read it.
func (c *Cast) Dump() string {
	c.t.Helper()
	var all strings.Builder
	for table, columns := range c.tables() {
		for _, row := range c.rows(table, columns) {
			fmt.Fprintf(&all, "%s %s\n", table, row)
		}
	}
	return all.String()
}

// tables lists the columns of each table.
func (c *Cast) tables() map[string][]string {
	c.t.Helper()
	query := `SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'`
	if c.All.Dialect() == "postgres" {
		query = `SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public' ORDER BY ordinal_position`
	}
	all := map[string][]string{}
	c.must("list the tables", c.All.View(c.t.Context(), func(tx *db.DB) error {
		clear(all)
		return tx.Each(c.t.Context(), query, nil, func(scan func(...any) error) error {
			var table, column string
			err := scan(&table, &column)
			all[table] = append(all[table], column)
			return err
		})
	}))
	return all
}

func (c *Cast) rows(table string, columns []string) []string {
	c.t.Helper()
	var rows []string
	c.must("read "+table, c.All.View(c.t.Context(), func(tx *db.DB) error {
		rows = nil
		return tx.Each(c.t.Context(), `SELECT `+strings.Join(columns, ", ")+` FROM `+table, nil, func(scan func(...any) error) error {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := scan(into...); err != nil {
				return err
			}
			rows = append(rows, fmt.Sprintf("%s", values))
			return nil
		})
	}))
	return rows
}
