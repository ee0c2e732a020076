package seal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"attune/internal/db"
)

// What Blind knows how to normalise.
const (
	Email = "email"
	Phone = "phone"
)

const (
	shortestPrefix = 2 // letters
	longestPrefix  = 8
	tokenSize      = 16 // bytes of the HMAC that are kept for a prefix
	maxWords       = 8  // of a query
)

// Blind is an exact index of a value that is itself sealed: equal values of one practice have equal indexes, and
// without the practice's key nobody can tell which value an index belongs to. An Email is compared without regard to
// case, outer blanks and ways to write the same letter; a Phone by its digits; anything else as it is.
func Blind(ctx context.Context, tx *db.DB, what, value string) ([]byte, error) {
	key, err := indexKey(ctx, tx)
	if err != nil {
		return nil, err
	}
	switch what {
	case Email:
		value = norm.NFC.String(strings.ToLower(strings.TrimSpace(value)))
	case Phone:
		value = digits(value)
	}
	return mac(key, "blind", what, value), nil
}

func digits(phone string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, norm.NFKC.String(phone))
}

// IndexName makes an owner findable by the first 2 to 8 letters of each part of the names, and by no earlier name.
// A part of one letter is not indexed.
func IndexName(ctx context.Context, tx *db.DB, owner OwnerID, names ...string) error {
	key, err := indexKey(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM seal_name WHERE practice_id = $1 AND owner_id = $2`, tx.PracticeID(), owner)
	if err != nil {
		return fmt.Errorf("index the name of %s: %w", owner, err)
	}
	tokens := map[string]bool{}
	for _, part := range words(strings.Join(names, " ")) {
		for n := shortestPrefix; n <= min(len(part), longestPrefix); n++ {
			tokens[string(token(key, part[:n]))] = true
		}
	}
	// In the order of the tokens, which says nothing: that of the prefixes would say which belong to one word.
	for _, t := range slices.Sorted(maps.Keys(tokens)) {
		_, err := tx.Exec(ctx, `INSERT INTO seal_name (practice_id, token, owner_id) VALUES ($1, $2, $3)`,
			tx.PracticeID(), []byte(t), owner)
		if err != nil {
			return fmt.Errorf("index the name of %s: %w", owner, err)
		}
	}
	return nil
}

// FindNames returns up to limit owners, in no order that means anything, who have for every word of the query a part
// of their name that begins with it. Words of more than 8 letters count by their first 8, so the caller still
// compares the opened names; words of one letter do not count, and a query of nothing else finds nobody.
func FindNames(ctx context.Context, tx *db.DB, query string, limit int) ([]OwnerID, error) {
	asked := searched(query)
	if len(asked) == 0 {
		return nil, nil
	}
	key, err := indexKey(ctx, tx)
	if err != nil {
		return nil, err
	}
	args := []any{tx.PracticeID(), limit}
	var q strings.Builder
	q.WriteString("SELECT n.owner_id FROM seal_name n WHERE n.practice_id = $1")
	for i, word := range asked {
		args = append(args, token(key, word))
		if i == 0 {
			q.WriteString(" AND n.token = $3")
			continue
		}
		fmt.Fprintf(&q, ` AND EXISTS (SELECT 1 FROM seal_name o
			WHERE o.practice_id = $1 AND o.token = $%d AND o.owner_id = n.owner_id)`, len(args))
	}
	q.WriteString(" ORDER BY n.owner_id LIMIT $2")
	var found []OwnerID
	err = tx.Each(ctx, q.String(), args, func(scan func(...any) error) error {
		var owner OwnerID
		err := scan(&owner)
		found = append(found, owner)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find names: %w", err)
	}
	return found, nil
}

// searched is what a query asks for: its words, cut to what is indexed, each once and the longest, which fewest
// people share, first.
func searched(query string) [][]rune {
	var asked [][]rune
	for _, w := range words(query) {
		w = w[:min(len(w), longestPrefix)]
		same := func(o []rune) bool { return slices.Equal(o, w) }
		if len(w) >= shortestPrefix && !slices.ContainsFunc(asked, same) {
			asked = append(asked, w)
		}
	}
	slices.SortStableFunc(asked, func(a, b []rune) int { return len(b) - len(a) })
	return asked[:min(len(asked), maxWords)]
}

// unmarked spells letters that are letters of their own, and so lose no mark by normalising, as people type them.
var unmarked = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i")

// words splits a name or a query into its parts: lower case, without marks, apostrophes dropped and everything else
// that is neither letter nor digit between the parts.
func words(text string) [][]rune {
	var parts [][]rune
	var part []rune
	for _, r := range unmarked.Replace(strings.ToLower(norm.NFKD.String(text))) + " " {
		switch {
		case unicode.Is(unicode.M, r) || strings.ContainsRune("'’‘ʼʻ`", r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			part = append(part, r)
		case len(part) > 0:
			parts = append(parts, part)
			part = nil
		}
	}
	return parts
}

func token(key []byte, prefix []rune) []byte {
	return mac(key, "name", string(prefix))[:tokenSize]
}

// indexKey is the practice's key for indexes. It comes from the first version of the practice's key and is not
// renewed with it: an index can only be made again from opened values.
func indexKey(ctx context.Context, tx *db.DB) ([]byte, error) {
	practice, err := practiceRing(ctx, tx)
	if err != nil {
		return nil, err
	}
	first, ok := practice.secrets[firstVersion]
	if !ok {
		return nil, fmt.Errorf("open the first key of practice %s: %w", practice.practice, ErrNoKey)
	}
	return first.derive(forIndex), nil
}
