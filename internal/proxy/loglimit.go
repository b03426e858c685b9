package proxy

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Clients can cause lines of the log: by logging in, with or without success, and by
// statements that are refused. So each message is limited, for all clients together and,
// where one session can cause it time and again, for that session. The audit log has
// them all.
const (
	linesPerSecond, lineBurst               = 50, 500
	sessionLinesPerSecond, sessionLineBurst = 1, 20
)

// limitedHandler passes on the records of each message that its limits allow. A record
// that passes tells in the attribute suppressed how many like it did not since the last.
type limitedHandler struct {
	slog.Handler
	limits *lineLimits
}

// limitLines is log with at most so many lines of each message, after a burst.
func limitLines(log *slog.Logger, perSecond rate.Limit, burst int) *slog.Logger {
	return slog.New(&limitedHandler{log.Handler(), &lineLimits{perSecond: perSecond, burst: burst}})
}

// Handle implements slog.Handler.
func (h *limitedHandler) Handle(ctx context.Context, r slog.Record) error {
	suppressed, ok := h.limits.pass(r.Message, r.Time)
	if !ok {
		return nil
	}
	if suppressed > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("suppressed", suppressed))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler. The limits are the same.
func (h *limitedHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &limitedHandler{h.Handler.WithAttrs(attrs), h.limits}
}

// WithGroup implements slog.Handler. The limits are the same.
func (h *limitedHandler) WithGroup(name string) slog.Handler {
	return &limitedHandler{h.Handler.WithGroup(name), h.limits}
}

// lineLimits are the limits of each message. Messages are constants of the program, so
// there are few. Safe for concurrent use.
type lineLimits struct {
	perSecond rate.Limit
	burst     int

	mu       sync.Mutex
	messages map[string]*limitedMessage
}

type limitedMessage struct {
	limiter    *rate.Limiter
	suppressed int
}

// pass tells whether a record may be written, and how many were not before it.
func (l *lineLimits) pass(message string, now time.Time) (suppressed int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.messages[message]
	if m == nil {
		if l.messages == nil {
			l.messages = make(map[string]*limitedMessage)
		}
		m = &limitedMessage{limiter: rate.NewLimiter(l.perSecond, l.burst)}
		l.messages[message] = m
	}
	if !m.limiter.AllowN(now, 1) {
		m.suppressed++
		return 0, false
	}
	suppressed, m.suppressed = m.suppressed, 0
	return suppressed, true
}
