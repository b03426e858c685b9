package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"

	"tenantproxy/internal/config"
	"tenantproxy/internal/observe/admin"
)

// listeners are what `serve` listens on. admin is nil if it is off.
type listeners struct {
	clients []net.Listener
	admin   net.Listener
}

// listenAll opens what systemd has not given, or nothing.
func listenAll(ctx context.Context, cfg *config.Config) (_ listeners, err error) {
	l, err := activated()
	if err != nil {
		return listeners{}, err
	}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	if len(l.clients) == 0 {
		if l.clients, err = listen(ctx, cfg); err != nil {
			return l, err
		}
	}
	switch {
	case l.admin != nil && cfg.Admin.TokenFile == "" && !isLocal(l.admin.Addr()):
		return l, fmt.Errorf("taking the sockets of systemd: admin.token_file is required: %s can be reached from other machines", l.admin.Addr())
	case l.admin == nil && cfg.Admin.Listen != "":
		if l.admin, err = listenAdmin(ctx, cfg); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (l *listeners) close() {
	closeAll(l.clients)
	if l.admin != nil {
		l.admin.Close()
	}
}

// listen opens all listeners for clients, or none.
func listen(ctx context.Context, cfg *config.Config) ([]net.Listener, error) {
	addresses, err := cfg.ListenAddresses()
	if err != nil {
		return nil, err
	}
	var opened []net.Listener
	for _, a := range addresses {
		// As Postgres's unix_socket_permissions: the token is what protects.
		ln, err := listenOn(ctx, a, 0o777)
		if err != nil {
			closeAll(opened)
			return nil, fmt.Errorf("listening on %s: %w", a.Address, err)
		}
		opened = append(opened, ln)
	}
	return opened, nil
}

func listenAdmin(ctx context.Context, cfg *config.Config) (net.Listener, error) {
	address, err := cfg.AdminAddress()
	if err != nil {
		return nil, err
	}
	ln, err := listenOn(ctx, address, 0o600)
	if err != nil {
		return nil, fmt.Errorf("listening on admin.listen %s: %w (admin.listen: \"\" turns it off)", cfg.Admin.Listen, err)
	}
	return ln, nil
}

// listenOn listens; mode is the permissions of a unix socket.
func listenOn(ctx context.Context, a config.ListenAddress, mode fs.FileMode) (net.Listener, error) {
	if a.Network == "unix" {
		// The socket of a process that was killed stays behind. One that
		// somebody listens on is not ours to remove.
		if conn, err := (&net.Dialer{}).DialContext(ctx, "unix", a.Address); err == nil {
			conn.Close()
			return nil, errors.New("another process listens there")
		} else if errors.Is(err, syscall.ECONNREFUSED) {
			if err := os.Remove(a.Address); err != nil {
				return nil, err
			}
		}
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, a.Network, a.Address)
	if err != nil {
		return nil, err
	}
	if a.Network == "unix" {
		if err := os.Chmod(a.Address, mode); err != nil {
			ln.Close()
			return nil, err
		}
	}
	return ln, nil
}

func closeAll(listeners []net.Listener) {
	for _, ln := range listeners {
		ln.Close()
	}
}

// isLocal tells that nothing but this machine can reach an address that is listened on.
func isLocal(address net.Addr) bool {
	tcp, isTCP := address.(*net.TCPAddr)
	return !isTCP || tcp.IP.IsLoopback()
}

// newAdmin makes the server for operators, which answers on ln.
func newAdmin(s *service, cfg config.Admin, ln net.Listener) (*admin.Server, error) {
	_, isTCP := ln.Addr().(*net.TCPAddr)
	return admin.New(admin.Options{
		TokenFile: cfg.TokenFile, AnyHost: !isTCP, Pprof: cfg.Pprof,
		Alive: func() { s.server.Connections() }, Checks: s.checks(),
		Status: s.status, Relations: s.relations, Metrics: s.metrics.Handler(),
		Log: s.log,
	})
}

// serveAdmin answers operators on ln, if it is not nil, until stop is called.
func serveAdmin(s *service, cfg config.Admin, ln net.Listener) (stop func(), err error) {
	if ln == nil {
		return func() {}, nil
	}
	server, err := newAdmin(s, cfg, ln)
	if err != nil {
		return nil, err
	}
	s.admin = server
	s.log.Info("serving operators", "address", ln.Addr().String(), "token", cfg.TokenFile != "")
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(ln); err != nil {
			s.log.Error("the server for operators has ended", "error", err)
		}
	}()
	return func() {
		server.Close()
		<-done
	}, nil
}
