package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// fastFolder is a folder for one test, where a file need not wait for a disk if there is such a place.
func fastFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "attune-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	return folder
}

func TestDemoThrowsAwayTheHalfMadeAndKeepsTheWhole(t *testing.T) {
	if testing.Short() {
		t.Skip("makes the demonstration")
	}
	c := &demoCmd{Data: filepath.Join(fastFolder(t), "demo"), Seed: 3}
	half := c.path("data", "half")
	if err := os.MkdirAll(half, 0o700); err != nil { // an interrupted one: no demo.json
		t.Fatal(err)
	}
	screen := &terminal{out: new(bytes.Buffer), errs: new(bytes.Buffer)}
	first, err := c.prepare(t.Context(), screen)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(half); err == nil {
		t.Error("got what was half made")
	}
	if info, err := os.Stat(c.path("demo.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want a file for its owner alone", info, err)
	}
	mark := c.path("mail", "read-me")
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := c.prepare(t.Context(), screen)
	if err != nil || !reflect.DeepEqual(first, again) {
		t.Errorf("started again: got %v, %v, want the same logins", again, err)
	}
	if _, err := os.Stat(mark); err != nil {
		t.Errorf("started again: what was there is gone: %v", err)
	}
}

func TestWelcomeIsOneReadyLine(t *testing.T) {
	var out bytes.Buffer
	c := &demoCmd{JSON: true}
	if err := c.welcome(&terminal{out: &out, errs: &out}, made{}, "127.0.0.1:41234"); err != nil {
		t.Fatal(err)
	}
	var line struct {
		Ready bool
		Addr  string
	}
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || !line.Ready || line.Addr != "127.0.0.1:41234" || bytes.Count(out.Bytes(), []byte("\n")) != 1 {
		t.Errorf("got %q, %v, want one ready line", out.String(), err)
	}
}

func TestSeedNeedsAnEmptyDatabase(t *testing.T) {
	if testing.Short() {
		t.Skip("makes the small world")
	}
	folder := fastFolder(t)
	args := []string{"seed", "--db", "sqlite:" + filepath.Join(folder, "data", "attune.db"), "--keys", "file:" + filepath.Join(folder, "root.key"),
		"--seed", "4", "--clock", "2026-03-06T15:00:00Z", "--out", filepath.Join(folder, "world.json")}
	var out, errs bytes.Buffer
	if code := run(args, nil, &out, &errs); code != exitDone {
		t.Fatalf("got %d, %s, want a world", code, errs.String())
	}
	before, err := os.ReadFile(filepath.Join(folder, "world.json"))
	if err != nil {
		t.Fatal(err)
	}
	if code := run(args, nil, &out, &errs); code != exitRefused {
		t.Errorf("a second time: got %d, want a refusal", code)
	}
	after, err := os.ReadFile(filepath.Join(folder, "world.json"))
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("a second time: the world file was changed (%v)", err)
	}
}

func TestTOTP(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run([]string{"totp", "mzvo 55o5 veob mqby"}, nil, &out, &errs); code != exitDone || out.Len() < 8 {
		t.Errorf("got %d, %q, %s, want a code", code, out.String(), errs.String())
	}
	if code := run([]string{"totp", "not base32!"}, nil, &out, &errs); code != exitRefused {
		t.Errorf("got %d, want a refusal", code)
	}
}
