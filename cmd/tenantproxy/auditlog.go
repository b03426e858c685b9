package main

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"time"

	"tenantproxy/internal/config"
	"tenantproxy/internal/observe/auditlog"
)

// The bounds of what waits for the audit log: a rotation, and the end of the process,
// when its disk may be full.
const (
	reopenTimeout     = 10 * time.Second
	closeAuditTimeout = 10 * time.Second
)

// openAuditLog opens the audit log of the configuration.
func openAuditLog(cfg config.AuditLog, log *slog.Logger) (*auditlog.Log, error) {
	options := auditOptions(cfg)
	options.Version, options.Log = versionText(), log
	audit, err := auditlog.Open(options)
	if err != nil {
		return nil, fmt.Errorf("audit_log.path: %w", err)
	}
	return audit, nil
}

func auditOptions(cfg config.AuditLog) auditlog.Options {
	return auditlog.Options{
		Path:       cfg.Path,
		Statements: auditlog.Statements(cfg.Statements),
		Drop:       cfg.OnFull == "drop",
		Literals:   cfg.Literals,
	}
}

// reconfigureAuditLog has the audit log go on as the configuration says.
func (s *service) reconfigureAuditLog(cfg config.AuditLog) error {
	ctx, cancel := context.WithTimeout(s.ctx, reopenTimeout)
	defer cancel()
	if err := s.audit.Reconfigure(ctx, auditOptions(cfg)); err != nil {
		return fmt.Errorf("audit_log.path: %w", err)
	}
	return nil
}

// closeAuditLog writes what is left of it.
func closeAuditLog(audit *auditlog.Log) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeAuditTimeout)
	defer cancel()
	return audit.Close(ctx)
}

// rotateAuditLog opens the audit log's path again, for a file that was moved away.
func (s *service) rotateAuditLog(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, reopenTimeout)
	defer cancel()
	if err := s.audit.Reopen(ctx); err != nil {
		s.log.Error("the audit log stays the file of before", "error", err)
	}
}

// changedSections names the sections of the configuration that differ.
func changedSections(old, cfg *config.Config) []string {
	var names []string
	before, after := reflect.ValueOf(old).Elem(), reflect.ValueOf(cfg).Elem()
	for i := range before.NumField() {
		name, _, _ := strings.Cut(before.Type().Field(i).Tag.Get("yaml"), ",")
		if !reflect.DeepEqual(before.Field(i).Interface(), after.Field(i).Interface()) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
