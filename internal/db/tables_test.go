package db_test

import (
	"slices"
	"testing"

	"attune/internal/db"
	"attune/internal/db/dbtest"
)

// What Tables reads from the migrations must be what the database has, or a backup would leave a column out.
func TestTablesAreThoseOfTheDatabase(t *testing.T) {
	d := dbtest.New(t)
	query := `SELECT m.name, p.name, p."notnull" = 0 FROM sqlite_schema m JOIN pragma_table_info(m.name) p WHERE m.type = 'table'`
	if d.Dialect() == "postgres" {
		query = `SELECT table_name, column_name, is_nullable = 'YES' FROM information_schema.columns WHERE table_schema = current_schema()`
	}
	var want, got []db.Column
	err := d.Each(ctx, query, nil, func(scan func(...any) error) error {
		var table string
		var c db.Column
		err := scan(&table, &c.Name, &c.Null)
		if c.Name = table + "." + c.Name; table != "schema_version" {
			want = append(want, c)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	version, err := db.Schema()
	if err != nil {
		t.Fatal(err)
	}
	tables, err := db.Tables(version)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if len(table.Key) == 0 {
			t.Errorf("table %s has no key", table.Name)
		}
		for _, c := range table.Columns {
			got = append(got, db.Column{Name: table.Name + "." + c.Name, Null: c.Null})
		}
	}
	for _, c := range want {
		if !slices.Contains(got, c) {
			t.Errorf("the database has %v, Tables not", c)
		}
	}
	if len(got) != len(want) || len(got) < 200 {
		t.Errorf("got %d columns, want %d", len(got), len(want))
	}
	if older, err := db.Tables(1); err != nil || len(older) >= len(tables) {
		t.Errorf("at version 1: got %d tables, %v", len(older), err)
	}
	if _, err := db.Tables(version + 1); err == nil {
		t.Error("a version that is still to come: got no error")
	}
}
