package analyze

import (
	"math"
	"slices"
	"strings"
)

// timesSeen finds a time that a client has twice. Whole times from 0 to 63, as sessions mostly are, cost one bit each.
type timesSeen struct {
	clients map[string]*clientTimes
	lastID  string
	last    *clientTimes
}

type clientTimes struct {
	whole  uint64
	others []float64 // ascending
}

// first notes the time and says whether it is new to the client.
func (s *timesSeen) first(client string, time float64) bool {
	one := s.last
	if one == nil || s.lastID != client {
		if s.clients == nil {
			s.clients = map[string]*clientTimes{}
		}
		if one = s.clients[client]; one == nil {
			one = &clientTimes{}
			s.clients[strings.Clone(client)] = one
		}
		s.last, s.lastID = one, client
	}
	if time >= 0 && time < 64 && time == math.Trunc(time) {
		bit := uint64(1) << uint(time)
		fresh := one.whole&bit == 0
		one.whole |= bit
		return fresh
	}
	at, there := slices.BinarySearch(one.others, time)
	if !there {
		one.others = slices.Insert(one.others, at, time)
	}
	return !there
}
