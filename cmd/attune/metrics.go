package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"attune/internal/backup"
	"attune/internal/db"
)

// buckets are the upper bounds of the histogram of answer times, in seconds.
var buckets = [...]float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5}

// meter counts answers: by their class, and how long they took. It knows no path and no person.
type meter struct {
	classes [6]atomic.Int64 // 0: others
	within  [len(buckets)]atomic.Int64
	all     atomic.Int64
	micros  atomic.Int64
}

// count counts what a handler answers.
func (m *meter) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		noted := &noting{ResponseWriter: w, status: http.StatusOK}
		defer func() { m.note(noted.status, time.Since(begun)) }()
		next.ServeHTTP(noted, r)
	})
}

func (m *meter) note(status int, took time.Duration) {
	class := status / 100
	if class < 1 || class > 5 {
		class = 0
	}
	m.classes[class].Add(1)
	m.all.Add(1)
	m.micros.Add(took.Microseconds())
	for i, limit := range buckets {
		if took.Seconds() <= limit {
			m.within[i].Add(1)
		}
	}
}

// noting remembers the status that was answered.
type noting struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (n *noting) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach what is beneath.
func (n *noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// write writes all figures in Prometheus' text format, version 0.0.4.
func (m *meter) write(w http.ResponseWriter, h backup.Health, now time.Time) {
	var b strings.Builder
	gauge := func(name, help string, value any) {
		fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s gauge\n%s %v\n", name, help, name, name, value)
	}
	b.WriteString("# HELP attune_answers_total Answers by class of status.\n# TYPE attune_answers_total counter\n")
	for class := 1; class <= 5; class++ {
		fmt.Fprintf(&b, "attune_answers_total{class=\"%dxx\"} %d\n", class, m.classes[class].Load())
	}
	b.WriteString("# HELP attune_answer_seconds How long answers took.\n# TYPE attune_answer_seconds histogram\n")
	for i, limit := range buckets {
		fmt.Fprintf(&b, "attune_answer_seconds_bucket{le=\"%v\"} %d\n", limit, m.within[i].Load())
	}
	all := m.all.Load()
	fmt.Fprintf(&b, "attune_answer_seconds_bucket{le=\"+Inf\"} %d\nattune_answer_seconds_sum %v\nattune_answer_seconds_count %d\n",
		all, float64(m.micros.Load())/1e6, all)
	gauge("attune_practices", "Practices in the database.", h.Practices)
	gauge("attune_jobs_due", "Jobs that are due and wait.", h.Waiting)
	gauge("attune_jobs_dead", "Jobs that failed for good.", h.Dead)
	gauge("attune_audit_unsequenced", "Entries of the log that are not in its tree yet.", h.Unsequenced)
	if !h.Backup.IsZero() {
		gauge("attune_backup_age_seconds", "Age of the last backup that worked.", int64(now.Sub(h.Backup).Seconds()))
	}
	gauge("attune_backup_failed", "Whether the last try to back up did not work.", map[bool]int{true: 1}[h.Failed])
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	gauge("attune_heap_bytes", "Memory in use by the program's values.", memory.HeapAlloc)
	gauge("attune_goroutines", "Goroutines.", runtime.NumGoroutine())
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write([]byte(b.String())) // who asked and left need not be told
}

// watch answers /metrics and /healthz on a listener of their own until what it returns is called.
func (m *meter) watch(addr string, d *db.DB, log *slog.Logger) (end func(), err error) {
	listener, err := privately(addr)
	if err != nil {
		return nil, err
	}
	routes := http.NewServeMux()
	health := func(w http.ResponseWriter, r *http.Request) (backup.Health, bool) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		h, err := backup.HealthOf(ctx, d)
		if err != nil {
			log.Warn("the database does not answer", "error", err)
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		}
		return h, err == nil
	}
	routes.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if h, ok := health(w, r); ok {
			m.write(w, h, d.Now())
		}
	})
	routes.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		if _, ok := health(w, r); ok {
			_, _ = w.Write([]byte("ok\n")) // as above
		}
	})
	server := &http.Server{Handler: routes, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 8 << 10}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("figures are not answered any more", "error", err)
		}
	}()
	log.Info("figures", "addr", listener.Addr().String())
	return func() { _ = server.Close(); <-done }, nil // nothing is lost with it
}

// privately listens on an address that only this machine or a private network reaches.
func privately(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	if err != nil || !isLoopback(host) && (ip == nil || !ip.IsPrivate()) {
		return nil, refuse("Figures are for a private address only: use one such as 127.0.0.1:9090 for --metrics.")
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, refuse("Cannot listen on %s: %v", addr, err)
	}
	return listener, nil
}
