package job_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"attune/internal/db"
	"attune/internal/job"
)

// start runs workers until the test ends, and sees that nothing of them is left.
func start(t *testing.T, workers ...*job.Worker) (stop func()) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for _, w := range workers {
		running.Go(func() { w.Run(ctx) })
	}
	return sync.OnceFunc(func() {
		cancel()
		running.Wait()
		goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
	})
}

func within(t *testing.T, limit time.Duration, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("%s: not within %v", what, limit)
	}
}

func TestSlowPracticeDoesNotHoldUpAnother(t *testing.T) {
	d, clock := practices(t, "fast", "slow")
	release := make(chan struct{})
	fast := make(chan struct{})
	var mu sync.Mutex
	slowNow, slowMost, left := 0, 0, 20
	w := &job.Worker{DB: d, Do: map[job.Kind]job.Func{"mail": func(_ context.Context, d *db.DB, _ []byte) error {
		if d.PracticeID() == "slow" {
			mu.Lock()
			slowNow++
			slowMost = max(slowMost, slowNow)
			mu.Unlock()
			<-release
			mu.Lock()
			slowNow--
			mu.Unlock()
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if left--; left == 0 {
			close(fast)
		}
		return nil
	}}}
	for i := range 20 {
		later(t, d.For("slow"), "mail", fmt.Sprint(i), clock.Now().Add(-time.Hour), nil)
		later(t, d.For("fast"), "mail", fmt.Sprint(i), clock.Now(), nil)
	}
	stop := start(t, w)
	within(t, 10*time.Second, "20 jobs of the fast practice", fast)
	close(release)
	stop()
	if slowMost > 2 {
		t.Errorf("jobs of one practice at a time: got %d, want at most 2", slowMost)
	}
}

func TestWakeAndStop(t *testing.T) {
	d, clock := practices(t, "north")
	began, end, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	w := &job.Worker{DB: d, Do: map[job.Kind]job.Func{"mail": func(ctx context.Context, _ *db.DB, _ []byte) error {
		close(began)
		<-end
		close(ended)
		return ctx.Err() // the job's own time has not run out, whatever became of the worker
	}}}
	stop := start(t, w)
	time.Sleep(20 * time.Millisecond) // the first look is over
	later(t, d.For("north"), "mail", "a", clock.Now(), nil)
	w.Wake()
	within(t, 900*time.Millisecond, "a woken worker", began)
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	select {
	case <-stopped:
		t.Error("the worker stopped before its job was finished")
	case <-time.After(50 * time.Millisecond):
	}
	close(end)
	within(t, 5*time.Second, "the job", ended)
	within(t, 5*time.Second, "the end of the worker", stopped)
	if n, err := w.RunDue(ctx); n != 0 || err != nil {
		t.Errorf("afterwards: got %d jobs due, %v, want none", n, err)
	}
}

// TestWorkersShareTheWork has three workers do 200 jobs of each sort, and counts what happened.
func TestWorkersShareTheWork(t *testing.T) {
	const jobs = 200
	d, clock := practices(t, "p0", "p1", "p2")
	var mu sync.Mutex
	ran := map[string]int{}
	all := make(chan struct{})
	do := func(ctx context.Context, d *db.DB, payload []byte) error {
		mu.Lock()
		defer mu.Unlock()
		ran[string(payload)]++
		if len(ran) == jobs && ran[string(payload)] == 1 {
			close(all)
		}
		return nil
	}
	grow := func(ctx context.Context, tx *db.DB, _ []byte) error {
		_, err := tx.Exec(ctx, `UPDATE practice SET version = version + 1 WHERE practice_id = $1`, tx.PracticeID())
		return err
	}
	var workers []*job.Worker
	for range 3 {
		workers = append(workers, &job.Worker{DB: d,
			Do: map[job.Kind]job.Func{"mail": do}, DoTx: map[job.Kind]job.Func{"grow": grow}})
	}
	for i := range jobs {
		inTx(t, d.For(fmt.Sprintf("p%d", i%3)), func(tx *db.DB) error {
			return errors.Join(job.Later(ctx, tx, "mail", fmt.Sprint(i), clock.Now(), i),
				job.Later(ctx, tx, "grow", fmt.Sprint(i), clock.Now(), i))
		})
	}
	stop := start(t, workers...)
	within(t, 60*time.Second, "all jobs", all)
	stop()
	if _, err := workers[0].RunDue(ctx); err != nil { // what was begun last
		t.Error(err)
	}
	for payload, n := range ran {
		if n != 1 {
			t.Errorf("job %s: got %d runs, want 1", payload, n)
		}
	}
	versions := 0
	if err := d.Row(ctx, `SELECT CAST(SUM(version) AS BIGINT) FROM practice`).Scan(&versions); err != nil || versions != jobs+3 {
		t.Errorf("effects in the database: got %d, %v, want %d", versions-3, err, jobs)
	}
}
