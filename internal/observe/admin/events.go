package admin

import (
	"bytes"
	"net/http"
	"time"
)

const (
	// maxStreams bounds the streams of events, each of which is somebody's page.
	maxStreams = 32
	// eventInterval is between two events.
	eventInterval = 2 * time.Second
	// eventTimeout bounds how long a browser may take for one.
	eventTimeout = 10 * time.Second
)

// events sends the status now and every two seconds, until the client is gone or the
// server closes (HTML Living Standard, "Server-sent events").
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		w.Header().Set("Retry-After", "10")
		http.Error(w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	control := http.NewResponseController(w)
	tick := time.NewTicker(eventInterval)
	defer tick.Stop()
	for {
		content, err := s.statusJSON() // one line, as JSON of encoding/json is
		if err != nil {
			s.opts.Log.Error("the status cannot be written as JSON", "error", err)
			return
		}
		if control.SetWriteDeadline(time.Now().Add(eventTimeout)) != nil {
			return
		}
		if _, err := w.Write(bytes.Join([][]byte{[]byte("event: status\ndata: "), content, []byte("\n\n")}, nil)); err != nil {
			return
		}
		if control.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}
