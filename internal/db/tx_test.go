package db_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"attune/internal/db"
	"attune/internal/db/dbtest"
)

var errOwn = errors.New("the function's own")

func TestInTxKeepsAllOrNothing(t *testing.T) {
	d := fresh(t)
	err := d.InTx(ctx, func(tx *db.DB) error {
		if err := put(tx, "a", 1); err != nil { // joins
			return err
		}
		return errOwn
	})
	if !errors.Is(err, errOwn) || count(t, d) != 0 {
		t.Errorf("refused: got %v and %d rows; want the function's error and none", err, count(t, d))
	}
	err = d.InTx(ctx, func(tx *db.DB) error {
		if err := put(tx, "a", 1); err != nil {
			return err
		}
		if got := number(t, tx, "a"); got != 1 {
			t.Errorf("it sees %d of its own, want 1", got)
		}
		return tx.View(ctx, func(tx *db.DB) error { return put(tx, "b", 2) }) // joins, and may still write
	})
	if err != nil || count(t, d) != 2 {
		t.Errorf("kept: got %v and %d rows; want 2", err, count(t, d))
	}
}

func TestAPanicKeepsNothing(t *testing.T) {
	d := fresh(t)
	func() {
		defer func() { _ = recover() }()
		_ = d.InTx(ctx, func(tx *db.DB) error {
			if err := put(tx, "a", 1); err != nil {
				t.Error(err)
			}
			panic("on purpose")
		})
	}()
	if err := put(d, "b", 1); err != nil || count(t, d) != 1 {
		t.Errorf("after a panic: %v, %d rows; want only the later one", err, count(t, d))
	}
}

func TestMisuseIsRefused(t *testing.T) {
	d := fresh(t)
	if err := put(d, "a", 1); err != nil {
		t.Fatal(err)
	}
	insert := func(tx *db.DB) error {
		_, err := tx.Exec(ctx, "INSERT INTO thing (practice_id, id) VALUES ('one', 'b')")
		return err
	}
	for _, c := range []struct {
		name string
		do   func() error
	}{
		{"Exec outside", func() error { return insert(d) }},
		{"Exec in View", func() error { return d.View(ctx, insert) }},
		{"InTx in View", func() error {
			return d.View(ctx, func(tx *db.DB) error { return tx.InTx(ctx, insert) })
		}},
		{"a write through Row in View", func() error {
			return d.Row(ctx, "INSERT INTO thing (practice_id, id) VALUES ('one', 'b') RETURNING id").Scan(new(string))
		}},
		{"Lock outside", func() error { return d.Lock("k") }},
		{"Lock in View", func() error { return d.View(ctx, func(tx *db.DB) error { return tx.Lock("k") }) }},
		{"Migrate inside", func() error { return d.InTx(ctx, func(tx *db.DB) error { return tx.Migrate(ctx) }) }},
		{"a statement inside Each", func() error {
			return d.InTx(ctx, func(tx *db.DB) error {
				return tx.Each(ctx, "SELECT id FROM thing", nil, func(func(...any) error) error { return insert(tx) })
			})
		}},
		{"going on after a failure", func() error {
			return d.InTx(ctx, func(tx *db.DB) error {
				_ = put(tx, "a", 1) // a duplicate
				_ = put(tx, "b", 1)
				return nil
			})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.do()
			if err == nil {
				t.Error("it was allowed")
			}
			if got := count(t, d); got != 1 {
				t.Errorf("%d rows, want 1", got)
			}
		})
	}
}

func TestViewIsASnapshot(t *testing.T) {
	d := fresh(t)
	err := d.View(ctx, func(tx *db.DB) error {
		before := count(t, tx)
		if err := put(d, "a", 1); err != nil { // another transaction
			return err
		}
		if got := count(t, tx); got != before {
			t.Errorf("it sees %d rows, then %d", before, got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := count(t, d); got != 1 {
		t.Errorf("after it: %d rows, want 1", got)
	}
}

func TestEachEndsEarly(t *testing.T) {
	d := fresh(t)
	for i := range 5 {
		if err := put(d, fmt.Sprint(i), i); err != nil {
			t.Fatal(err)
		}
	}
	var seen []string
	each := func(tx *db.DB) error {
		seen = nil
		return tx.Each(ctx, "SELECT id FROM thing ORDER BY id", nil, func(scan func(dest ...any) error) error {
			var id string
			if err := scan(&id); err != nil {
				return err
			}
			if seen = append(seen, id); len(seen) == 2 {
				return errOwn
			}
			return nil
		})
	}
	err := d.InTx(ctx, func(tx *db.DB) error {
		if err := each(tx); !errors.Is(err, errOwn) {
			t.Errorf("got %v, want the function's error", err)
		}
		return put(tx, "after", 1) // the transaction goes on
	})
	if err != nil || !slices.Equal(seen, []string{"0", "1"}) || count(t, d) != 6 {
		t.Errorf("got %v, %v, %d rows", err, seen, count(t, d))
	}
}

func TestRowScan(t *testing.T) {
	d := fresh(t)
	if err := put(d, "a", 1); err != nil {
		t.Fatal(err)
	}
	err := d.InTx(ctx, func(tx *db.DB) error {
		var n int
		if err := tx.Row(ctx, "SELECT n FROM thing WHERE id = 'none'").Scan(&n); !errors.Is(err, db.ErrNone) {
			t.Errorf("no row: got %v, want ErrNone", err)
		}
		if err := tx.Row(ctx, "SELECT words FROM thing").Scan(new(string)); err == nil {
			t.Error("NULL went into a string")
		}
		return put(tx, "b", 2) // neither has failed the transaction
	})
	if err != nil {
		t.Error(err)
	}
	if err := d.Row(ctx, "SELECT nothing FROM nowhere").Scan(new(int)); err == nil || errors.Is(err, db.ErrNone) {
		t.Errorf("a faulty query: got %v", err)
	}
}

func TestACancelledContext(t *testing.T) {
	d := fresh(t)
	for _, c := range []struct {
		name string
		when string
		want int
	}{
		{"before it begins", "before", 0},
		{"before a statement", "between", 0},
		{"after the last statement", "after", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			exec(t, d, "DELETE FROM thing")
			gone, cancel := context.WithCancel(ctx)
			defer cancel()
			if c.when == "before" {
				cancel()
			}
			err := d.InTx(gone, func(tx *db.DB) error {
				if c.when == "between" {
					cancel()
				}
				_, err := tx.Exec(gone, "INSERT INTO thing (practice_id, id) VALUES ('one', 'a')")
				cancel()
				return err
			})
			if kept := err == nil; kept != (c.want == 1) {
				t.Errorf("got %v", err)
			}
			if got := count(t, d); got != c.want {
				t.Errorf("%d rows, want %d", got, c.want)
			}
		})
	}
}

// together runs do in n goroutines that start at once.
func together(n int, do func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	all.Wait()
}

func TestConflictsAreTriedAgain(t *testing.T) {
	d := fresh(t)
	if err := put(d, "a", 0); err != nil {
		t.Fatal(err)
	}
	var runs atomic.Int64
	together(32, func(int) {
		err := d.InTx(ctx, func(tx *db.DB) error {
			runs.Add(1)
			var n int
			if err := tx.Row(ctx, "SELECT n FROM thing WHERE practice_id = 'one' AND id = 'a'").Scan(&n); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "UPDATE thing SET n = $1 WHERE practice_id = 'one' AND id = 'a'", n+1)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	if got := number(t, d, "a"); got != 32 {
		t.Errorf("counted to %d, want 32", got)
	}
	t.Logf("%d runs for 32 transactions", runs.Load())
}

// TestLock books the same slots from 64 goroutines on two handles, as two programs would on PostgreSQL: with no
// constraint in the way, only the lock keeps them apart.
func TestLock(t *testing.T) {
	dsn, owner := dbtest.Empty(t)
	o := db.Options{OwnerDSN: owner, Migrations: ground}
	programs := []*db.DB{dbtest.Open(t, dsn, o).For("one")}
	if err := programs[0].Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	if onPostgres() {
		programs = append(programs, dbtest.Open(t, dsn, o).For("one"))
	}
	var won, before atomic.Int64
	for slot := range 10 {
		together(64, func(i int) {
			d := programs[i%len(programs)]
			err := d.InTx(ctx, func(tx *db.DB) error {
				before.Add(1)
				keys := []string{"room", "therapist"}
				if i%2 == 0 { // the order in which they are asked for must not matter
					slices.Reverse(keys)
				}
				for _, key := range keys {
					if err := tx.Lock(key); err != nil {
						return err
					}
				}
				var taken int
				if err := tx.Row(ctx, "SELECT COUNT(*) FROM thing WHERE n = $1", slot).Scan(&taken); err != nil || taken > 0 {
					return err
				}
				won.Add(1)
				return put(tx, fmt.Sprint(slot, "-", i), slot)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	if got := count(t, programs[0]); got != 10 {
		t.Errorf("%d slots booked, want 10", got)
	}
	t.Logf("%d runs, %d tried to book", before.Load(), won.Load())
}

func TestLockBeginsAgain(t *testing.T) {
	d := fresh(t)
	runs := 0
	err := d.InTx(ctx, func(tx *db.DB) error {
		runs++
		if err := put(tx, "a", runs); err != nil { // again each time: the first run has left nothing
			return err
		}
		_ = tx.Lock("one") // whatever is made of its error
		_ = tx.Lock("two")
		return nil
	})
	want := 1
	if onPostgres() {
		want = 3
	}
	if err != nil || runs != want || number(t, d, "a") != want {
		t.Errorf("got %v after %d runs and %d kept; want %d", err, runs, number(t, d, "a"), want)
	}
	waited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := d.InTx(waited, func(tx *db.DB) error { return tx.Lock("one") }); err != nil {
		t.Errorf("the locks were not given back: %v", err)
	}
}
