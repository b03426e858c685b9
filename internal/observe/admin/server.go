// Package admin is the HTTP server for operators: health and readiness for probes,
// the metrics, and a status page with the JSON behind it.
//
//	/healthz           the process is alive
//	/readyz            it can serve, or what is in the way
//	/metrics           for Prometheus
//	/                  the status page: page/, without anything from elsewhere
//	/api/status        what the page shows, but for the relations
//	/api/relations     the verdict about each relation of ?database=, as ?role=
//	/api/events        /api/status every two seconds, as server-sent events
//	/debug/pprof/      Go's profiles, if they are turned on
//
// Nothing here changes anything. No key, token or text of a statement is in what it
// shows (I8). Who may ask is in access.go.
package admin

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options configure a Server. The functions are called for requests, at the same time
// too, and must not wait for long.
type Options struct {
	// TokenFile holds the token that requests must carry; empty: none.
	TokenFile string
	// AnyHost lets requests name any host. Without it, and without a token, they must
	// name an address or localhost.
	AnyHost bool
	// Pprof serves Go's profiles.
	Pprof bool

	// Alive returns when the proxy answers.
	Alive func()
	// Checks are what has to be in order to serve.
	Checks []Check
	// Status describes the proxy, Relations the relations of one of its databases as
	// one role, empty without tenant.roles; nil if that is not served.
	Status    func() Status
	Relations func(database, role string) *Relations
	// Metrics serves the metrics.
	Metrics http.Handler

	Log *slog.Logger
}

// Server is the HTTP server. Safe for concurrent use.
type Server struct {
	opts    Options
	http    *http.Server
	handler atomic.Pointer[http.Handler] // the one in force

	// ctx ends with Close, and with it the streams of events.
	ctx    context.Context
	cancel context.CancelFunc

	streams chan struct{} // has a token for each stream

	mu     sync.Mutex
	status []byte // the JSON of Status, as of made
	made   time.Time
}

//go:embed page
var page embed.FS

// The bounds of the server.
const (
	maxHeaderBytes = 16 << 10
	headerTimeout  = 10 * time.Second
	idleTimeout    = 2 * time.Minute
	writeTimeout   = time.Minute
	profileTimeout = 10 * time.Minute
	closeTimeout   = 2 * time.Second
)

// New makes a Server. The error is about the token's file.
func New(o Options) (*Server, error) {
	s := &Server{opts: o, streams: make(chan struct{}, maxStreams)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if err := s.Reconfigure(o.TokenFile, o.Pprof); err != nil {
		return nil, err
	}
	s.http = &http.Server{
		Handler: withHeaders(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			(*s.handler.Load()).ServeHTTP(w, r)
		})),
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		BaseContext:       func(net.Listener) context.Context { return s.ctx },
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// Reconfigure puts another TokenFile and Pprof in force, for requests that begin from now
// on. The error is about the token's file, and then nothing changes.
func (s *Server) Reconfigure(tokenFile string, pprofToo bool) error {
	o := s.opts
	o.TokenFile = tokenFile
	a, err := newAccess(&o)
	if err != nil {
		return err
	}
	files, err := fs.Sub(page, "page")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.FileServerFS(files))
	mux.Handle("GET /page/", http.FileServerFS(page))
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", s.opts.Metrics)
	mux.HandleFunc("GET /api/status", s.apiStatus)
	mux.HandleFunc("GET /api/relations", s.apiRelations)
	mux.HandleFunc("GET /api/events", s.events)
	if pprofToo {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	handler := a.guard(mux)
	s.handler.Store(&handler)
	return nil
}

// Serve answers requests from ln until Close, and then returns nil. It closes ln.
func (s *Server) Serve(ln net.Listener) error {
	if err := s.http.Serve(newBounded(ln)); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close ends the streams of events, lets requests that have begun end for a moment,
// and closes.
func (s *Server) Close() {
	s.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close() // it was open: what it returns is of its listener
	}
}

// withHeaders has browsers run, load and connect to nothing but what is here, and
// bounds how long an answer may take.
func withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		timeout := writeTimeout
		if strings.HasPrefix(r.URL.Path, "/debug/") {
			timeout = profileTimeout
		}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(timeout)) // a connection that is gone is found when it is written to
		next.ServeHTTP(w, r)
	})
}
