package main

import (
	"net"
	"sync"
)

// Connections at once: of the whole process, and of one address (security.md S-75).
const (
	mostConnections = 512
	mostOfOne       = 20
)

// limited refuses connections beyond what the process, or one address, may have open.
func limited(l net.Listener) net.Listener {
	return &limiter{Listener: l, open: map[string]int{}}
}

type limiter struct {
	net.Listener
	mu   sync.Mutex
	all  int
	open map[string]int
}

// Accept waits for a connection within the limits; others are closed at once.
func (l *limiter) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host, _, err := net.SplitHostPort(c.RemoteAddr().String())
		if err != nil {
			host = c.RemoteAddr().String()
		}
		if l.enter(host) {
			return &counted{Conn: c, leave: sync.OnceFunc(func() { l.leave(host) })}, nil
		}
		_ = c.Close() // it was never served
	}
}

func (l *limiter) enter(host string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	ip := net.ParseIP(host)
	// A proxy or this machine itself stands for many people.
	if l.all >= mostConnections || l.open[host] >= mostOfOne && (ip == nil || !ip.IsLoopback() && !ip.IsPrivate()) {
		return false
	}
	l.all++
	l.open[host]++
	return true
}

func (l *limiter) leave(host string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.open[host]--; l.open[host] == 0 {
		delete(l.open, host)
	}
}

type counted struct {
	net.Conn
	leave func()
}

// Close closes the connection and makes room for another.
func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}
