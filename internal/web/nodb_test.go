package web_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/web"
	"attune/internal/web/webtest"
)

// withoutDatabase is a browser at a door whose database has gone, and the log of that door.
func withoutDatabase(t *testing.T) (*webtest.Browser, *bytes.Buffer) {
	t.Helper()
	dsn, owner := dbtest.Migrated(t)
	d, err := db.Open(context.Background(), dsn, db.Options{OwnerDSN: owner, Root: []byte("a root key for tests, 32 bytes..")})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	return webtest.Serve(t, web.Handler(web.Settings{DB: d, Log: slog.New(slog.NewTextHandler(&log, nil))})), &log
}
