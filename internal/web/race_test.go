package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/seal"
	"attune/internal/web/route"
	"attune/internal/web/webtest"
)

// racers are those who want one time at once: clients by their links, and the therapist at an overlapping time.
const racers, ofTherapist = 64, 4

// slotRace is a house with a therapist whose open times everyone wants.
type slotRace struct {
	*webtest.House
	t      *testing.T
	client *http.Client
	links  []string // "/time/TOKEN"
	theo   *webtest.Browser
	course practice.CourseID
	room   schedule.PlaceID
}

func newSlotRace(t *testing.T) *slotRace {
	t.Helper()
	h := &slotRace{House: webtest.New(t), t: t, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: racers},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	h.Clock.Set(time.Date(2027, time.January, 11, 15, 0, 0, 0, time.UTC))
	theo := h.Therapist("theo", "Theo Lindqvist")
	owner := h.Actor(h.Staff("olga", "Olga Brandt", access.Owner))
	var err error
	h.room, err = schedule.KeepPlace(t.Context(), h.DB, owner, schedule.Place{Kind: "video", Active: true, Way: schedule.Way{Name: "Video"}})
	h.must(err)
	for day := range 7 {
		_, err := schedule.AddRule(t.Context(), h.DB, owner, theo.ID, schedule.Rule{Weekday: time.Weekday(day), From: civil.Clock(8, 0), To: civil.Clock(18, 0), Mode: schedule.Bookable, Place: h.room})
		h.must(err)
	}
	far := h.Clock.Now().AddDate(0, 0, 60)
	for i := range racers - ofTherapist {
		h.links = append(h.links, h.enrol(i, far.Add(time.Duration(i)*time.Hour)))
	}
	h.theo = h.SignIn(auth.Staff, "theo", "theo@birch.example")
	return h
}

func (h *slotRace) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// enrol adds a client with an appointment far ahead, and returns their link to it.
func (h *slotRace) enrol(n int, at time.Time) string {
	h.t.Helper()
	program, name := access.OfProgram("house"), fmt.Sprintf("client-%d", n)
	var a schedule.Appointment
	h.must(h.DB.InTx(h.Context(), func(tx *db.DB) error {
		key := seal.OwnerID("key-" + name)
		if _, err := seal.NewOwner(h.Context(), tx, seal.Person, key); err != nil {
			return err
		}
		err := practice.AddClient(h.Context(), tx, program, practice.Client{ID: practice.ClientID(name), KeyID: key, About: practice.About{Name: name, Phone: "312-555-0177"}})
		if err != nil {
			return err
		}
		h.course = practice.CourseID("course-" + name)
		err = practice.BeginCourse(h.Context(), tx, program, practice.Course{ID: h.course, KeyID: seal.OwnerID("key-course-" + name), TherapistID: "theo",
			Modality: "individual", ClientIDs: []practice.ClientID{practice.ClientID(name)}})
		if err != nil {
			return err
		}
		a, err = schedule.Book(h.Context(), tx, program, access.ReadTimes, h.course,
			schedule.Stretch{PlaceID: h.room, Interval: schedule.Interval{Start: at, End: at.Add(50 * time.Minute)}})
		return err
	}))
	return h.Link(access.TaskAppointment, "/time/", name, string(a.ID))
}

// openTimes are the times that a client's page offers, as its form sends them.
func (h *slotRace) openTimes() []string {
	h.t.Helper()
	var all []string
	for _, n := range h.Browser().Get(h.links[0] + "/change").Find(`input[name=time]:not([disabled])`) {
		for _, a := range n.Attr {
			if a.Key == "value" {
				all = append(all, a.Val)
			}
		}
	}
	return all
}

// send sends a form as a person with or without a cookie, and returns the status.
func (h *slotRace) send(path string, form url.Values, cookies []*http.Cookie) int {
	form.Set(route.IdempotencyField, webtest.NewKey())
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	answer, err := h.client.Do(r)
	if err != nil {
		return 0
	}
	defer answer.Body.Close() //nolint:errcheck // it was read
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}

// round has everyone want one time at once, and returns how many were answered how.
func (h *slotRace) round(value string, start time.Time) map[int]int {
	wall := start.Add(10 * time.Minute).In(h.Practice().Location()) // overlapping
	begin := make(chan struct{})
	statuses := make(chan int, racers)
	var all sync.WaitGroup
	for i := range racers {
		all.Go(func() {
			<-begin
			if i < len(h.links) {
				statuses <- h.send(h.links[i]+"/change", url.Values{"time": {value}}, nil)
				return
			}
			statuses <- h.send("/calendar/new", url.Values{"course": {string(h.course)}, "day": {wall.Format("2006-01-02")}, "time": {wall.Format("15:04")},
				"length": {"50"}, "place": {string(h.room)}, "repeat": {"0"}}, h.theo.Cookies())
		})
	}
	close(begin)
	all.Wait()
	close(statuses)
	count := map[int]int{}
	for status := range statuses {
		count[status]++
	}
	return count
}

// judge tells what is wrong with a round: its answers, and how many have the time after it.
func judge(count map[int]int, taken int) string {
	refused := count[http.StatusConflict] + count[http.StatusUnprocessableEntity]
	switch {
	case count[http.StatusSeeOther] != 1 || refused != racers-1:
		return fmt.Sprintf("answers %v, want one %d and for the others a refusal", count, http.StatusSeeOther)
	case taken != 1:
		return fmt.Sprintf("%d have the time, want 1", taken)
	}
	return ""
}

func TestSlotRaceCatches(t *testing.T) {
	tests := []struct {
		name  string
		count map[int]int
		taken int
		wrong bool
	}{
		{"one winner", map[int]int{303: 1, 409: 60, 422: 3}, 1, false},
		{"two are told that they have it", map[int]int{303: 2, 409: 62}, 1, true},
		{"nobody", map[int]int{409: 64}, 0, true},
		{"a failure among them", map[int]int{303: 1, 409: 62, 500: 1}, 1, true},
		{"no answer among them", map[int]int{303: 1, 409: 62, 0: 1}, 1, true},
		{"two have it", map[int]int{303: 1, 409: 63}, 2, true},
	}
	for _, test := range tests {
		if got := judge(test.count, test.taken); (got != "") != test.wrong {
			t.Errorf("%s: judged %q, want a fault: %t", test.name, got, test.wrong)
		}
	}
}

// TestSlotRace is T-10 through the door: a hundred times over, 64 people want one time at once. One gets it, the others
// are told so.
func TestSlotRace(t *testing.T) {
	h := newSlotRace(t)
	rounds := 100
	if testing.Short() {
		rounds = 3
	}
	began := time.Now()
	for n := range rounds {
		open := h.openTimes()
		if len(open) == 0 {
			t.Fatalf("round %d: no time is open any more", n)
		}
		value := open[(n*7)%len(open)]
		start := slotStart(t, value)
		count := h.round(value, start)
		var taken int
		h.must(h.DB.Row(t.Context(), `SELECT COUNT(*) FROM claim WHERE practice_id = 'house' AND resource_id = 'theo' AND start_at < $1 AND end_at > $2`,
			start.Add(50*time.Minute), start.Add(10*time.Minute)).Scan(&taken))
		if wrong := judge(count, taken); wrong != "" {
			t.Errorf("round %d: %s", n, wrong)
		}
	}
	t.Logf("%d rounds of %d in %s", rounds, racers, time.Since(began).Round(time.Second))
}

// slotStart reads the moment that a form's time names.
func slotStart(t *testing.T, value string) time.Time {
	t.Helper()
	seconds, _, _ := strings.Cut(value, " ")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return time.Unix(unix, 0).UTC()
}
