package admin

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"tenantproxy/internal/observe/metrics"
)

// Status is what the status page shows, and the JSON of /api/status.
type Status struct {
	Version string    `json:"version"`
	Started time.Time `json:"started"`
	Now     time.Time `json:"now"`
	// Ready and Checks are what /readyz says.
	Ready  bool          `json:"ready"`
	Checks []CheckResult `json:"checks"`
	// Mode is policy.mode.
	Mode string `json:"mode"`
	// Clients counts the client connections by state; MaxClients is limits.max_clients.
	Clients    map[string]int   `json:"clients"`
	MaxClients int              `json:"max_clients"`
	Upstream   metrics.Upstream `json:"upstream"`
	Databases  []Database       `json:"databases"`
	// Sessions are some of them: those in a transaction first, then the oldest;
	// SessionsInAll is how many there are.
	Sessions      []Session       `json:"sessions"`
	SessionsInAll int             `json:"sessions_in_all"`
	Counts        metrics.Summary `json:"counts"`
	Keys          []KeySource     `json:"keys"`
	// CertificateExpires is when the certificate for clients does; absent without one.
	CertificateExpires *time.Time `json:"certificate_expires,omitempty"`
}

// Database is one database that is served, to one role of tenant.roles if there are
// any.
type Database struct {
	Name       string `json:"name"`
	TenantRole string `json:"tenant_role"`
	// InForce tells that statements are decided about; Reason why all are refused.
	InForce bool   `json:"in_force"`
	Reason  string `json:"reason,omitempty"`
	// Generation is the catalog's, Read when it was last read, absent if never.
	Generation uint64     `json:"generation"`
	Read       *time.Time `json:"read,omitempty"`
	// ServerVersion is server_version_num, Role the upstream role.
	ServerVersion int    `json:"server_version"`
	Role          string `json:"role"`
	// Rules is another number when the verdicts about relations may be others.
	Rules uint64 `json:"rules"`
	// Protected, Shared and Refused count the relations.
	Protected    int `json:"protected"`
	Shared       int `json:"shared"`
	Refused      int `json:"refused"`
	CacheBytes   int `json:"cache_bytes"`
	CacheEntries int `json:"cache_entries"`
}

// Session is one session. What the client chose is as it chose it.
type Session struct {
	Org         string    `json:"org"`
	Client      string    `json:"client"`
	Database    string    `json:"database"`
	Application string    `json:"application"`
	State       string    `json:"state"`
	Began       time.Time `json:"began"`
}

// KeySource is one of auth.keys. No key is in it.
type KeySource struct {
	Name string `json:"name"`
	// Read is when it was last read with success, absent if never; Failure why it was
	// not the last time.
	Read    *time.Time `json:"read,omitempty"`
	Failure string     `json:"failure,omitempty"`
	Keys    []Key      `json:"keys"`
}

// Key is what may be known of a key.
type Key struct {
	// ID is its kid. Kind is what it is, Algorithm the only one that it may be used
	// with, empty for any of its kind.
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Algorithm string    `json:"algorithm"`
	Since     time.Time `json:"since"`
}

// Relations are the relations of one Database, and the JSON of /api/relations.
type Relations struct {
	Database   string `json:"database"`
	TenantRole string `json:"tenant_role"`
	// Rules is Database.Rules of the verdicts.
	Rules     uint64     `json:"rules"`
	Relations []Relation `json:"relations"`
}

// Relation is a relation with the verdict about it.
type Relation struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	// Protection is protected, shared or refused.
	Protection string `json:"protection"`
	// Rule, Why and Hint say why it is refused.
	Rule string `json:"rule,omitempty"`
	Why  string `json:"why,omitempty"`
	Hint string `json:"hint,omitempty"`
}

// The values of Relation.Protection.
const (
	Protected = "protected" // row-level security keeps the tenants apart
	Shared    = "shared"    // all tenants read the same
	Refused   = "refused"
)

// statusLife is how long one Status is good for everybody who asks.
const statusLife = 500 * time.Millisecond

// statusJSON gives the JSON of a Status that is not older than statusLife.
func (s *Server) statusJSON() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.made) < statusLife {
		return s.status, nil
	}
	status := s.opts.Status()
	status.Checks, status.Ready = RunChecks(s.opts.Checks)
	status.Now = time.Now()
	if status.Clients == nil {
		status.Clients = make(map[string]int)
	}
	// A list that is empty is [] for whoever reads it, not null.
	status.Databases, status.Sessions, status.Keys = orEmpty(status.Databases), orEmpty(status.Sessions), orEmpty(status.Keys)
	for i := range status.Keys {
		status.Keys[i].Keys = orEmpty(status.Keys[i].Keys)
	}
	content, err := json.Marshal(status)
	if err != nil {
		return nil, err
	}
	s.status, s.made = content, time.Now()
	return content, nil
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (s *Server) apiStatus(w http.ResponseWriter, _ *http.Request) {
	content, err := s.statusJSON()
	if err != nil {
		http.Error(w, "the status cannot be written as JSON", http.StatusInternalServerError)
		return
	}
	writeJSONBytes(w, http.StatusOK, slices.Clip(content))
}

func (s *Server) apiRelations(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	relations := s.opts.Relations(query.Get("database"), query.Get("role"))
	if relations == nil {
		http.Error(w, "no such database is served", http.StatusNotFound)
		return
	}
	relations.Relations = orEmpty(relations.Relations)
	writeJSON(w, http.StatusOK, relations)
}
