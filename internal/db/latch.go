package db

import (
	"context"
	"slices"
	"sync"
)

// latches let one transaction of this program at a time ask the database for a lock. The others wait here, where
// they hold no connection that somebody else could use. The zero value is ready.
type latches struct {
	mu   sync.Mutex
	held map[string]*latch
}

// latch is one key's: a channel with room for the one who holds it, and how many hold it or wait.
type latch struct {
	room chan struct{}
	wait int
}

// close closes the latches of all keys, in order, and returns what opens them again.
func (l *latches) close(ctx context.Context, keys []string) (open func(), err error) {
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	done := 0
	open = func() {
		for _, key := range keys[:done] {
			l.leave(key, true)
		}
	}
	for _, key := range keys {
		select {
		case l.enter(key) <- struct{}{}:
			done++
		case <-ctx.Done():
			l.leave(key, false)
			open()
			return nil, ctx.Err()
		}
	}
	return open, nil
}

func (l *latches) enter(key string) chan<- struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		l.held = map[string]*latch{}
	}
	if l.held[key] == nil {
		l.held[key] = &latch{room: make(chan struct{}, 1)}
	}
	l.held[key].wait++
	return l.held[key].room
}

func (l *latches) leave(key string, holding bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.held[key]
	if holding {
		<-one.room
	}
	if one.wait--; one.wait == 0 {
		delete(l.held, key)
	}
}
