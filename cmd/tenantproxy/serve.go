package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tenantproxy/internal/config"
	"tenantproxy/internal/observe/admin"
	"tenantproxy/internal/observe/auditlog"
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
reloads the configuration, all of it or, if something is wrong with it, nothing,
and opens the audit log again.`,
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
	if err := auditlog.CheckPath(cfg.AuditLog.Path); err != nil {
		return &exitError{exitUsage, fmt.Errorf("audit_log.path: %w", err)}
	}
	if _, err := newService(cfg, slog.New(slog.DiscardHandler), nil); err != nil {
		return &exitError{exitUsage, err}
	}
	if err := admin.CheckToken(cfg.Admin.TokenFile); err != nil {
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
func serve(ctx context.Context, cfg *config.Config, load func() (*config.Config, error)) (err error) {
	log := newLog(cfg.Log)
	signal.Ignore(syscall.SIGPIPE) // who reads the audit log from stdout may end: Write says so
	audit, err := openAuditLog(cfg.AuditLog, log)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	defer func() {
		if failure := closeAuditLog(audit); failure != nil {
			err = errors.Join(err, &exitError{exitFindings, failure})
		}
	}()
	service, err := newService(cfg, log, audit)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)

	listeners, err := listenAll(ctx, cfg)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	// Operators can ask from before the first client to after the last.
	stopAdmin, err := serveAdmin(service, cfg.Admin, listeners.admin)
	if err != nil {
		listeners.close()
		return &exitError{exitUsage, err}
	}
	defer stopAdmin()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := service.start(ctx); err != nil {
		closeAll(listeners.clients)
		service.server.Close()
		return err
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		drainOnSignal(ctx, signals, service, load)
	}()
	var group errgroup.Group
	for _, ln := range listeners.clients {
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
				s.rotateAuditLog(ctx)
				cfg, err := load()
				if err == nil {
					err = s.reload(cfg)
				}
				s.metrics.Reloaded(err)
				if err != nil {
					log.Error("the configuration stays the one of before", "error", err)
					s.audit.Note(nil, auditlog.ConfigRefused{Reason: err.Error()})
				} else {
					log.Info("configuration reloaded")
				}
				notify(log, daemon.SdNotifyReady)
				continue
			}
			s.draining.Store(true)
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

// newLog makes the log, on stderr: stdout is for results.
func newLog(cfg config.Log) *slog.Logger {
	return slog.New(newLogHandler(os.Stderr, cfg))
}
