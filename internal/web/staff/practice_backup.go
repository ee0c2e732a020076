package staff

import (
	"errors"
	"time"

	"attune/internal/backup"
	"attune/internal/db"
	"attune/internal/web/route"
)

// lateBackup is how long ago the last backup may be before the owner is told so.
const lateBackup = 48 * time.Hour

// lastBackup is what became of the last backup.
type lastBackup struct {
	Found bool
	Done  time.Time // zero where none has worked yet
	Fault string
}

func lookAtBackup(v *route.Visit, view *practiceView) error {
	last, err := backup.Last(v.Context(), v.DB)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return err
	}
	view.Backup = lastBackup{Found: err == nil, Done: last.Done, Fault: last.Fault}
	if !v.Practice.Demo && v.DB.Now().Sub(last.Done) > lateBackup {
		view.Ask = append(view.Ask, askedOf{"danger", "alert", "There is no backup of the last two days. Whoever runs the program has to see to it.", "/practice#backup", "How it stands"})
	}
	return nil
}
