package proxy

import (
	"cmp"
	"slices"
	"time"

	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// SessionStatus is a session as an operator may see it. What the client chose is as
// it chose it.
type SessionStatus struct {
	Org      string
	Client   string // address; empty for a unix socket
	Database string
	// Application is the application_name of the startup message.
	Application string
	State       string // metrics.StateIdle and others
	Began       time.Time
}

// Sessions gives at most limit sessions, and how many there are: those in a
// transaction first, then the oldest. Safe for concurrent use.
func (s *Server) Sessions(limit int) (sessions []SessionStatus, all int) {
	type listed struct {
		*session
		rank  int
		state string
	}
	var list []listed
	for _, session := range s.allSessions() {
		rank, state := 1, session.state()
		if session.back.txStatus.Load() != wire.TxIdle {
			rank = 0
		}
		list = append(list, listed{session, rank, state})
	}
	slices.SortFunc(list, func(a, b listed) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), a.began.Compare(b.began), cmp.Compare(a.processID, b.processID))
	})
	for _, l := range list[:min(limit, len(list))] {
		sessions = append(sessions, SessionStatus{
			Org: l.org, Client: clientAddress(l.client.Conn()), Database: l.database, Application: l.application,
			State: l.state, Began: l.began,
		})
	}
	return sessions, len(list)
}

// DeciderStatus is what a Decider decides by.
type DeciderStatus struct {
	// Version is another one whenever the rules are others: the catalog or the policy
	// has changed.
	Version uint64
	// Err tells why no statement passes; nil if the rules are in force. The rest is
	// zero otherwise.
	Err error
	// Generation is the catalog's; ServerVersion is server_version_num.
	Generation    uint64
	ServerVersion int
	Role          string
	// Relations are the verdicts about relations, which must not be changed.
	Relations []rewrite.RelationVerdict
	// CacheBytes is what the remembered verdicts take, CacheEntries their number.
	CacheBytes, CacheEntries int
}

// Status describes the rules in force. The first call for new rules costs about a
// microsecond a relation. Safe for concurrent use.
func (d *Decider) Status() DeciderStatus {
	r := d.rules()
	status := DeciderStatus{Version: r.version, Err: r.reason}
	if r.closed == nil {
		snap := r.cache.Checker().Snapshot()
		status.Generation, status.ServerVersion, status.Role = snap.Generation, snap.ServerVersion, snap.Role.Name
		status.Relations = r.relations()
		status.CacheBytes, status.CacheEntries = r.cache.Size()
	}
	return status
}
