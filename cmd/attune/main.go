// Command attune is the practice system for relational therapy: one program
// that a group practice runs itself.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"attune/internal/analyze"
	"attune/internal/fault"

	"github.com/alecthomas/kong"
)

// Exit codes: contract.md.
const (
	exitDone    = 0
	exitFound   = 1 // problems were found, or it did not work
	exitRefused = 2 // bad usage, bad input, or a configuration that is not safe
)

type commands struct {
	Config kong.ConfigFlag `help:"Read settings from this JSON file."`

	Init    initCmd    `cmd:"" help:"Make an empty practice and print a link for its owner."`
	Serve   serveCmd   `cmd:"" help:"Serve the practices in the database."`
	Demo    demoCmd    `cmd:"" help:"Make a demonstration practice with invented people, and serve it."`
	Seed    seedCmd    `cmd:"" help:"Make a world for tests in an empty database, and write down what it holds."`
	TOTP    totpCmd    `cmd:"" name:"totp" help:"Print the code that an authenticator app with a secret shows now."`
	Version versionCmd `cmd:"" help:"Print version, commit, modules and contract."`
	Routes  routesCmd  `cmd:"" help:"Print the route table that serves requests."`
	Audit   auditCmd   `cmd:"" help:"Look after the audit log."`
	Migrate migrateCmd `cmd:"" help:"Bring the database's schema up to date."`

	Statehash statehashCmd `cmd:"" help:"Print the canonical hash of what the practices hold."`
	Fsck      fsckCmd      `cmd:"" help:"Look for what must never be: overlaps, orphans, rows that cannot be opened, a log tampered with."`

	Backup backupCmd `cmd:"" help:"Back up, verify, list and restore."`
	Drill  drillCmd  `cmd:"" help:"Back up, restore into a passing place, and compare."`

	Doctor   doctorCmd   `cmd:"" help:"Say what is wrong here."`
	Daysheet daysheetCmd `cmd:"" help:"Write a day's hours as a page to print."`

	Keys   keysCmd   `cmd:"" help:"Look after the keys."`
	Export exportCmd `cmd:"" help:"Write everything that a practice holds in open formats."`
	Import importCmd `cmd:"" help:"Take a practice in from its export."`
	Shred  shredCmd  `cmd:"" help:"Forget a client for good, also in backups."`

	Analyze analyze.Cmd      `cmd:"" help:"The methods, on files."`
	Match   analyze.MatchCmd `cmd:"" help:"Place clients with therapists, as many and as well as possible (JSON)."`
	Score   analyze.ScoreCmd `cmd:"" help:"Score the answers to a questionnaire (JSON)."`
}

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the program, with its streams in plain sight; it returns the exit code.
func run(args []string, in io.Reader, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	code := -1
	parser, err := kong.New(&c, kong.Name("attune"), kong.Writers(out, errs), kong.UsageOnError(),
		kong.Description("The practice system for relational therapy."),
		kong.Configuration(kong.JSON), kong.DefaultEnvars("ATTUNE"),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&analyze.Streams{In: in, Out: out}, &terminal{out: out, errs: errs}),
		kong.Exit(func(status int) { code = status }))
	if err != nil {
		_, _ = fmt.Fprintln(errs, "attune:", err)
		return exitRefused
	}
	parsed, err := parser.Parse(args)
	if code >= 0 { // --help has been printed
		return code
	}
	if err == nil {
		err = parsed.Run()
		return report(errs, err)
	}
	_, _ = fmt.Fprintln(errs, "attune:", err)
	return exitRefused
}

// report writes what went wrong as one sentence and gives the exit code.
func report(errs io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	if !errors.Is(err, errFound) {
		_, _ = fmt.Fprintln(errs, "attune:", err)
	}
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	if fault.Invalids(err) != nil {
		return exitRefused
	}
	return exitFound
}

// errFound says that a command has printed the problems it found.
var errFound = errors.New("problems were found")

// refusal is a configuration that is not safe to run, in one sentence.
type refusal struct{ sentence string }

func (r refusal) Error() string { return r.sentence }

// ExitCode is that of bad usage.
func (r refusal) ExitCode() int { return exitRefused }

func refuse(format string, args ...any) error { return refusal{fmt.Sprintf(format, args...)} }

// terminal is where commands print.
type terminal struct{ out, errs io.Writer }

// say prints a line for people.
func (t *terminal) say(format string, args ...any) {
	_, _ = fmt.Fprintf(t.out, format+"\n", args...) // a closed terminal is no fault of the command
}

// json prints v as one line of JSON.
func (t *terminal) json(v any) error { return json.NewEncoder(t.out).Encode(v) }
