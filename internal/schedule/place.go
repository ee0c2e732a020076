package schedule

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

// Place is where people meet: a room, which holds one session at a time, or video.
type Place struct {
	ID     PlaceID
	Kind   string // "room" or "video"
	Active bool
	Way
}

// Way is how one gets to a place.
type Way struct {
	Name       string // "Room 2", "Video"
	Directions string // how to find the room
	Link       string // where the video session is; only https
}

func placePlace(id PlaceID) seal.Place {
	return seal.Place{Table: "place", Row: string(id), Column: "profile"}
}

// Places lists the practice's places: rooms first, then by name.
func Places(ctx context.Context, tx *db.DB) ([]Place, error) {
	var all []Place
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Each(ctx, `SELECT id, kind, active, profile FROM place WHERE practice_id = $1`, []any{tx.PracticeID()},
			func(scan func(...any) error) error {
				var p Place
				var sealed []byte
				if err := scan(&p.ID, &p.Kind, &p.Active, &sealed); err != nil {
					return err
				}
				all = append(all, p)
				return key.OpenJSON(placePlace(p.ID), sealed, &all[len(all)-1].Way)
			})
	})
	slices.SortFunc(all, func(a, b Place) int {
		if a.Kind != b.Kind {
			return strings.Compare(a.Kind, b.Kind)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all, err
}

// OnePlace is one place, active or not.
func OnePlace(ctx context.Context, tx *db.DB, id PlaceID) (Place, error) {
	all, err := Places(ctx, tx)
	if err != nil {
		return Place{}, err
	}
	i := slices.IndexFunc(all, func(p Place) bool { return p.ID == id })
	if i < 0 {
		return Place{}, fault.NotFound()
	}
	return all[i], nil
}

// KeepPlace keeps a place; one without an id is new.
func KeepPlace(ctx context.Context, tx *db.DB, by access.Actor, p Place) (PlaceID, error) {
	if _, err := access.Within(by, access.WriteSettings, tx.Now()); err != nil {
		return "", err
	}
	var faults fault.List
	if strings.TrimSpace(p.Name) == "" {
		faults.Add("place_name", "Enter a name for the place, such as Room 2.")
	}
	if p.Kind != "room" && p.Kind != "video" {
		faults.Add("place_kind", "Choose whether it is a room or video.")
	}
	if p.Link != "" && !strings.HasPrefix(p.Link, "https://") {
		faults.Add("place_link", "Enter an address that begins with https://.")
	}
	if err := faults.Err(); err != nil {
		return "", err
	}
	err := tx.InTx(ctx, func(tx *db.DB) error {
		if p.ID == "" {
			p.ID = PlaceID(tx.NewID())
		}
		if err := putPlace(ctx, tx, p); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Changed, audit.Subject{Right: access.WriteSettings, Type: "place", ID: string(p.ID)})
	})
	return p.ID, err
}

func putPlace(ctx context.Context, tx *db.DB, p Place) error {
	key, err := seal.Practice(ctx, tx)
	if err != nil {
		return err
	}
	sealed, err := key.SealJSON(placePlace(p.ID), p.Way)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO place (practice_id, id, kind, active, profile) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (practice_id, id) DO UPDATE SET kind = excluded.kind, active = excluded.active, profile = excluded.profile`,
		tx.PracticeID(), p.ID, p.Kind, p.Active, sealed)
	if err != nil {
		return fmt.Errorf("keep place %s: %w", p.ID, err)
	}
	return nil
}
