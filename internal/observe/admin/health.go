package admin

import (
	"context"
	"encoding/json"
	"net/http"
)

// Check is one thing that has to be in order.
type Check struct {
	// Name is stable: it is in answers and metrics.
	Name string
	// Err tells what is not in order, nil if all is. It must not hold a secret.
	Err func() error
}

// CheckResult is what a Check has found.
type CheckResult struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Reason is why not.
	Reason string `json:"reason,omitempty"`
}

// RunChecks runs all of them.
func RunChecks(checks []Check) (results []CheckResult, ready bool) {
	ready = true
	for _, check := range checks {
		result := CheckResult{Name: check.Name, OK: true}
		if err := check.Err(); err != nil {
			result.OK, result.Reason, ready = false, err.Error(), false
		}
		results = append(results, result)
	}
	return results, ready
}

type detailsKey struct{}

// withoutDetails marks a request whose answer may be yes or no only.
func withoutDetails(ctx context.Context) context.Context {
	return context.WithValue(ctx, detailsKey{}, false)
}

// healthz tells that the process is alive and its locks are free: a probe that waits
// for too long finds that they are not.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	s.opts.Alive()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n")) // whoever asked may be gone
}

// readyz tells whether the proxy can serve, and if not what is in the way, to those who
// may know.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	results, ready := RunChecks(s.opts.Checks)
	code := http.StatusOK
	if !ready {
		code = http.StatusServiceUnavailable
	}
	answer := struct {
		Ready  bool          `json:"ready"`
		Checks []CheckResult `json:"checks,omitempty"`
	}{ready, results}
	if r.Context().Value(detailsKey{}) != nil {
		answer.Checks = nil
	}
	writeJSON(w, code, answer)
}

// writeJSON answers with v.
func writeJSON(w http.ResponseWriter, code int, v any) {
	content, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "the answer cannot be written as JSON", http.StatusInternalServerError)
		return
	}
	writeJSONBytes(w, code, content)
}

func writeJSONBytes(w http.ResponseWriter, code int, content []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(append(content, '\n')) // whoever asked may be gone
}
