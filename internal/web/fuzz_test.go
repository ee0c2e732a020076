package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"attune/internal/auth"
	"attune/internal/web"
	"attune/internal/web/route"
	"attune/internal/web/webtest"
)

// FuzzDoor sends anything at all to the door, as several people: nothing fails, and every answer has its headers.
func FuzzDoor(f *testing.F) {
	c := webtest.Gather(f, nil)
	people := []*webtest.Person{c.Person("north anyone"), c.Person("north rosa"), c.Person("north theo"), c.Person("north cora"), c.Person("north olga")}
	for i, r := range web.Routes().Routes() {
		form := url.Values{route.IdempotencyField: {"01J8Z3K4M5N6P7Q8R9S0T1V2W3"}}
		for _, field := range r.Fields {
			form.Set(strings.TrimSuffix(field.Name, "*"), "2027-01-20")
		}
		f.Add(uint8(i), r.Method == http.MethodPost, "north.example", r.Pattern, "said=saved&day=2027-01-20&of=x", "application/x-www-form-urlencoded", form.Encode(), "prefs=theme.dark-discreet.on")
	}
	f.Add(uint8(1), true, "NORTH.example:8080", "/me", "", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nRosa\r\n--x--\r\n", "sign-in=x")
	f.Add(uint8(2), false, "[::1]:99", "/week", "day=9999-99-99&of=%00", "", "", "prefs=\"\x7f")
	f.Add(uint8(3), false, "north.example", "/inquiries/x/offer", "time=a.b.c&time=theo..99999999999999999999", "", "", "")
	f.Add(uint8(4), true, "xn--.example", "/practice/settings/hours", "", "text/plain", "hours_mon=9:00 to 5", "")
	f.Fuzz(func(t *testing.T, who uint8, post bool, host, path, query, kind, body, cookie string) {
		p := people[int(who)%len(people)]
		r := httptest.NewRequest(http.MethodGet, "http://north.example/", strings.NewReader(body)).WithContext(t.Context())
		if post {
			r.Method = http.MethodPost
		}
		// A server hands on no path that does not begin so, and no header with such signs.
		r.Host, r.URL.Path, r.URL.RawQuery = host, "/"+strings.TrimLeft(path, "/"), query
		r.RequestURI = r.URL.RequestURI()
		for name, value := range map[string]string{"Content-Type": kind, "Cookie": cookie} {
			if !strings.ContainsAny(value, "\r\n\x00") {
				r.Header.Set(name, value)
			}
		}
		if p.Token != "" {
			r.AddCookie(&http.Cookie{Name: auth.CookieName(false), Value: p.Token})
		}
		w := httptest.NewRecorder()
		c.Handler.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Errorf("%s %s at %s answers %d:\n%s", r.Method, r.RequestURI, host, w.Code, lastLine(c.Log.String()))
		}
		headersOf(t, r.Method+" "+r.RequestURI, false, w)
	})
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
