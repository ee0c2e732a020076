// Command pgserver stops the PostgreSQL server that tests started, before it would stop by itself: pgserver stop.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"attune/internal/db/dbtest"
)

func main() {
	if len(os.Args) != 2 || os.Args[1] != "stop" {
		fmt.Fprintln(os.Stderr, "usage: pgserver stop")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := dbtest.StopServer(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "pgserver:", err)
		os.Exit(1)
	}
}
