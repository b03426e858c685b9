package main

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"

	"tenantproxy/internal/config"
)

// logHandler is a handler whose level and format change while loggers that were made of
// it are in use.
type logHandler struct {
	settings   *logSettings
	json, text slog.Handler
}

// logSettings are shared by all loggers of one log.
type logSettings struct {
	level slog.LevelVar
	text  atomic.Bool
}

func newLogHandler(to io.Writer, cfg config.Log) *logHandler {
	settings := new(logSettings)
	settings.set(cfg)
	opts := &slog.HandlerOptions{Level: &settings.level}
	return &logHandler{settings, slog.NewJSONHandler(to, opts), slog.NewTextHandler(to, opts)}
}

func (s *logSettings) set(cfg config.Log) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil { // Load has checked it
		level = slog.LevelInfo
	}
	s.level.Set(level)
	s.text.Store(cfg.Format == "text")
}

// reconfigureLog puts another level and format in force, for loggers of newLog.
func reconfigureLog(log *slog.Logger, cfg config.Log) {
	if h, ok := log.Handler().(*logHandler); ok {
		h.settings.set(cfg)
	}
}

// Enabled implements slog.Handler.
func (h *logHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.settings.level.Level()
}

// Handle implements slog.Handler.
func (h *logHandler) Handle(ctx context.Context, r slog.Record) error {
	if h.settings.text.Load() {
		return h.text.Handle(ctx, r)
	}
	return h.json.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logHandler{h.settings, h.json.WithAttrs(attrs), h.text.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h *logHandler) WithGroup(name string) slog.Handler {
	return &logHandler{h.settings, h.json.WithGroup(name), h.text.WithGroup(name)}
}
