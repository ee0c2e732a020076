package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/seal"
)

func secret() []byte {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(251 * (i + 1))
	}
	return key
}

func TestMakeRoot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "root.key")
	if err := seal.MakeRoot(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode: got %v, %v, want 0600", info.Mode(), err)
	}
	key, err := seal.LoadRoot("file:" + path)
	if err != nil || len(key) != 32 {
		t.Fatalf("LoadRoot: got %d bytes, %v, want 32", len(key), err)
	}
	if err := seal.MakeRoot(path); err == nil {
		t.Error("a second MakeRoot: got no error")
	}
	if again, err := seal.LoadRoot("file:" + path); err != nil || !bytes.Equal(again, key) {
		t.Errorf("after the second MakeRoot: got another key, %v", err)
	}
	if err := seal.MakeRoot(filepath.Join(filepath.Dir(path), "none", "root.key")); err == nil {
		t.Error("MakeRoot in a folder that is not there: got no error")
	}
}

func TestLoadRootFromFile(t *testing.T) {
	standard := base64.StdEncoding.EncodeToString(secret())
	tests := []struct {
		name, text string
		mode       os.FileMode
		want       string // part of the error; empty: none
	}{
		{"base64", standard + "\n", 0o600, ""},
		{"base64, read only", standard, 0o400, ""},
		{"base64 without padding", base64.RawStdEncoding.EncodeToString(secret()), 0o600, ""},
		{"base64 for addresses", base64.URLEncoding.EncodeToString(secret()), 0o600, ""},
		{"hex", " " + hex.EncodeToString(secret()) + "\r\n", 0o600, ""},
		{"capital hex", strings.ToUpper(hex.EncodeToString(secret())), 0o600, ""},
		{"read by the group", standard, 0o640, "mode 0640"},
		{"read by all", standard, 0o604, "chmod 600"},
		{"written by the group", standard, 0o620, "chmod 600"},
		{"empty", "", 0o600, "32 bytes"},
		{"too short", standard[:40], 0o600, "32 bytes"},
		{"too long", standard + "AAAA", 0o600, "32 bytes"},
		{"two lines", standard + "\n" + standard, 0o600, "32 bytes"},
		{"broken over lines", standard[:20] + "\n" + standard[20:], 0o600, "32 bytes"},
		{"raw bytes", string(secret()), 0o600, "32 bytes"},
		{"zeros", base64.StdEncoding.EncodeToString(make([]byte, 32)), 0o600, "no secret"},
		{"loose last bits", standard[:42] + "9=", 0o600, "32 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "root.key")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			key, err := seal.LoadRoot("file:" + path)
			if tt.want == "" && (err != nil || !bytes.Equal(key, secret())) {
				t.Errorf("LoadRoot: got %x, %v, want the key", key, err)
			}
			if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || key != nil) {
				t.Errorf("LoadRoot: got %x, %v, want an error with %q", key, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), standard[:20]) {
				t.Errorf("the error repeats the key: %v", err)
			}
		})
	}
}

func TestLoadRootFromElsewhere(t *testing.T) {
	text := base64.StdEncoding.EncodeToString(secret())
	tests := []struct {
		source string
		works  bool
	}{
		{"exec:echo " + text, true},
		{"exec:  printf  %s  " + text, true},
		{"exec:echo " + text + " | cat", false}, // no shell: echo prints it all
		{"exec:echo $HOME", false},
		{"exec:false", false},
		{"exec:/no/such/program", false},
		{"exec: ", false},
		{"exec:", false},
		{"file:", false},
		{"file:/no/such/file", false},
		{"file:/", false},
		{"file:/dev/null", false},
		{"", false},
		{text, false},
		{"env:KEY", false},
	}
	for _, tt := range tests {
		t.Run(tt.source, func(t *testing.T) {
			key, err := seal.LoadRoot(tt.source)
			if works := err == nil && bytes.Equal(key, secret()); works != tt.works {
				t.Errorf("LoadRoot: got %x, %v, want it to work: %v", key, err, tt.works)
			}
		})
	}
}

func FuzzParseRoot(f *testing.F) {
	f.Add([]byte(base64.StdEncoding.EncodeToString(secret()) + "\n"))
	f.Add([]byte(base64.RawURLEncoding.EncodeToString(secret())))
	f.Add([]byte(hex.EncodeToString(secret())))
	f.Add([]byte("=\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := seal.ParseRoot(text)
		if err != nil {
			if key != nil {
				t.Errorf("got a key beside the error %v", err)
			}
			return
		}
		again, err := seal.ParseRoot([]byte(base64.StdEncoding.EncodeToString(key)))
		if err != nil || !bytes.Equal(again, key) || len(key) != 32 {
			t.Errorf("the key written in base64 reads as %x, %v, want %x", again, err, key)
		}
	})
}
