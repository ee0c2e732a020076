package db_test

import (
	"context"
	"testing"

	"attune/internal/db"
)

func BenchmarkRow(b *testing.B) {
	d := fresh(b)
	if err := put(d, "a", 1); err != nil {
		b.Fatal(err)
	}
	query := "SELECT n, words, at FROM thing WHERE practice_id = $1 AND id = $2"
	asked, cancel := context.WithCancel(ctx) // as a request's is
	defer cancel()
	read := func(tx *db.DB) error {
		var n *int
		var words *string
		return tx.Row(asked, query, "one", "a").Scan(&n, &words, new(any))
	}
	b.Run("alone", func(b *testing.B) {
		for b.Loop() {
			if err := read(d); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if err := read(d); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("in a view of ten", func(b *testing.B) {
		for b.Loop() {
			err := d.View(asked, func(tx *db.DB) error {
				for range 10 {
					if err := read(tx); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkInTx(b *testing.B) {
	d := fresh(b)
	if err := put(d, "a", 1); err != nil {
		b.Fatal(err)
	}
	asked, cancel := context.WithCancel(ctx)
	defer cancel()
	for _, c := range []struct {
		name string
		keys []string
	}{{"plain", nil}, {"with a lock", []string{"k"}}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				err := d.InTx(asked, func(tx *db.DB) error {
					for _, key := range c.keys {
						if err := tx.Lock(key); err != nil {
							return err
						}
					}
					_, err := tx.Exec(asked, "UPDATE thing SET n = n + 1 WHERE practice_id = $1 AND id = $2", "one", "a")
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
