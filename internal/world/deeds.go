package world

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"time"

	"attune/internal/db"
)

// deed is something that somebody does at a moment.
type deed struct {
	at time.Time
	n  int // in the order in which they were planned
	do func(tx *db.DB) error
}

// diary is what is going to happen, the next first.
type diary struct {
	all  deeds
	last int
}

type deeds []deed

func (d deeds) Len() int { return len(d) }
func (d deeds) Less(i, j int) bool {
	if d[i].at.Equal(d[j].at) {
		return d[i].n < d[j].n
	}
	return d[i].at.Before(d[j].at)
}
func (d deeds) Swap(i, j int) { d[i], d[j] = d[j], d[i] }

// Push implements heap.Interface.
func (d *deeds) Push(x any) { *d = append(*d, x.(deed)) }

// Pop implements heap.Interface.
func (d *deeds) Pop() any {
	last := (*d)[len(*d)-1]
	*d = (*d)[:len(*d)-1]
	return last
}

// plan has something done at a moment.
func (d *diary) plan(at time.Time, do func(tx *db.DB) error) {
	d.last++
	heap.Push(&d.all, deed{at, d.last, do})
}

// together is how long a time's deeds are done in one transaction, at the time of the last: an hour, and longer where
// it is so long ago that nobody looks at the minute.
func together(at, end time.Time) time.Duration {
	if end.Sub(at) > 30*day {
		return 4 * time.Hour
	}
	return time.Hour
}

// next takes the deeds of the time of the first one, until end; there are no more where it is empty.
func (d *diary) next(end time.Time) []deed {
	var some []deed
	for len(d.all) > 0 && !d.all[0].at.After(end) {
		at := d.all[0].at
		if len(some) > 0 && !at.Truncate(together(at, end)).Equal(some[0].at.Truncate(together(some[0].at, end))) {
			break
		}
		some = append(some, heap.Pop(&d.all).(deed))
	}
	return some
}

// errAgain says that a transaction was run a second time. Deeds remember what they did, so they run once.
var errAgain = errors.New("another program wrote to the database while the practice was being made")

// live does all that is planned until a moment: some hours' deeds in one transaction.
func (d *diary) live(ctx context.Context, house *db.DB, clock *Clock, end time.Time, tell func(at time.Time)) error {
	for {
		some := d.next(end)
		if len(some) == 0 {
			return nil
		}
		clock.Set(some[len(some)-1].at)
		ran := false
		err := house.InTx(ctx, func(tx *db.DB) error {
			if ran {
				return errAgain
			}
			ran = true
			for _, deed := range some {
				if err := deed.do(tx); err != nil {
					return fmt.Errorf("on %s: %w", deed.at.Format(time.RFC3339), err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		tell(clock.Now())
	}
}
