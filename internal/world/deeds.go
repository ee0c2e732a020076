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

// nextHour takes the deeds of the hour of the first one, until end; none are left where it is empty.
func (d *diary) nextHour(end time.Time) []deed {
	var hour []deed
	for len(d.all) > 0 && !d.all[0].at.After(end) {
		if len(hour) > 0 && !d.all[0].at.Truncate(time.Hour).Equal(hour[0].at.Truncate(time.Hour)) {
			break
		}
		hour = append(hour, heap.Pop(&d.all).(deed))
	}
	return hour
}

// errAgain says that a transaction was run a second time. Deeds remember what they did, so they run once.
var errAgain = errors.New("another program wrote to the database while the practice was being made")

// live does all that is planned until a moment: an hour's deeds in one transaction, at the time of its last one.
func (d *diary) live(ctx context.Context, house *db.DB, clock *Clock, end time.Time, tell func(at time.Time)) error {
	for {
		hour := d.nextHour(end)
		if len(hour) == 0 {
			return nil
		}
		clock.Set(hour[len(hour)-1].at)
		ran := false
		err := house.InTx(ctx, func(tx *db.DB) error {
			if ran {
				return errAgain
			}
			ran = true
			for _, deed := range hour {
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
