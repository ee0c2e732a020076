// Package writing is the practice's articles and the replies that readers leave.
package writing

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/seal"
)

// ID names an article.
type ID string

// Article is something that a member of staff has written for everyone to read.
type Article struct {
	ID        ID
	Slug      string // its address: letters, digits and hyphens
	AuthorID  practice.StaffID
	Draft     bool      // nobody but its author, the coordinator and the owner sees it
	Version   int64     // grows with every change
	Published time.Time // when it was first published; zero if never
	Changed   time.Time
	Words
}

// Words are what an article says.
type Words struct {
	Title   string
	Summary string // a sentence or two, for lists and search engines
	Body    string // Markdown; its headings begin at the second level
}

// The longest an article may be, in characters.
const (
	LongestTitle   = 120
	LongestSummary = 300
	LongestBody    = 40_000
)

// Validate collects what is wrong with the words, by form field.
func (w Words) Validate() error {
	var faults fault.List
	for _, part := range []struct {
		field, text, missing string
		longest              int
	}{
		{"title", w.Title, "Enter a title.", LongestTitle},
		{"summary", w.Summary, "Say in a sentence what it is about.", LongestSummary},
		{"body", w.Body, "Write the text first.", LongestBody},
	} {
		if strings.TrimSpace(part.text) == "" {
			faults.Add(part.field, part.missing)
		} else if n := utf8.RuneCountInString(part.text); n > part.longest {
			faults.Add(part.field, fmt.Sprintf("Please shorten this to %d characters. It has %d now.", part.longest, n))
		}
	}
	return faults.Err()
}

// Minutes is how long the article takes to read, at 220 words a minute; at least 1.
func (w Words) Minutes() int { return max(1, (len(strings.Fields(w.Body))+110)/220) }

// SlugOf is the address that a title makes: its letters and digits in lower case, joined by hyphens.
func SlugOf(title string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(norm.NFKD.String(title)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			b.WriteRune(r)
			gap = false
		case unicode.Is(unicode.M, r) || strings.ContainsRune("'’‘", r):
		default:
			gap = true
		}
	}
	slug := b.String()
	if len(slug) > 80 {
		slug = strings.Trim(slug[:80], "-")
	}
	if slug == "" {
		return "article"
	}
	return slug
}

func articlePlace(id ID) seal.Place {
	return seal.Place{Table: "article", Row: string(id), Column: "words"}
}

const articleColumns = `a.id, a.slug, a.author_id, a.state = 'draft', a.version, a.published_at, a.changed_at, a.words`

// articles reads the practice's articles that meet a condition; $1 is the practice.
func articles(ctx context.Context, tx *db.DB, where string, args ...any) ([]Article, error) {
	var all []Article
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Each(ctx, `SELECT `+articleColumns+` FROM article a WHERE a.practice_id = $1 AND `+where,
			append([]any{tx.PracticeID()}, args...), func(scan func(...any) error) error {
				var a Article
				var sealed []byte
				if err := scan(&a.ID, &a.Slug, &a.AuthorID, &a.Draft, &a.Version, &a.Published, &a.Changed, &sealed); err != nil {
					return err
				}
				all = append(all, a)
				return key.OpenJSON(articlePlace(a.ID), sealed, &all[len(all)-1].Words)
			})
	})
	if err != nil {
		return nil, fmt.Errorf("read articles: %w", err)
	}
	return all, nil
}

// Published lists the published articles, the newest first; at most limit, or all where it is 0.
func Published(ctx context.Context, tx *db.DB, by access.Actor, limit int) ([]Article, error) {
	if _, err := access.Within(by, access.ReadSite, tx.Now()); err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = 10_000
	}
	return articles(ctx, tx, `a.state = 'published' ORDER BY a.published_at DESC, a.id LIMIT $2`, limit)
}

// Read is the published article at an address, with the replies that appear below it, the oldest first.
func Read(ctx context.Context, tx *db.DB, by access.Actor, slug string) (Article, []Reply, error) {
	if _, err := access.Within(by, access.ReadSite, tx.Now()); err != nil {
		return Article{}, nil, err
	}
	var a Article
	var below []Reply
	err := tx.View(ctx, func(tx *db.DB) error {
		found, err := articles(ctx, tx, `a.state = 'published' AND a.slug = $2`, slug)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.NotFound()
		}
		a = found[0]
		below, err = replies(ctx, tx, `r.article_id = $2 AND r.state = 'published' ORDER BY r.at, r.id`, a.ID)
		for i := range below {
			below[i].Email = "" // not for readers
		}
		return err
	})
	return a, below, err
}

// Articles lists what the actor may see: what is published, their own drafts, and for the coordinator and the owner
// all drafts; the latest changed first.
func Articles(ctx context.Context, tx *db.DB, by access.Actor) ([]Article, error) {
	return seen(ctx, tx, by, `ORDER BY a.changed_at DESC, a.id`)
}

// One is an article that the actor may see.
func One(ctx context.Context, tx *db.DB, by access.Actor, id ID) (Article, error) {
	found, err := seen(ctx, tx, by, `AND a.id = $4`, id)
	if err != nil {
		return Article{}, err
	}
	if len(found) == 0 {
		return Article{}, fault.NotFound()
	}
	return found[0], nil
}

func seen(ctx context.Context, tx *db.DB, by access.Actor, more string, args ...any) ([]Article, error) {
	if _, err := access.Within(by, access.ReadArticles, tx.Now()); err != nil {
		return nil, err
	}
	return articles(ctx, tx, `(a.state = 'published' OR a.author_id = $2 OR $3 = (1 = 1)) `+more,
		append([]any{by.ID, editor(by)}, args...)...)
}

// editor reports whether the actor may change what others wrote.
func editor(by access.Actor) bool { return access.Of(by, access.EditArticles) != 0 }

// MayChange reports whether the actor may change the article: its author, the coordinator or the owner.
func MayChange(by access.Actor, a Article) bool {
	return editor(by) || access.Of(by, access.WriteArticle) != 0 && string(a.AuthorID) == by.ID
}

// Begin keeps a new draft by the actor.
func Begin(ctx context.Context, tx *db.DB, by access.Actor, words Words) (Article, error) {
	return begin(ctx, tx, by, access.WriteArticle, practice.StaffID(by.ID), words)
}

// BeginFor keeps a new draft by somebody else who works here, for the coordinator or the owner.
func BeginFor(ctx context.Context, tx *db.DB, by access.Actor, author practice.StaffID, words Words) (Article, error) {
	return begin(ctx, tx, by, access.EditArticles, author, words)
}

func begin(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, author practice.StaffID, words Words) (Article, error) {
	if _, err := access.Within(by, right, tx.Now()); err != nil {
		return Article{}, err
	}
	if err := words.Validate(); err != nil {
		return Article{}, err
	}
	var a Article
	err := tx.InTx(ctx, func(tx *db.DB) error {
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := practice.Colleague(ctx, tx, author); err != nil {
			return err
		}
		a = Article{ID: ID(tx.NewID()), AuthorID: author, Draft: true, Version: 1, Changed: tx.Now(), Words: words}
		if a.Slug, err = freeSlug(ctx, tx, a); err != nil {
			return err
		}
		sealed, err := key.SealJSON(articlePlace(a.ID), a.Words)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO article (practice_id, id, slug, author_id, state, words, version, published_at, changed_at)
			VALUES ($1, $2, $3, $4, 'draft', $5, $6, NULL, $7)`,
			tx.PracticeID(), a.ID, a.Slug, a.AuthorID, sealed, a.Version, a.Changed)
		if err != nil {
			return fmt.Errorf("keep article %s: %w", a.ID, err)
		}
		return audit.Record(ctx, tx, by, audit.Wrote, about(right, a.ID))
	})
	return a, err
}

// freeSlug is an address for the article that no other has: its title's, with a number behind it where that is taken.
func freeSlug(ctx context.Context, tx *db.DB, a Article) (string, error) {
	slug := SlugOf(a.Title)
	for n := 2; ; n++ {
		var holder ID
		err := tx.Row(ctx, `SELECT id FROM article WHERE practice_id = $1 AND slug = $2`, tx.PracticeID(), slug).Scan(&holder)
		if errors.Is(err, db.ErrNone) || err == nil && holder == a.ID {
			return slug, nil
		}
		if err != nil {
			return "", fmt.Errorf("look for an address: %w", err)
		}
		slug = SlugOf(a.Title) + "-" + strconv.Itoa(n)
	}
}

// Edit keeps changed words of an article. The version must be the one that was read, so that two people do not undo
// each other's work unseen. Its address follows the title until it is first published.
func Edit(ctx context.Context, tx *db.DB, by access.Actor, id ID, version int64, words Words) error {
	if err := words.Validate(); err != nil {
		return err
	}
	return change(ctx, tx, by, id, version, audit.Changed, func(tx *db.DB, a *Article) (err error) {
		a.Words = words
		if a.Published.IsZero() {
			a.Slug, err = freeSlug(ctx, tx, *a)
		}
		return err
	})
}

// Publish lets everyone read the article.
func Publish(ctx context.Context, tx *db.DB, by access.Actor, id ID, version int64) error {
	return change(ctx, tx, by, id, version, audit.Published, func(tx *db.DB, a *Article) error {
		a.Draft = false
		if a.Published.IsZero() {
			a.Published = tx.Now()
		}
		return nil
	})
}

// Unpublish takes the article from the site. It is a draft again, and its replies come back with it.
func Unpublish(ctx context.Context, tx *db.DB, by access.Actor, id ID, version int64) error {
	return change(ctx, tx, by, id, version, audit.Withdrew, func(_ *db.DB, a *Article) error {
		a.Draft = true
		return nil
	})
}

func change(ctx context.Context, tx *db.DB, by access.Actor, id ID, version int64, deed audit.Deed, to func(*db.DB, *Article) error) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		a, err := One(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if !MayChange(by, a) {
			return fault.NotFound()
		}
		if a.Version != version {
			return fault.Conflict("Someone else changed this article meanwhile. Open it in another tab and look, then make your change there.")
		}
		if err := to(tx, &a); err != nil {
			return err
		}
		if err := keep(ctx, tx, a); err != nil {
			return err
		}
		right := access.WriteArticle
		if string(a.AuthorID) != by.ID {
			right = access.EditArticles
		}
		return audit.Record(ctx, tx, by, deed, about(right, id))
	})
}

// keep writes an article as it now stands.
func keep(ctx context.Context, tx *db.DB, a Article) error {
	key, err := seal.Practice(ctx, tx)
	if err != nil {
		return err
	}
	sealed, err := key.SealJSON(articlePlace(a.ID), a.Words)
	if err != nil {
		return err
	}
	state := "published"
	if a.Draft {
		state = "draft"
	}
	_, err = tx.Exec(ctx, `
		UPDATE article SET slug = $3, state = $4, words = $5, version = version + 1, published_at = $6, changed_at = $7
		WHERE practice_id = $1 AND id = $2`,
		tx.PracticeID(), a.ID, a.Slug, state, sealed, a.Published, tx.Now())
	if err != nil {
		return fmt.Errorf("change article %s: %w", a.ID, err)
	}
	return nil
}

func about(right access.Right, id ID) audit.Subject {
	return audit.Subject{Right: right, Type: "article", ID: string(id)}
}
