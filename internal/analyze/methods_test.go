package analyze_test

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const repository = "../.."

var drawn = regexp.MustCompile("(?m)^`attune (analyze .* --plot (docs/methods/[a-z]+\\.svg) .*)`$")

// TestPicturesOfMethods runs each command that stands under a picture of docs/methods.md and wants the picture that is there.
func TestPicturesOfMethods(t *testing.T) {
	page := read(t, filepath.Join(repository, "docs/methods.md"))
	commands := drawn.FindAllStringSubmatch(page, -1)
	if want := strings.Count(page, "!["); len(commands) != want || want == 0 {
		t.Fatalf("%d commands for %d pictures", len(commands), want)
	}
	for _, c := range commands {
		command, picture := c[1], c[2]
		name := filepath.Join(t.TempDir(), "out.svg")
		args := strings.Fields(strings.Replace(command, picture, name, 1))
		args[len(args)-1] = filepath.Join(repository, args[len(args)-1])
		answer(t, "", args...)
		if !alike(read(t, filepath.Join(repository, picture)), read(t, name)) {
			t.Errorf("%s is not what the program draws: attune %s", picture, command)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var figure = regexp.MustCompile(`-?[0-9.]*[0-9]`)

// alike reports whether two drawings differ in no more than the last digit of coordinates, which processors may round differently.
func alike(a, b string) bool {
	if figure.ReplaceAllString(a, "0") != figure.ReplaceAllString(b, "0") {
		return false
	}
	as, bs := figure.FindAllString(a, -1), figure.FindAllString(b, -1)
	for i := range as {
		x, errX := strconv.ParseFloat(as[i], 64)
		y, errY := strconv.ParseFloat(bs[i], 64)
		if as[i] != bs[i] && (errX != nil || errY != nil || math.Abs(x-y) > 0.15) {
			return false
		}
	}
	return true
}
