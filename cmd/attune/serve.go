package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"attune/internal/audit"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/intake"
	"attune/internal/job"
	"attune/internal/letter"
	"attune/internal/mail"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/web"
	"attune/internal/writing"
)

type serveCmd struct {
	storage
	listening
	ownBackups
}

// Run serves until it is told to stop.
func (c *serveCmd) Run(ctx context.Context, t *terminal) error {
	if err := c.check(); err != nil {
		return err
	}
	d, err := c.open(ctx, nil)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	if all, err := practice.IDs(ctx, d); err != nil {
		return err
	} else if len(all) == 0 {
		return refuse("There is no practice in this database. Make one with: attune init")
	}
	log := logger(t, false)
	end, err := c.begin(ctx, d, log)
	if err != nil {
		return err
	}
	defer end()
	return serve(ctx, d, c.listening, log, func(addr string) error { return ready(t, c.listening, addr) })
}

// ready tells that requests are answered from now on.
func ready(t *terminal, l listening, addr string) error {
	if l.JSON {
		return t.json(map[string]any{"ready": true, "addr": addr})
	}
	t.say("Attune answers on %s", l.address(addr))
	return nil
}

// address is where a browser on this machine finds it.
func (l listening) address(addr string) string {
	if l.TLS != "off" {
		return "https://" + addr
	}
	return "http://" + addr
}

// serve answers requests and does the jobs until the context ends; then it lets
// what is running finish.
func serve(ctx context.Context, d *db.DB, l listening, log *slog.Logger, started func(addr string) error) error {
	proxies, err := l.proxies()
	if err != nil {
		return err
	}
	sender, err := mail.Open(l.Mail)
	if err != nil {
		return refusal{err.Error()}
	}
	listener, err := l.listen()
	if err != nil {
		return err
	}
	worker := workerFor(d, letter.Post{Sender: sender, Base: l.base(listener.Addr()), Host: listener.Addr().String()}, auth.NewGuard(l.Rate), log)
	handler := web.Handler(web.Settings{DB: d, Log: log, Secure: l.secure(), Rate: l.Rate, Wake: worker.Wake, Proxies: proxies})
	if l.Metrics != "" {
		var m meter
		end, err := m.watch(l.Metrics, d, log)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		defer end()
		handler = m.count(handler)
	}
	server := web.Server(handler, log)

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var working sync.WaitGroup
	working.Go(func() { worker.Run(ctx) })
	failed := make(chan error, 1)
	working.Go(func() {
		if err := server.Serve(limited(listener)); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("serve: %w", err)
		}
		stop()
	})
	if err := started(listener.Addr().String()); err != nil {
		return err
	}
	<-ctx.Done()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		log.Warn("some requests were cut off", "error", err)
	}
	working.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// listen opens the address, with TLS where that is wished.
func (l listening) listen() (net.Listener, error) {
	listener, err := net.Listen("tcp", l.Listen)
	if err != nil {
		return nil, refuse("Cannot listen on %s: %v", l.Listen, err)
	}
	if l.TLS == "off" {
		return listener, nil
	}
	certificate, err := l.certificate()
	if err != nil {
		return nil, err
	}
	return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"}}), nil
}

func (l listening) certificate() (tls.Certificate, error) {
	if l.TLS == "self" {
		return selfMade()
	}
	certificate, err := tls.LoadX509KeyPair(l.TLSCert, l.TLSKey)
	if err != nil {
		return certificate, refuse("The certificate cannot be used: %v", err)
	}
	return certificate, nil
}

// The periodic jobs of every practice.
const (
	sequenceJob job.Kind = "sequence audit"
	sweepJob    job.Kind = "sweep"
)

// workerFor knows what each kind of job does.
func workerFor(d *db.DB, post letter.Post, guard *auth.Guard, log *slog.Logger) *job.Worker {
	return &job.Worker{
		DB:  d.ForAll(),
		Log: log,
		Do: map[job.Kind]job.Func{
			letter.Job:      post.Deliver,
			writing.TellJob: writing.Tell,
			sequenceJob: func(ctx context.Context, d *db.DB, _ []byte) error {
				_, err := audit.Sequence(ctx, d)
				return err
			},
		},
		DoTx: map[job.Kind]job.Func{
			letter.AskJob:        letter.Answer(guard),
			schedule.ReminderJob: intake.Remind,
			schedule.CheckInJob:  intake.SendCheckIns,
			sweepJob: func(ctx context.Context, tx *db.DB, _ []byte) error {
				if _, err := intake.Sweep(ctx, tx); err != nil {
					return err
				}
				if _, err := writing.Sweep(ctx, tx); err != nil {
					return err
				}
				return auth.Sweep(ctx, tx)
			},
		},
		Every: []job.Periodic{job.Every(sequenceJob, time.Minute), job.Every(sweepJob, 24*time.Hour)},
	}
}
