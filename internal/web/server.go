// Package web is the HTTP server: it finds the practice and the person, holds
// every request against its route, and turns errors into answers.
package web

import (
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/web/portal"
	"attune/internal/web/route"
	"attune/internal/web/site"
	"attune/internal/web/staff"
)

// Settings are what the server needs to know.
type Settings struct {
	DB     *db.DB
	Log    *slog.Logger
	Secure bool    // served over TLS, by itself or behind a declared proxy
	Rate   float64 // multiplies every budget, for load tests; 0 means 1
	Wake   func()  // tells the worker that a job was enqueued
	// Proxies are the addresses whose forwarding headers are believed.
	Proxies []*net.IPNet
}

// Routes is the table of all routes: what Handler serves and `attune routes` prints.
func Routes() *route.Registry {
	var g route.Registry
	addBare(&g)
	site.Add(&g)
	portal.Add(&g)
	staff.Add(&g)
	return &g
}

// Handler serves the practices in the database.
func Handler(s Settings) http.Handler {
	if s.Rate == 0 {
		s.Rate = 1
	}
	house := &route.House{Secure: s.Secure, Guard: auth.NewGuard(s.Rate), Wake: s.Wake, BaseURL: s.baseURL}
	if house.Wake == nil {
		house.Wake = func() {}
	}
	d := &door{Settings: s, house: house, csrf: http.NewCrossOriginProtection(), refuge: newRefuge(s.DB)}
	mux := http.NewServeMux()
	for _, r := range Routes().Routes() {
		if r.Bare {
			mux.Handle(r.Method+" "+r.Pattern, d.bare(r.Name))
		} else {
			mux.Handle(r.Method+" "+r.Pattern, d.visit(r))
		}
	}
	return d.outermost(d.orNowhere(mux))
}

// Server is an HTTP server with the limits of security.md S-75.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

func (s Settings) baseURL(host string) string {
	scheme := "http://"
	if s.Secure {
		scheme = "https://"
	}
	return scheme + strings.ToLower(host)
}
