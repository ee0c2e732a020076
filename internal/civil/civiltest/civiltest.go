// Package civiltest gives tests every time zone there is, and how many random cases to try.
package civiltest

import (
	"archive/zip"
	"flag"
	"io"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Zones are all zones of the tzdata that Go embeds, by name, without those whose rules are another's. They come from
// the toolchain's own archive, so that what the machine has does not matter.
func Zones(tb testing.TB) []*time.Location {
	tb.Helper()
	data := zoneFiles(tb)
	names := make([]string, 0, len(data))
	for name := range data {
		names = append(names, name)
	}
	sort.Strings(names)
	seen := make(map[string]bool)
	var zones []*time.Location
	for _, name := range names {
		if seen[data[name]] {
			continue
		}
		seen[data[name]] = true
		loc, err := time.LoadLocationFromTZData(name, []byte(data[name]))
		if err != nil {
			tb.Fatalf("zone %s: %v", name, err)
		}
		zones = append(zones, loc)
	}
	return zones
}

// ZoneNames are the names of all zones of the tzdata that Go embeds.
func ZoneNames(tb testing.TB) []string {
	tb.Helper()
	var names []string
	for name := range zoneFiles(tb) {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// zoneFiles reads the archive from which time/tzdata is made: name of the zone to content.
func zoneFiles(tb testing.TB) map[string]string {
	tb.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		tb.Fatalf("find the toolchain: %v", err)
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		tb.Fatalf("open tzdata: %v", err)
	}
	defer archive.Close()
	data := make(map[string]string)
	for _, file := range archive.File {
		if strings.HasSuffix(file.Name, "/") {
			continue
		}
		r, err := file.Open()
		if err != nil {
			tb.Fatalf("open zone %s: %v", file.Name, err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			tb.Fatalf("read zone %s: %v", file.Name, err)
		}
		data[file.Name] = string(content)
	}
	if len(data) < 400 {
		tb.Fatalf("tzdata has %d zones, want at least 400", len(data))
	}
	return data
}

// Transition is a change of a zone's offset from UTC.
type Transition struct {
	At            time.Time
	Before, After time.Duration // offsets, east of UTC positive
}

// Transitions are the changes of loc's offset from the first moment of the year from to the last of the year until,
// found by looking at every hour.
func Transitions(loc *time.Location, from, until int) []Transition {
	offset := func(unix int64) int {
		_, seconds := time.Unix(unix, 0).In(loc).Zone()
		return seconds
	}
	var changes []Transition
	at := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	end := time.Date(until+1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	for before := offset(at); at < end; at += 3600 {
		after := offset(at + 3600)
		if before == after {
			continue
		}
		step := sort.Search(3600, func(s int) bool { return offset(at+int64(s)) != before })
		changes = append(changes, Transition{
			At:     time.Unix(at+int64(step), 0).UTC(),
			Before: time.Duration(before) * time.Second,
			After:  time.Duration(after) * time.Second,
		})
		before = after
	}
	return changes
}

// IntRange draws numbers from least to most about evenly, where rapid's own generators draw mostly small ones.
func IntRange(least, most int) *rapid.Generator[int] {
	size := bits.Len(uint(most-least)) + 3
	return rapid.Map(rapid.SliceOfN(rapid.Bool(), size, size), func(drawn []bool) int {
		n := 0
		for _, bit := range drawn {
			n *= 2
			if bit {
				n++
			}
		}
		return least + n%(most-least+1)
	})
}

// SampledFrom draws elements of all about evenly.
func SampledFrom[E any](all []E) *rapid.Generator[E] {
	return rapid.Map(IntRange(0, len(all)-1), func(n int) E { return all[n] })
}

// bound is how long Check goes on with one property.
const bound = 10 * time.Second

// Check tries a property on 20,000 cases in CI, and on 1,000 elsewhere, but for no longer than ten seconds. RAPID_CHECKS
// or -rapid.checks say otherwise, and then there is no bound.
func Check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	chosen := os.Getenv("RAPID_CHECKS") != ""
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "rapid.checks" })
	if chosen {
		rapid.Check(t, property)
		return
	}
	checks := "1000"
	if os.Getenv("CI") == "true" {
		checks = "20000"
	}
	if err := flag.Lookup("rapid.checks").Value.Set(checks); err != nil {
		t.Fatal(err)
	}
	cases, end := 0, time.Now().Add(bound)
	rapid.Check(t, func(t *rapid.T) {
		if time.Now().Before(end) {
			cases++
			property(t)
		}
	})
	t.Logf("%d cases", cases)
}
