package site_test

import (
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/practice"
	"attune/internal/web/webtest"
	"attune/internal/writing"
)

// house is a practice with two therapists, a coordinator and an article by the first.
type house struct {
	*webtest.House
	author      practice.Therapist
	coordinator practice.Staff
	article     writing.Article
}

func newHouse(t *testing.T) house {
	t.Helper()
	h := house{House: webtest.New(t)}
	h.author = h.Therapist("imani", "Imani Okafor")
	other := h.Therapist("daniel", "Daniel Brzeski")
	other.Profile.Focus, other.Profile.Modalities, other.Profile.Languages = []string{"work"}, []string{"family"}, []string{"English", "Polish"}
	if err := practice.KeepTherapist(t.Context(), h.DB, other); err != nil {
		t.Fatal(err)
	}
	h.coordinator = h.Staff("rosa", "Rosa Ibarra", access.Coordinator)
	var err error
	h.article, err = writing.Begin(t.Context(), h.DB, h.Actor(h.author.Staff), writing.Words{Title: "A small rupture",
		Summary: "What two people do next.", Body: "Every relationship has misses.\n\nSee https://research.example/repair for more."})
	if err != nil {
		t.Fatal(err)
	}
	if err := writing.Publish(t.Context(), h.DB, h.Actor(h.author.Staff), h.article.ID, 1); err != nil {
		t.Fatal(err)
	}
	return h
}

// later lets as much time pass as a person takes to fill in a form.
func (h house) later() { h.Clock.Advance(time.Minute) }

// count is how many rows a table has.
func (h house) count(t *testing.T, table string) int {
	t.Helper()
	n := 0
	if err := h.DB.Row(t.Context(), `SELECT COUNT(*) FROM `+table+` WHERE practice_id = $1`, "house").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
