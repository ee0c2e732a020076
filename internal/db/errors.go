package db

import "errors"

var (
	// ErrNone is returned by Row.Scan where there is no row.
	ErrNone = errors.New("no such row")
	// ErrOverlap says that a stretch of time is taken already.
	ErrOverlap = errors.New("overlaps another row")
	// ErrDuplicate says that a row with this key exists already.
	ErrDuplicate = errors.New("duplicate key")
	// ErrReference says that the row refers to one that does not exist, or is referred to and cannot go.
	ErrReference = errors.New("broken reference")
	// ErrUnknownOutcome says that the connection or disk failed during the commit: it may or may not have
	// been kept. Look the deed's idempotency key up, or do it again with the same key.
	ErrUnknownOutcome = errors.New("whether it was kept is unknown")
	// ErrStopped says that the disk failed, and that nothing more is written until the database is opened again.
	ErrStopped = errors.New("writing stopped after a disk error")
)

var (
	errClosed   = errors.New("the database is closed")
	errOutside  = errors.New("a statement that writes runs only inside InTx")
	errReadOnly = errors.New("a write inside View")
	errNested   = errors.New("a statement inside the row function of Each: collect the rows first")
)
