package backup

import (
	"os"
	"strings"
	"testing"
)

const exportPage = "../../docs/export.md"

// schemaLines is the table of tables as docs/export.md has it at its end.
func schemaLines() string {
	var b strings.Builder
	b.WriteString("| table | columns |\n|---|---|\n")
	for _, t := range tables {
		var names []string
		for _, c := range t.plain {
			names = append(names, c.name)
		}
		for _, s := range t.sealed {
			names = append(names, s.name+"*")
		}
		b.WriteString("| `" + t.name + "` | " + strings.Join(names, ", ") + " |\n")
	}
	return b.String()
}

// The documented schema is the one that is exported. With ATTUNE_UPDATE=1 the page is written anew.
func TestExportIsDocumented(t *testing.T) {
	page, err := os.ReadFile(exportPage)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(page), "| table | columns |")
	want := head + schemaLines()
	if os.Getenv("ATTUNE_UPDATE") == "1" {
		if err := os.WriteFile(exportPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(page) != want {
		t.Error("docs/export.md does not have the tables as they are: run this test with ATTUNE_UPDATE=1")
	}
}
