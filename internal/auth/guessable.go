package auth

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed words/common.txt.gz
var commonWords []byte

// product is the program's own name, a word that belongs to no password.
const product = "attune"

// guessable reports whether a password is among the first that someone would try: one that many people use, also
// with digits and signs around it; the same few characters over and over, or one after the other; or words of the
// context with less than 8 other characters.
func guessable(password string, context []string) bool {
	lower := strings.ToLower(password)
	bare := strings.TrimFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	if utf8.RuneCountInString(lower) >= ShortestAlone {
		bare = lower // beside a common word there is enough else
	}
	return repeats([]rune(lower)) || runs([]rune(lower)) || ofContext(lower, context) || common(lower, bare)
}

// common reports whether one of the words is on the list of common passwords.
func common(words ...string) bool {
	text, err := gzip.NewReader(bytes.NewReader(commonWords))
	if err != nil {
		panic(fmt.Sprintf("auth: the list of common passwords: %v", err)) // it is part of the program
	}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		for _, w := range words {
			if lines.Text() == w {
				return true
			}
		}
	}
	if err := lines.Err(); err != nil {
		panic(fmt.Sprintf("auth: the list of common passwords: %v", err)) // as above
	}
	return false
}

const longestUnit = 4 // of a repetition

// repeats reports whether the text is at most four characters over and over.
func repeats(text []rune) bool {
	for unit := 1; unit <= longestUnit && unit < len(text); unit++ {
		same := true
		for i := unit; i < len(text) && same; i++ {
			same = text[i] == text[i-unit]
		}
		if same {
			return true
		}
	}
	return false
}

// runs reports whether each character is the one after the last, or before it, as in 23456789 and hgfedcba.
func runs(text []rune) bool {
	if len(text) < 2 {
		return false
	}
	step := text[1] - text[0]
	if step != 1 && step != -1 {
		return false
	}
	for i := 1; i < len(text); i++ {
		if text[i]-text[i-1] != step {
			return false
		}
	}
	return true
}

const shortestContext = 4 // letters; shorter words are in everything

// ofContext reports whether little is left of the text without the words of the context.
func ofContext(text string, context []string) bool {
	rest := text
	for word := range strings.FieldsFuncSeq(strings.ToLower(strings.Join(append([]string{product}, context...), " ")), notLetter) {
		if utf8.RuneCountInString(word) >= shortestContext {
			rest = strings.ReplaceAll(rest, word, "")
		}
	}
	return rest != text && utf8.RuneCountInString(rest) < Shortest
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
