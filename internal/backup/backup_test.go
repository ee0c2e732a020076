package backup

import (
	"slices"
	"testing"

	"attune/internal/db"
	"attune/internal/db/dbtest"
)

// Every table there is must be known here, with every column, or it would be
// left out of the hash and of what a practice takes along.
func TestEveryTableIsKnown(t *testing.T) {
	d := dbtest.New(t)
	query := `SELECT m.name || '.' || p.name FROM sqlite_schema m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`
	if d.Dialect() == "postgres" {
		query = `SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()`
	}
	var there []string
	err := d.View(t.Context(), func(tx *db.DB) error {
		return tx.Each(t.Context(), query, nil, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			there = append(there, name)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(there) < 100 {
		t.Fatalf("only %d columns were found", len(there))
	}
	known := knownColumns()
	for _, name := range there {
		if !known(name) {
			t.Errorf("%s is not known to backup: add it to tables.go", name)
		}
	}
}

// knownColumns says whether table.column is covered or rightly left out.
func knownColumns() func(string) bool {
	// volatile are columns that say nothing of their own, or differ between installations.
	volatile := []string{"practice.state", "practice.version", "practice.created_at", "appointment.digest", "rupture.digest"}
	known := map[string]bool{}
	for _, t := range tables {
		known[t.name+".practice_id"] = true
		for _, c := range t.plain {
			known[t.name+"."+c.name] = true
		}
		for _, s := range t.sealed {
			known[t.name+"."+s.name] = true
		}
	}
	return func(name string) bool {
		return known[name] || slices.Contains(volatile, name) ||
			slices.ContainsFunc(apart, func(table string) bool { return len(name) > len(table) && name[:len(table)+1] == table+"." })
	}
}
