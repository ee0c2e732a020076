package auth

import (
	"context"
	"fmt"
	"strings"

	"attune/internal/db"
	"attune/internal/seal"
)

// naming is a mark in a browser's words for itself, and what it stands for.
type naming struct{ mark, is string }

// The order counts: many browsers also name those that they descend from.
var (
	browsers = []naming{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox", "Firefox"},
		{"FxiOS", "Firefox"}, {"CriOS", "Chrome"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}}
	systems = []naming{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Macintosh", "Mac"}, {"Linux", "Linux"}}
)

// DeviceWords says in a few words what a browser's own words for itself mean: "Firefox on Windows".
func DeviceWords(agent string) string {
	return named(agent, browsers, "A browser") + " on " + named(agent, systems, "an unknown device")
}

func named(agent string, namings []naming, otherwise string) string {
	for _, n := range namings {
		if strings.Contains(agent, n.mark) {
			return n.is
		}
	}
	return otherwise
}

// Unfamiliar reports whether a sign-in is from a kind of device that the person has not signed in from within the last
// 90 days. A person's first sign-in is from none other, and is not unfamiliar.
func Unfamiliar(ctx context.Context, tx *db.DB, s SignIn) (bool, error) {
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return false, err
	}
	earlier, familiar := false, false
	err = tx.Each(ctx, `SELECT id, device FROM sign_in WHERE practice_id = $1 AND person_id = $2 AND id <> $3`,
		[]any{tx.PracticeID(), s.PersonID, s.ID}, func(scan func(...any) error) error {
			var id string
			var sealed []byte
			if err := scan(&id, &sealed); err != nil {
				return err
			}
			earlier = true
			device, err := practice.Open(placeOf("sign_in", id, "device"), sealed)
			familiar = familiar || DeviceWords(device) == DeviceWords(s.Device)
			return err
		})
	if err != nil {
		return false, fmt.Errorf("look for earlier sign-ins of %s: %w", s.PersonID, err)
	}
	return earlier && !familiar, nil
}
