package analyze

import (
	"cmp"
	"slices"
	"strings"
)

// groups gathers rows by id, each under a key (a session, a time) that an id may have only once.
type groups[K cmp.Ordered, V any] struct {
	all   []*group[K, V]
	index map[string]*group[K, V]
	last  *group[K, V] // files mostly keep the rows of an id together
}

type group[K cmp.Ordered, V any] struct {
	id   string
	rows []keyed[K, V]
	seen map[K]struct{} // made once keys come out of order
}

type keyed[K cmp.Ordered, V any] struct {
	key   K
	value V
}

// add keeps the table's present row. A key that the id has already is a fault of the key's column.
func (g *groups[K, V]) add(t *table, keyColumn int, id string, key K, value V) {
	if t.err() != nil {
		return
	}
	one := g.last
	if one == nil || one.id != id {
		one = g.find(id)
	}
	if !one.fits(key) {
		t.fail(keyColumn, "%v of %q is there twice: keep one", key, shorten(id))
		return
	}
	one.rows = append(one.rows, keyed[K, V]{key, value})
}

func (g *groups[K, V]) find(id string) *group[K, V] {
	one := g.index[id]
	if one == nil {
		if g.index == nil {
			g.index = map[string]*group[K, V]{}
		}
		one = &group[K, V]{id: strings.Clone(id)}
		g.index[one.id] = one
		g.all = append(g.all, one)
	}
	g.last = one
	return one
}

func (g *group[K, V]) fits(key K) bool {
	if g.seen == nil {
		if len(g.rows) == 0 || key > g.rows[len(g.rows)-1].key {
			return true
		}
		g.seen = map[K]struct{}{}
		for _, row := range g.rows {
			g.seen[row.key] = struct{}{}
		}
	}
	_, there := g.seen[key]
	g.seen[key] = struct{}{}
	return !there
}

// sorted are the groups by id, their rows by key, so that the order of rows in a file changes nothing.
func (g *groups[K, V]) sorted() []*group[K, V] {
	for _, one := range g.all {
		if one.seen != nil {
			slices.SortFunc(one.rows, func(a, b keyed[K, V]) int { return cmp.Compare(a.key, b.key) })
		}
	}
	slices.SortFunc(g.all, func(a, b *group[K, V]) int { return cmp.Compare(a.id, b.id) })
	return g.all
}

// values are the group's values in order of key.
func (g *group[K, V]) values() []V {
	values := make([]V, len(g.rows))
	for i, row := range g.rows {
		values[i] = row.value
	}
	return values
}
