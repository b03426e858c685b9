package proxy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/observe/auditlog"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxy"
	"tenantproxy/internal/rewrite"
)

// audited is a proxy with an audit log.
type audited struct {
	*fixture
	log  *auditlog.Log
	path string
}

// startAudited starts a proxy with an audit log of all statements, or as opts has it.
func startAudited(t testing.TB, opts auditlog.Options, change ...func(*setup)) *audited {
	t.Helper()
	if opts.Path == "" {
		opts.Path = filepath.Join(t.TempDir(), "audit.log")
	}
	if opts.Statements == "" {
		opts.Statements = auditlog.StatementsAll
	}
	log, err := auditlog.Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the proxy's end
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = log.Close(ctx)
	})
	f := start(t, append([]func(*setup){func(s *setup) { s.Options.Audit = log }}, change...)...)
	return &audited{f, log, opts.Path}
}

// event is a line of the log.
type event map[string]any

// events gives what the log has so far, but what the log says of itself.
func (f *audited) events(t testing.TB) (events []event) {
	t.Helper()
	text, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	whole := text[:bytes.LastIndexByte(text, '\n')+1]
	for line := range bytes.Lines(whole) {
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if !strings.HasPrefix(e["event"].(string), "audit.") {
			events = append(events, e)
		}
	}
	return events
}

// await gives the events of the name, when there are n.
func (f *audited) await(t testing.TB, name string, n int) (found []event) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		found = nil
		for _, e := range f.events(t) {
			if e["event"] == name {
				found = append(found, e)
			}
		}
		if len(found) == n {
			return found
		}
		if len(found) > n || time.Now().After(deadline) {
			t.Fatalf("%d times %s, want %d: %v", len(found), name, n, f.events(t))
		}
	}
}

// has checks the values of fields, given as name, value …
func (e event) has(t testing.TB, want ...any) {
	t.Helper()
	for i := 0; i < len(want); i += 2 {
		if got := e[want[i].(string)]; fmt.Sprint(got) != fmt.Sprint(want[i+1]) {
			t.Errorf("%s is %v, want %v, in %v", want[i], got, want[i+1], e)
		}
	}
}

// bothModes runs a test in session mode and in transaction mode.
func bothModes(t *testing.T, test func(t *testing.T, mode func(*setup))) {
	t.Run("session", func(t *testing.T) { test(t, func(*setup) {}) })
	t.Run("transaction", func(t *testing.T) {
		test(t, func(s *setup) { s.Options.TransactionPooling = true })
	})
}

func TestAuditSession(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(*setup)) {
		f := startAudited(t, auditlog.Options{}, mode)
		token := f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"sub": "user-7", "jti": "token-9"})
		conn, err := f.Dial(t, token, "application_name", "reports")
		if err != nil {
			t.Fatal(err)
		}
		query(t, conn, "SELECT 1; SELECT 2")
		_, err = tryQuery(t, conn, "SELECT * FROM import_staging")
		refused(t, err, "relation.rls_disabled")
		conn.Close(t.Context())
		end := f.await(t, "session.ended", 1)[0]
		end.has(t, "org", demo.OrgA, "sub", "user-7", "jti", "token-9", "application_name", "reports",
			"statements", 1, "refused", 1, "reason", "client terminated", "in_transaction", nil)
		if end["bytes_in"].(float64) < 40 || end["bytes_out"].(float64) < 40 {
			t.Errorf("few bytes: %v", end)
		}
		accepted := f.await(t, "login.accepted", 1)[0]
		accepted.has(t, "session", end["session"], "database", f.DB.Name, "sub", "user-7", "tls", nil)
		f.await(t, "statement.refused", 1)[0].has(t, "session", end["session"], "org", demo.OrgA,
			"rule", "relation.rls_disabled", "object", "public.import_staging", "sqlstate", "42501", "text", nil)
	})
}

func TestAuditLogins(t *testing.T) {
	f := startAudited(t, auditlog.Options{}, func(s *setup) {
		s.Options.MaxClientsPerTenant = 1
	}, withTLS(pgtest.NewCertificate(t), "auto"))
	for _, c := range []struct {
		token, sqlstate, reason string
		org                     any
	}{
		{f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}), "28P01", "expired", nil},
		{"nonsense", "28P01", "", nil},
		{f.Issuer.Token(t, map[string]any{"sub": "x", "exp": time.Now().Add(time.Hour).Unix()}), "28000", "organization_id", nil},
	} {
		_, err := f.Dial(t, c.token, "application_name", "evil\n\x1b[31m<script>"+strings.Repeat("x", 1000))
		sqlstate(t, err, c.sqlstate)
	}
	refusals := f.await(t, "login.refused", 3)
	refusals[0].has(t, "sqlstate", "28P01", "reason", "expired (exp)")
	refusals[2].has(t, "sqlstate", "28000")
	for _, e := range refusals {
		name := e["application_name"].(string)
		if !strings.HasPrefix(name, "evil\n\x1b[31m<script>xxx") || len(name) > 140 {
			t.Errorf("application_name %q", name)
		}
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsAny(text, "\x1b<") {
		t.Errorf("not escaped: %s", text)
	}
	conn, err := pgconn.Connect(t.Context(), strings.Replace(f.DSN(f.Token(t, demo.OrgA)), "sslmode=disable", "sslmode=require", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	f.await(t, "login.accepted", 1)[0].has(t, "tls", "TLS 1.3", "org", demo.OrgA)
	_, err = f.Dial(t, f.Token(t, demo.OrgA))
	sqlstate(t, err, "53300")
	f.await(t, "login.refused", 4)[3].has(t, "sqlstate", "53300", "org", demo.OrgA)
}

// TestAuditLimits floods the proxy as somebody without a token can.
func TestAuditLimits(t *testing.T) {
	f := startAudited(t, auditlog.Options{}, func(s *setup) { s.Options.MaxUnauthenticatedPerAddress = 1 })
	f.rawConnect(t)
	eventually(t, "the connection", func() bool { return f.Server.Connections() == 1 })
	const connections = 30
	for range connections {
		f.rawConnect(t).Close()
	}
	for _, e := range f.await(t, "limit.reached", 5) {
		e.has(t, "limit", "too many connections from this address that have not logged in: limits.max_unauthenticated_per_address is reached")
	}
	for range connections {
		conn := f.rawConnect(t)
		conn.Write([]byte{0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 2})
		closes(t, conn)
	}
	f.await(t, "cancel.refused", 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := f.log.Close(ctx); err != nil {
		t.Fatal(err)
	}
	// At the end the log has them all.
	f.await(t, "limit.reached", 6)[5].has(t, "repeated", connections*2-6)
	f.await(t, "cancel.refused", 2)[1].has(t, "repeated", connections-2)
}

func TestAuditTokens(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(*setup)) {
		f := startAudited(t, auditlog.Options{Literals: true}, mode)
		conn := f.Connect(t, demo.OrgA)
		fresh := f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"sub": "somebody else", "jti": "fresh"})
		query(t, conn, "SET tenantproxy.token = '"+fresh+"'")
		f.await(t, "token.refreshed", 1)[0].has(t, "sub", "somebody else", "jti", "fresh", "org", demo.OrgA)
		stale := f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()})
		if _, err := tryQuery(t, conn, "SET tenantproxy.token = '"+stale+"'"); err == nil {
			t.Error("an expired token was taken")
		}
		f.await(t, "token.refused", 1)[0].has(t, "reason", "expired (exp)")
		f.await(t, "statement.refused", 1)[0].has(t, "rule", "token.rejected", "sub", "somebody else", "text", nil)
		// What hides a token is not for the log either, although it may have literals.
		hidden := f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"jti": "hidden"})
		if _, err := tryQuery(t, conn, "SELECT 1; SET tenantproxy.token = '"+hidden+"'"); err == nil {
			t.Error("a token in a text passed")
		}
		f.await(t, "statement.refused", 2)[1].has(t, "text", nil)
		foreign := f.Issuer.OrgToken(t, demo.OrgB, nil)
		_, err := tryQuery(t, conn, "SET tenantproxy.token = '"+foreign+"'")
		sqlstate(t, err, "28000")
		f.await(t, "session.ended", 1)[0].has(t, "sqlstate", "28000")
		f.holdsNone(t, fresh, stale, hidden, foreign)
	})
}

// holdsNone checks that neither log has one of the secrets, or a part of them.
func (f *audited) holdsNone(t *testing.T, secrets ...string) {
	t.Helper()
	text, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		for _, part := range append(strings.Split(secret, "."), secret) {
			if len(part) > 40 { // every token has the same header
				part = part[20:]
			}
			for name, log := range map[string]string{"audit log": string(text), "log": f.Log.String()} {
				if strings.Contains(log, part) {
					t.Errorf("the %s holds %s", name, part)
				}
			}
		}
	}
}

func TestAuditExpiry(t *testing.T) {
	f := startAudited(t, auditlog.Options{})
	if _, err := f.Dial(t, f.Issuer.OrgToken(t, demo.OrgA, map[string]any{"jti": "short", "exp": time.Now().Add(2 * time.Second).Unix()})); err != nil {
		t.Fatal(err)
	}
	f.await(t, "token.expired", 1)[0].has(t, "jti", "short")
	f.await(t, "session.ended", 1)[0].has(t, "jti", "short", "sqlstate", "57P01")
}

func TestAuditCatalog(t *testing.T) {
	f := startAudited(t, auditlog.Options{})
	first := f.await(t, "catalog.changed", 1)[0]
	first.has(t, "lost", nil, "gained", nil, "added", nil, "database", f.DB.Name)
	f.DB.Exec(t, "ALTER TABLE contacts DISABLE ROW LEVEL SECURITY")
	f.Refresh(t)
	second := f.await(t, "catalog.changed", 2)[1]
	second.has(t, "lost", "[public.contacts]", "gained", nil, "protected", first["protected"].(float64)-1)
	f.DB.Exec(t, "ALTER TABLE contacts ENABLE ROW LEVEL SECURITY")
	f.DB.Exec(t, "CREATE TABLE new_one (id int)")
	f.DB.Exec(t, "DROP TABLE import_staging CASCADE")
	f.Refresh(t)
	f.await(t, "catalog.changed", 3)[2].has(t, "gained", "[public.contacts]", "added", "[public.new_one]",
		"removed", "[public.import_staging]", "lost", nil)
	f.Decider.Reconfigure(proxy.DeciderOptions{
		Policy: rewrite.Policy{Schemas: []string{"public"}, AllowRelations: []string{"public.new_one"}}, VerdictCacheBytes: 1 << 20,
	})
	f.await(t, "catalog.changed", 4)[3].has(t, "opened", "[public.new_one]", "closed", "[public.plans]", "lost", nil)
	f.Decider.Install(nil)
	f.await(t, "catalog.unavailable", 1)[0].has(t, "reason", "the catalog cannot be read")
}

// TestAuditDrain ends a transaction with the proxy.
func TestAuditDrain(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(*setup)) {
		f := startAudited(t, auditlog.Options{}, mode)
		open, idle := f.Connect(t, demo.OrgA), f.Connect(t, demo.OrgB)
		query(t, open, "BEGIN")
		query(t, idle, "SELECT 1")
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if err := f.Server.Shutdown(ctx); err == nil {
			t.Error("nobody was in a transaction")
		}
		for _, e := range f.await(t, "session.ended", 2) {
			if e["org"] == demo.OrgA {
				e.has(t, "in_transaction", true)
			} else {
				e.has(t, "in_transaction", nil)
			}
			e.has(t, "sqlstate", "57P01", "reason", "terminating connection because tenantproxy is shutting down")
		}
	})
}

func TestAuditNoConnection(t *testing.T) {
	f := startAudited(t, auditlog.Options{}, func(s *setup) {
		s.Options.TransactionPooling = true
		s.Pool.MaxUpstream, s.Pool.AcquireTimeout = 1, 50*time.Millisecond
	})
	holder := f.Connect(t, demo.OrgA)
	query(t, holder, "SELECT 1")
	waiter := f.Connect(t, demo.OrgB)
	query(t, holder, "BEGIN")
	_, err := tryQuery(t, waiter, "SELECT 1")
	sqlstate(t, err, "53300")
	f.await(t, "limit.reached", 1)[0].has(t, "org", demo.OrgB)
	_, err = f.Dial(t, f.Token(t, demo.OrgB))
	sqlstate(t, err, "53300")
	f.await(t, "login.refused", 1)[0].has(t, "org", demo.OrgB, "sqlstate", "53300")
}
