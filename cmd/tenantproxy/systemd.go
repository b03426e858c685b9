package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"

	"tenantproxy/internal/proxy"
)

// activated gives the sockets that systemd has opened for clients, to be used
// instead of `listen`; none if it has not (sd_listen_fds(3)). The names of the
// sockets make no difference, but for admin, which is not for clients.
func activated() ([]net.Listener, error) {
	meant := os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid())
	named, err := activation.ListenersWithNames()
	if err != nil {
		return nil, fmt.Errorf("taking the sockets of systemd: %w", err)
	}
	var listeners []net.Listener
	for name, of := range named {
		if name == "admin" {
			return nil, errors.New("taking the sockets of systemd: the one named admin has nothing that listens on it yet")
		}
		listeners = append(listeners, of...)
	}
	if meant && len(listeners) == 0 {
		return nil, errors.New("taking the sockets of systemd: none is a stream socket that listens")
	}
	return listeners, nil
}

// notify tells systemd about the state of the service, if it is who started it
// (sd_notify(3)).
func notify(log *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("telling systemd failed", "error", err)
	}
}

// reloading is the state at the begin of a reload. systemd wants the time with it,
// to tell it from the one before.
func reloading() string { return daemon.SdNotifyReloading + "\n" + daemon.SdNotifyMonotonicUsec() }

// feedWatchdog tells systemd, until ctx ends, that the server is alive, if it
// wants to know: as long as the server answers.
func feedWatchdog(ctx context.Context, server *proxy.Server, log *slog.Logger) {
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil || interval <= 0 {
		if err != nil {
			log.Warn("systemd's watchdog is not fed", "error", err)
		}
		return
	}
	tick := time.NewTicker(interval / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			server.Connections() // waits for the server's lock
			notify(log, daemon.SdNotifyWatchdog)
		}
	}
}
