package job_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"attune/internal/db"
	"attune/internal/job"
)

func TestFailing(t *testing.T) {
	d, clock := practices(t, "north", "south")
	north := d.For("north")
	later(t, north, "mail", "a", clock.Now(), nil)
	later(t, north, "mail", "b", clock.Now().Add(time.Hour), nil)
	w := job.Worker{DB: d, Do: map[job.Kind]job.Func{"mail": func(context.Context, *db.DB, []byte) error { return errors.New("no route to the server") }}}
	if _, err := w.RunDue(ctx); err == nil {
		t.Fatal("RunDue: got no error")
	}
	failing, err := job.Failing(ctx, north)
	if err != nil || len(failing) != 1 || failing[0].UniqueKey != "a" || failing[0].Attempt != 1 {
		t.Errorf("got %+v, %v; want the one that failed", failing, err)
	}
	if others, err := job.Failing(ctx, d.For("south")); err != nil || len(others) != 0 {
		t.Errorf("of another practice: got %+v, %v; want none", others, err)
	}
}
