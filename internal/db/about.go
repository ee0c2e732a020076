package db

import (
	"database/sql"
	"fmt"
	"io/fs"
)

// Schema returns the newest version of the tables that this program knows.
func Schema() (int, error) {
	files, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return 0, err
	}
	steps, err := readMigrations(files, sqlite)
	return len(steps), err
}

// SQLiteVersion returns the version of the SQLite inside this program.
func SQLiteVersion() (version string, err error) {
	memory, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return "", fmt.Errorf("open SQLite: %w", err)
	}
	defer memory.Close() //nolint:errcheck // nothing is kept in it
	if err := memory.QueryRow("SELECT sqlite_version()").Scan(&version); err != nil {
		return "", fmt.Errorf("ask SQLite for its version: %w", err)
	}
	return version, nil
}
