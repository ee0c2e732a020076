// Command shots takes the pictures of README.md from the running demonstration:
// each is what a person sees, signed in through the ordinary pages.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"attune/internal/web/e2e"

	"github.com/pquerna/otp/totp"
)

// shot is one picture: who looks, with which window, at what.
type shot struct {
	name, role string
	look       e2e.Look
	path       string // to open
	press      string // and what to press there
}

var shots = []shot{
	{"home", "", e2e.Look{Script: true}, "/", ""},
	{"today", "therapist", e2e.Look{Script: true}, "/today", ""},
	{"brief", "therapist", e2e.Look{Script: true}, "/today", "[.day li:has(.badge.rupture) h3 a, .day li:has(.badge.rupture) a.go]"},
	{"match", "coordinator", e2e.Look{Script: true}, "/inbox", "Match"},
	{"check-in", "client", e2e.Look{Width: 390, Script: true}, "/home", "Check in"},
	{"between", "client", e2e.Look{Width: 390, Script: true}, "/between", ""},
}

// ready is the line that the demonstration prints when it answers.
type ready struct {
	Addr   string
	Logins []struct{ Role, Login, Password, TOTP string }
}

// teller ends the program where a window finds a fault.
type teller struct{}

func (teller) Helper()                           {}
func (teller) Logf(string, ...any)               {}
func (teller) Errorf(format string, args ...any) { log.Printf(format, args...) }
func (teller) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }

func main() {
	program, folder := "bin/attune", "docs/pictures"
	if err := take(program, folder); err != nil {
		log.Fatal(err)
	}
}

func take(program, folder string) error {
	data, err := os.MkdirTemp("", "shots")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data) //nolint:errcheck // a folder for temporary files
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	house, err := start(ctx, program, data)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	chromium, err := e2e.Start()
	if err != nil {
		return err
	}
	defer chromium.Stop()
	windows := map[string]*e2e.Window{}
	for _, s := range shots {
		w := windows[s.role]
		if w == nil {
			w = chromium.Window(teller{}, "http://"+house.Addr, s.look)
			windows[s.role] = w
			if err := house.enter(w, s.role); err != nil {
				return err
			}
		}
		w.Open(s.path)
		if s.press != "" {
			w.Press(s.press)
		}
		if err := os.WriteFile(filepath.Join(folder, s.name+".png"), w.Picture(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// start runs the demonstration until ctx ends, and waits for its ready line.
func start(ctx context.Context, program, data string) (ready, error) {
	var house ready
	command := exec.CommandContext(ctx, program, "demo", "--data", data, "--listen", "127.0.0.1:0", "--json")
	command.Stderr = os.Stderr
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	out, err := command.StdoutPipe()
	if err != nil {
		return house, err
	}
	if err := command.Start(); err != nil {
		return house, err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return house, fmt.Errorf("wait for the demonstration: %w", err)
	}
	return house, json.Unmarshal(line, &house)
}

// enter signs the window in as the role; a visitor does not sign in.
func (house ready) enter(w *e2e.Window, role string) error {
	for _, l := range house.Logins {
		if l.Role != role {
			continue
		}
		w.Open("/sign-in").Fill("email", l.Login).Fill("password", l.Password).Press("Sign in")
		if l.TOTP == "" {
			return nil
		}
		code, err := totp.GenerateCode(l.TOTP, time.Now())
		if err != nil {
			return err
		}
		w.Fill("code", code).Press("Go on")
		return nil
	}
	return nil
}
