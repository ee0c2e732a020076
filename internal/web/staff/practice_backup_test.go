package staff_test

import (
	"net/http"
	"testing"

	"attune/internal/access"
	"attune/internal/backup"
	"attune/internal/web/webtest"

	"filippo.io/age"
)

func TestOwnerSeesBackups(t *testing.T) {
	h := webtest.New(t)
	owner := h.SignInStaff(h.Staff("olga", "Olga Brandt", access.Owner))
	wantPage(t, "without one", owner.Get("/practice"), http.StatusOK, "There has never been one.")
	wantPage(t, "without one", owner.Get("/practice"), http.StatusOK, "There is no backup of the last two days.")
	plan := backup.Plan{Dir: t.TempDir()}
	for _, to := range []*[]age.Recipient{&plan.To, &plan.KeysTo} {
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		*to = []age.Recipient{identity.Recipient()}
	}
	if _, err := backup.Create(h.Context(), h.All, plan); err != nil {
		t.Fatal(err)
	}
	p := owner.Get("/practice")
	wantPage(t, "with one", p, http.StatusOK, "The last one was made")
	if _, err := backup.Create(h.Context(), h.All, backup.Plan{}); err == nil {
		t.Fatal("without a folder: got no error")
	}
	wantPage(t, "after a fault", owner.Get("/practice"), http.StatusOK, "The last try did not work.")
}
