package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"attune/internal/db"
	"attune/internal/seal"
)

// storage says where the records and the root key are.
type storage struct {
	DB      string `name:"db" default:"sqlite:attune-data/attune.db" help:"Database: sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME." env:"ATTUNE_DB"`
	DBOwner string `name:"db-owner" help:"PostgreSQL address of the role that owns the schema, for migrations; without it, the same as --db." env:"ATTUNE_DB_OWNER"`
	Keys    string `default:"file:attune-root.key" help:"Root key: file:PATH or exec:COMMAND. Never inside the data folder." env:"ATTUNE_KEYS"`
}

// open opens the database with the root key, after refusing what is not safe.
func (s storage) open(ctx context.Context, clock db.Clock) (*db.DB, error) {
	return s.openWith(ctx, db.Options{Clock: clock})
}

// openWith is open for a database whose time or randomness is set.
func (s storage) openWith(ctx context.Context, o db.Options) (*db.DB, error) {
	if err := s.keysApart(); err != nil {
		return nil, err
	}
	var err error
	if o.Root, err = seal.LoadRoot(s.Keys); err != nil {
		return nil, refusal{err.Error()}
	}
	o.OwnerDSN = s.DBOwner
	d, err := db.Open(ctx, s.DB, o)
	if err != nil {
		return nil, refusal{err.Error()}
	}
	return d, nil
}

// makeKey makes the root key's file and its folder where they are not there yet.
func (s storage) makeKey() error {
	if err := s.keysApart(); err != nil {
		return err
	}
	path, isFile := strings.CutPrefix(s.Keys, "file:")
	if !isFile {
		return nil
	}
	if there, err := exists(path); err != nil {
		return refusal{err.Error()}
	} else if there {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return refuse("The folder for the root key cannot be made: %v", err)
	}
	if err := seal.MakeRoot(path); err != nil {
		return refusal{err.Error()}
	}
	return nil
}

// keysApart refuses a key file that lies in the folder of the data: whoever
// copies the folder would have both.
func (s storage) keysApart() error {
	file, isFile := strings.CutPrefix(s.Keys, "file:")
	data, isSQLite := strings.CutPrefix(s.DB, "sqlite:")
	if !isFile || !isSQLite {
		return nil
	}
	key, err := resolve(file)
	if err != nil {
		return err
	}
	folder, err := resolve(filepath.Dir(data))
	if err != nil {
		return err
	}
	if inside, err := filepath.Rel(folder, key); err == nil && inside != ".." && !strings.HasPrefix(inside, ".."+string(filepath.Separator)) {
		return refuse("The root key %s lies inside the data folder %s. Move it elsewhere, so that a copy of the data does not open itself.", key, folder)
	}
	return nil
}

// resolve is the absolute path without links, as far as it exists.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", path, err)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real, nil
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return path, nil
	}
	return filepath.Join(parent, filepath.Base(path)), nil
}

// listening says where and how requests are answered.
type listening struct {
	Listen  string   `default:"127.0.0.1:8080" help:"Address to listen on; port 0 takes a free one." env:"ATTUNE_LISTEN"`
	TLS     string   `name:"tls" enum:"off,self,files" default:"off" help:"off: behind a declared proxy or on loopback; self: own certificate, loopback only; files: --tls-cert and --tls-key." env:"ATTUNE_TLS"`
	TLSCert string   `name:"tls-cert" type:"path" help:"Certificate chain, PEM." env:"ATTUNE_TLS_CERT"`
	TLSKey  string   `name:"tls-key" type:"path" help:"Private key of the certificate, PEM." env:"ATTUNE_TLS_KEY"`
	Proxy   []string `help:"Addresses (CIDR) of the reverse proxy that ends TLS and whose forwarding headers are believed." env:"ATTUNE_PROXY"`
	Mail    string   `default:"off" help:"smtp://USER:PASSWORD@HOST:PORT, sink:DIR or off; a practice may set its own." env:"ATTUNE_MAIL"`
	Rate    float64  `default:"1" help:"Multiplies every budget of requests, for load tests." env:"ATTUNE_RATE"`
	Metrics string   `help:"Private address for /metrics (Prometheus) and /healthz, such as 127.0.0.1:9090." env:"ATTUNE_METRICS"`
	JSON    bool     `help:"Print JSON."`
}

// check refuses a public address without TLS.
func (l listening) check() error {
	host, _, err := net.SplitHostPort(l.Listen)
	if err != nil {
		return refuse("The address %q is not one to listen on. Use HOST:PORT, such as 127.0.0.1:8080.", l.Listen)
	}
	if l.Rate <= 0 {
		return refuse("The rate must be above 0.")
	}
	loopback := isLoopback(host)
	switch {
	case l.TLS == "files" && (l.TLSCert == "" || l.TLSKey == ""):
		return refuse("TLS needs both --tls-cert and --tls-key.")
	case l.TLS == "self" && !loopback:
		return refuse("A self-made certificate is for loopback addresses only. Use --tls files with a certificate that browsers trust.")
	case l.TLS == "off" && !loopback && len(l.Proxy) == 0:
		return refuse("%s is open to others without TLS. Give a certificate with --tls files, or declare the proxy that ends TLS with --proxy.", l.Listen)
	}
	return nil
}

// secure reports whether people reach the program by TLS.
func (l listening) secure() bool { return l.TLS != "off" || len(l.Proxy) > 0 }

func (l listening) proxies() ([]*net.IPNet, error) {
	var all []*net.IPNet
	for _, text := range l.Proxy {
		if !strings.Contains(text, "/") {
			text += map[bool]string{true: "/128", false: "/32"}[strings.Contains(text, ":")]
		}
		_, network, err := net.ParseCIDR(text)
		if err != nil {
			return nil, refuse("The proxy %q is no address. Use one such as 10.0.0.5 or 10.0.0.0/24.", text)
		}
		if ones, _ := network.Mask.Size(); ones == 0 {
			return nil, refuse("The proxy %q would believe everyone. Name the proxy's own address.", text)
		}
		all = append(all, network)
	}
	return all, nil
}

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// logger writes structured lines to standard error; they hold ids and routes only.
func logger(t *terminal, quiet bool) *slog.Logger {
	level := slog.LevelInfo
	if quiet {
		level = slog.LevelWarn
	}
	return slog.New(slog.NewJSONHandler(t.errs, &slog.HandlerOptions{Level: level}))
}

// base gives the address that links in mail begin with, for a host of the practice.
func (l listening) base(addr net.Addr) func(host string) string {
	return func(host string) string {
		at := url.URL{Scheme: "http", Host: host}
		if l.secure() {
			at.Scheme = "https"
		}
		if _, _, err := net.SplitHostPort(host); err != nil && len(l.Proxy) == 0 {
			if _, port, err := net.SplitHostPort(addr.String()); err == nil && port != "80" && port != "443" {
				at.Host = net.JoinHostPort(host, port)
			}
		}
		return at.String()
	}
}

// exists reports whether there is a file.
func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
