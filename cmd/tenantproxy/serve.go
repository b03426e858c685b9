package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tenantproxy/internal/config"
	"tenantproxy/internal/proxy"
)

func newServeCommand() *cobra.Command {
	var configFile string
	var checkConfig bool
	var drainTimeout time.Duration
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the proxy",
		Long: `Run the proxy. SIGTERM and SIGINT drain it: sessions end at their transaction's
end, at the latest after --drain-timeout; a second signal ends it at once. SIGHUP
reloads the configuration, all of it or, if something is wrong with it, nothing.`,
		Example: `  tenantproxy serve --config tenantproxy.yaml
  tenantproxy serve --config tenantproxy.yaml --check-config`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			load := func() (*config.Config, error) {
				cfg, err := config.Load(configFile, os.Environ())
				if err == nil && cmd.Flags().Changed("drain-timeout") {
					cfg.Limits.DrainTimeout = drainTimeout
				}
				return cfg, err
			}
			cfg, err := load()
			if err != nil {
				return &exitError{exitUsage, err}
			}
			if drainTimeout < 0 {
				return &exitError{exitUsage, errors.New("--drain-timeout must not be negative")}
			}
			if checkConfig {
				return printConfig(cmd, cfg)
			}
			return serve(cmd.Context(), cfg, load)
		},
	}
	cmd.Flags().StringVar(&configFile, "config", "", "configuration file (YAML); TENANTPROXY_… variables come over it")
	cmd.Flags().DurationVar(&drainTimeout, "drain-timeout", 0, "how long open transactions may go on at the end (default limits.drain_timeout)")
	cmd.Flags().BoolVar(&checkConfig, "check-config", false, "check the configuration and the files it names, print it without secrets, and exit")
	return cmd
}

// printConfig shows the configuration in force, after building everything from
// it that needs no connection.
func printConfig(cmd *cobra.Command, cfg *config.Config) error {
	if _, err := newService(cfg, slog.New(slog.DiscardHandler)); err != nil {
		return &exitError{exitUsage, err}
	}
	summary, err := cfg.Summary()
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), summary)
	return err
}

// serve runs the proxy until a signal ends it. load reads the configuration again.
func serve(ctx context.Context, cfg *config.Config, load func() (*config.Config, error)) error {
	log := newLog(cfg.Log)
	service, err := newService(cfg, log)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)

	listeners, err := activated()
	if err == nil && len(listeners) == 0 {
		listeners, err = listen(ctx, cfg)
	}
	if err != nil {
		return &exitError{exitUsage, err}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := service.start(ctx); err != nil {
		closeAll(listeners)
		service.server.Close()
		return err
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		drainOnSignal(ctx, signals, service, load)
	}()
	var group errgroup.Group
	for _, ln := range listeners {
		log.Info("listening", "address", ln.Addr().String(), "version", versionText())
		group.Go(func() error {
			err := service.server.Serve(ln)
			if !errors.Is(err, proxy.ErrServerClosed) {
				cancel() // one listener is gone: end the others
				return err
			}
			return nil
		})
	}
	notify(log, daemon.SdNotifyReady)
	go feedWatchdog(ctx, service.server, log)
	err = group.Wait() // the listeners go first
	<-drained          // then the sessions
	cancel()
	service.stop()
	return err
}

// drainOnSignal reloads at SIGHUP, drains the server at the first other signal, or
// closes it when ctx ends, and closes it at the second.
func drainOnSignal(ctx context.Context, signals <-chan os.Signal, s *service, load func() (*config.Config, error)) {
	server, log := s.server, s.log
	for waiting := true; waiting; {
		select {
		case <-ctx.Done():
			server.Close()
			return
		case sig := <-signals:
			if sig == syscall.SIGHUP {
				notify(log, reloading())
				cfg, err := load()
				if err == nil {
					err = s.reload(cfg)
				}
				if err != nil {
					log.Error("the configuration stays the one of before", "error", err)
				} else {
					log.Info("configuration reloaded")
				}
				notify(log, daemon.SdNotifyReady)
				continue
			}
			notify(log, daemon.SdNotifyStopping)
			log.Info("draining", "signal", sig.String(), "timeout", s.cfg.Limits.DrainTimeout)
			waiting = false
		}
	}
	drain, cancel := context.WithTimeout(ctx, s.cfg.Limits.DrainTimeout)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Shutdown(drain); err != nil {
			log.Warn("sessions were ended before their transaction was", "error", err)
		}
	}()
	for {
		select {
		case <-done:
			return
		case sig := <-signals:
			if sig == syscall.SIGHUP {
				continue
			}
			log.Warn("ending at once", "signal", sig.String())
			cancel()
		}
	}
}

// listen opens all listeners, or none.
func listen(ctx context.Context, cfg *config.Config) ([]net.Listener, error) {
	addresses, err := cfg.ListenAddresses()
	if err != nil {
		return nil, err
	}
	var listeners []net.Listener
	for _, a := range addresses {
		ln, err := listenOn(ctx, a)
		if err != nil {
			closeAll(listeners)
			return nil, fmt.Errorf("listening on %s: %w", a.Address, err)
		}
		listeners = append(listeners, ln)
	}
	return listeners, nil
}

func listenOn(ctx context.Context, a config.ListenAddress) (net.Listener, error) {
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
		// As Postgres's unix_socket_permissions: the token is what protects.
		if err := os.Chmod(a.Address, 0o777); err != nil { //nolint:gosec // clients run as other users
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

// newLog makes the log, on stderr: stdout is for results.
func newLog(cfg config.Log) *slog.Logger {
	return slog.New(newLogHandler(os.Stderr, cfg))
}
