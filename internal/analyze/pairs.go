package analyze

import (
	"bytes"
	"hash/maphash"
)

// pairs are scores before and after by id, in the order of the file. A million of them are a few plain lists rather than a
// million strings and a map, whose upkeep would take longer than reading the file.
type pairs struct {
	ids       []byte // one after another
	ends      []int  // of each in ids
	pre, post []float64

	seed  maphash.Seed
	slots []slot // of the ids, by hash; a power of two, at most half full; nil while ids rise and none can be there twice
}

// slot holds a pair's place + 1, or 0 where it is free, and a part of its hash, so that other ids are seldom looked at.
type slot struct{ place, hash uint32 }

// add keeps a pair, unless its id is there already.
func (p *pairs) add(id string, pre, post float64) bool {
	rises := p.slots == nil && p.rises(id)
	p.ids = append(p.ids, id...)
	p.ends = append(p.ends, len(p.ids))
	p.pre, p.post = append(p.pre, pre), append(p.post, post)
	if rises {
		return true
	}
	if 2*len(p.ends) > len(p.slots) {
		p.grow()
	}
	return p.place(len(p.ends) - 1)
}

// rises reports whether the id comes after the last: it is longer, or as long and later in the alphabet, as counted ids are.
func (p *pairs) rises(id string) bool {
	if len(p.ends) == 0 {
		return true
	}
	last := p.id(len(p.ends) - 1)
	return len(id) > len(last) || len(id) == len(last) && id > string(last)
}

// id is that of pair i.
func (p *pairs) id(i int) []byte {
	from := 0
	if i > 0 {
		from = p.ends[i-1]
	}
	return p.ids[from:p.ends[i]]
}

// place puts pair i into its slot; false where another has the same id.
func (p *pairs) place(i int) bool {
	id, last := p.id(i), len(p.slots)-1
	hash := maphash.Bytes(p.seed, id)
	mine := slot{uint32(i) + 1, uint32(hash >> 32)}
	for at := int(uint32(hash)) & last; ; at = (at + 1) & last {
		other := p.slots[at]
		if other.place == 0 {
			p.slots[at] = mine
			return true
		}
		if other.hash == mine.hash && bytes.Equal(p.id(int(other.place)-1), id) {
			return false
		}
	}
}

// grow makes room for twice the pairs and places all but the last.
func (p *pairs) grow() {
	if p.slots == nil {
		p.seed = maphash.MakeSeed()
	}
	size := 1024
	for size < 4*len(p.ends) {
		size *= 2
	}
	p.slots = make([]slot, size)
	for i := range len(p.ends) - 1 {
		p.place(i)
	}
}
