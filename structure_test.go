// Package attune_test keeps the house in order: imports point down, and each
// outside thing is known to one folder only (docs/architecture.md).
package attune_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors are the packages from the ground up. A package imports only packages
// of lower floors, or its own subfolders.
var floors = [][]string{
	{"fault", "stat", "civil"},
	{"db"},
	{"seal", "access", "mail", "job"},
	{"audit"},
	{"auth"},
	{"practice"},
	{"letter"},
	{"measure", "schedule", "relation", "writing"},
	{"note", "alliance"},
	{"rupture", "outcome", "pattern", "matching"},
	{"intake"},
	{"caseload"},
	{"world", "analyze", "ical", "backup"},
	{"web/ui"},
	{"web/route"},
	{"web/ask"},
	{"web/site", "web/portal", "web/staff"},
	{"web"},
}

// knows are the outside packages that only some folders may import.
var knows = map[string][]string{
	"database/sql":                    {"internal/db"},
	"net/http":                        {"internal/web", "cmd/attune"},
	"text/template":                   {},
	"os/exec":                         {"internal/seal", "internal/db/dbtest"},
	"math/rand":                       {"internal/stat", "internal/alliance", "internal/pattern", "internal/db", "internal/world"},
	"unsafe":                          {},
	"github.com/jackc/pgx/v5":         {"internal/db"},
	"modernc.org/sqlite":              {"internal/db"},
	"github.com/wneessen/go-mail":     {"internal/mail"},
	"github.com/go-webauthn/webauthn": {"internal/auth"},
}

// imports lists, for each folder, what its files import; tests only where wanted.
func imports(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && file != "." || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder := path.Dir(filepath.ToSlash(file))
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			all[folder] = append(all[folder], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// floorOf is the floor of a folder under internal; -1 where it has none.
func floorOf(folder string) (floor int, room string) {
	best := -1
	for i, rooms := range floors {
		for _, r := range rooms {
			if (folder == r || strings.HasPrefix(folder, r+"/")) && len(r) > len(room) {
				best, room = i, r
			}
		}
	}
	return best, room
}

func faultsOf(all map[string][]string) []string {
	var found []string
	for folder, names := range all {
		inside, ours := strings.CutPrefix(folder, "internal/")
		for _, name := range names {
			if into, ok := strings.CutPrefix(name, "attune/internal/"); ok && ours && !forTests(inside) {
				if fault := upward(inside, into); fault != "" {
					found = append(found, fault)
				}
			}
			if fault := unknown(folder, name); fault != "" && !forTests(inside) {
				found = append(found, fault)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// forTests reports whether the folder serves tests only, and so may look anywhere.
func forTests(folder string) bool {
	return strings.HasSuffix(folder, "test") || strings.Contains(folder, "test/") || strings.Contains(folder, "e2e")
}

func upward(from, to string) string {
	own, room := floorOf(from)
	other, otherRoom := floorOf(to)
	switch {
	case own < 0:
		return from + " stands on no floor: add it to the list"
	case other < 0:
		return from + " imports " + to + ", which stands on no floor"
	case room != otherRoom && other >= own:
		return from + " imports " + to + ", which is not below it"
	}
	return ""
}

func unknown(folder, name string) string {
	for secret, who := range knows {
		if name != secret && !strings.HasPrefix(name, secret+"/") {
			continue
		}
		if !slices.ContainsFunc(who, func(w string) bool { return folder == w || strings.HasPrefix(folder, w+"/") }) {
			return folder + " imports " + name + ", which is not its to know"
		}
	}
	return ""
}

func TestImportsPointDown(t *testing.T) {
	for _, fault := range faultsOf(imports(t)) {
		t.Error(fault)
	}
}

// The check is first seen to catch what it is for.
func TestImportsPointDownCatches(t *testing.T) {
	for _, planted := range []map[string][]string{
		{"internal/db": {"attune/internal/rupture"}},
		{"internal/schedule": {"attune/internal/measure"}},
		{"internal/web/site": {"attune/internal/web/staff"}},
		{"internal/rupture": {"net/http"}},
		{"internal/note": {"database/sql"}},
		{"internal/newcomer": {"attune/internal/db"}},
	} {
		if len(faultsOf(planted)) != 1 {
			t.Errorf("not caught: %v", planted)
		}
	}
}
