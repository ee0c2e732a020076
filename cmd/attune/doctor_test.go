package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"attune/internal/backup"
	"attune/internal/db"
)

func TestDoctor(t *testing.T) {
	founded(t)
	sick := func(what string, args ...string) {
		t.Helper()
		if out := must(t, exitFound, append([]string{"doctor"}, args...)...); !strings.Contains(out, what) {
			t.Errorf("got %q, want it to say %q", out, what)
		}
	}
	sick("never been a backup")
	records := strings.TrimSpace(must(t, exitDone, "backup", "identity", "--out", "records.id"))
	keys := strings.TrimSpace(must(t, exitDone, "backup", "identity", "--out", "keys.id"))
	must(t, exitDone, "backup", "create", "--backup-dir", "b", "--backup-to", records, "--backup-keys-to", keys)
	if out := must(t, exitDone, "doctor", "--backup-dir", "b"); !strings.Contains(out, "Nothing is wrong") {
		t.Errorf("got %q", out)
	}
	sick("cannot be used", "--keys", "file:missing.key")
	sick("There is no database", "--db", "sqlite:missing/attune.db")
	sick("does not answer", "--mail", "smtp://127.0.0.1:1")
	must(t, exitRefused, "backup", "create", "--backup-dir", "b", "--backup-to", "records.id", "--backup-keys-to", keys)
	if err := os.Chmod("attune-data", 0o755); err != nil {
		t.Fatal(err)
	}
	sick("Others can read attune-data")
}

func TestDiagnose(t *testing.T) {
	now := time.Date(2027, 1, 11, 9, 0, 0, 0, time.UTC)
	well := backup.Health{Practices: 1, Backup: now.Add(-time.Hour), NewestEntry: now}
	for _, tt := range []struct {
		check string
		with  func(h *backup.Health)
	}{
		{"", func(*backup.Health) {}},
		{"practice", func(h *backup.Health) { h.Practices = 0 }},
		{"clock", func(h *backup.Health) { h.NewestEntry = now.Add(time.Hour) }},
		{"jobs", func(h *backup.Health) { h.Dead = 1 }},
		{"audit", func(h *backup.Health) { h.Unsequenced, h.OldestEntry = 2, now.Add(-2*time.Hour) }},
		{"backup", func(h *backup.Health) { h.Failed = true }},
		{"backup", func(h *backup.Health) { h.Backup = now.Add(-72 * time.Hour) }},
	} {
		h, doc := well, &doctor{}
		tt.with(&h)
		diagnose(h, now, doc)
		got := ""
		for _, s := range doc.found {
			got += s.Check
		}
		if got != tt.check {
			t.Errorf("%+v: got %q, want %q", h, got, tt.check)
		}
	}
}

func TestMetrics(t *testing.T) {
	founded(t)
	d, err := storage{DB: "sqlite:attune-data/attune.db", Keys: "file:attune-root.key"}.open(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var m meter
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "nowhere"} {
		if _, err := m.watch(addr, d, logger(&terminal{errs: io.Discard}, false)); err == nil {
			t.Errorf("%s: got no refusal", addr)
		}
	}
	answer := m.count(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }))
	answer.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/clients/a-name", nil))
	figures, health := asked(t, &m, d)
	for _, want := range []string{`attune_answers_total{class="4xx"} 1`, "attune_answer_seconds_count 1", "attune_practices 1", "attune_jobs_dead 0", "attune_backup_failed 0"} {
		if !strings.Contains(figures, want+"\n") {
			t.Errorf("no %q in %s", want, figures)
		}
	}
	if strings.Contains(figures, "a-name") || strings.Contains(strings.ToLower(figures), "north") {
		t.Error("the figures name something")
	}
	if health != "ok\n" {
		t.Errorf("health: got %q", health)
	}
}

// asked watches, asks for figures and health, and ends.
func asked(t *testing.T, m *meter, d *db.DB) (figures, health string) {
	t.Helper()
	var log bytes.Buffer
	end, err := m.watch("127.0.0.1:0", d, logger(&terminal{errs: &log}, false))
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	_, after, _ := strings.Cut(log.String(), `"addr":"`)
	addr, _, _ := strings.Cut(after, `"`)
	get := func(path string) string {
		answer, err := http.Get("http://" + addr + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return get("/metrics"), get("/healthz")
}

func TestDaysheetCommand(t *testing.T) {
	founded(t)
	must(t, exitDone, "daysheet", "--practice", "north", "--out", "day.html")
	must(t, exitRefused, "daysheet", "--practice", "north", "--out", "day.html")
	must(t, exitRefused, "daysheet", "--practice", "north", "--day", "soon", "--out", "other.html")
	must(t, exitRefused, "daysheet", "--practice", "south", "--out", "other.html")
	if page, err := os.ReadFile("day.html"); err != nil || !strings.Contains(string(page), "Nothing is booked") {
		t.Errorf("got %q, %v", page, err)
	}
}
