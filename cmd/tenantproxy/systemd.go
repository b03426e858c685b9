package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"

	"tenantproxy/internal/proxy"
)

// activated gives the sockets that systemd has opened, to be used instead of `listen`
// and `admin.listen`; none if it has not (sd_listen_fds(3)). The one named admin is for
// operators; other names make no difference.
func activated() (l listeners, err error) {
	meant := os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid())
	named, err := activation.ListenersWithNames()
	if err != nil {
		return l, fmt.Errorf("taking the sockets of systemd: %w", err)
	}
	for name, of := range named {
		if name != "admin" {
			l.clients = append(l.clients, of...)
			continue
		}
		if len(of) != 1 {
			return l, errors.New("taking the sockets of systemd: more than one is named admin")
		}
		l.admin = of[0]
	}
	if meant && len(l.clients) == 0 && l.admin == nil {
		return l, errors.New("taking the sockets of systemd: none is a stream socket that listens")
	}
	return l, nil
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
