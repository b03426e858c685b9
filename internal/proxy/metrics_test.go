package proxy_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/observe/metrics"
	"tenantproxy/internal/rewrite"
)

// measured is a proxy with metrics.
type measured struct {
	*fixture
	metrics *metrics.Metrics
}

func startMeasured(t *testing.T, change ...func(*setup)) *measured {
	var rules []string
	for _, rule := range rewrite.Rules() {
		rules = append(rules, string(rule.Rule))
	}
	m := metrics.New(metrics.Options{Rules: rules})
	f := start(t, append([]func(*setup){func(s *setup) { s.Options.Metrics = m }}, change...)...)
	m.SetSources(metrics.Sources{ClientStates: f.Server.ClientStates})
	return &measured{f, m}
}

// value is that of a series as a scrape has it, without the prefix tenantproxy_; -1 if
// there is none.
func (m *measured) value(t *testing.T, series string) float64 {
	t.Helper()
	recorder := httptest.NewRecorder()
	m.metrics.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for line := range strings.Lines(recorder.Body.String()) {
		if rest, ok := strings.CutPrefix(line, "tenantproxy_"+series+" "); ok {
			value, err := strconv.ParseFloat(strings.TrimSpace(rest), 64)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
	}
	return -1
}

// await waits until a series has the value: what the end of a session counts comes
// after the client has seen it.
func (m *measured) await(t *testing.T, series string, want float64) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		got := m.value(t, series)
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is %v, want %v", series, got, want)
		}
	}
}

// TestMetrics has things happen and looks at what is counted, in both modes of the pool.
func TestMetrics(t *testing.T) {
	for name, change := range map[string]func(*setup){"session": func(*setup) {}, "transaction": transactionMode} {
		t.Run(name, func(t *testing.T) {
			m := startMeasured(t, change, func(s *setup) { s.Options.MaxClients = 3 })
			conn := m.Connect(t, demo.OrgA)
			m.await(t, `client_connections{state="idle"}`, 1)

			// The simple protocol: three times the same, and once with another constant.
			for _, sql := range []string{
				"SELECT count(*) FROM contacts WHERE 1 = 1", "SELECT count(*) FROM contacts WHERE 1 = 1",
				"SELECT count(*) FROM contacts WHERE 1 = 1", "SELECT count(*) FROM contacts WHERE 2 = 2",
			} {
				query(t, conn, sql)
			}
			// The extended protocol: prepared once, executed three times.
			if _, err := conn.Prepare(t.Context(), "p", "SELECT count(*) FROM contacts", nil); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if err := conn.ExecPrepared(t.Context(), "p", nil, nil, nil).Read().Err; err != nil {
					t.Fatal(err)
				}
			}
			// Refused by both, and an error of Postgres's own.
			if _, err := tryQuery(t, conn, "SELECT * FROM import_staging"); err == nil {
				t.Error("not refused")
			}
			if _, err := conn.Prepare(t.Context(), "", "SELECT * FROM import_staging", nil); err == nil {
				t.Error("not refused")
			}
			if _, err := tryQuery(t, conn, "SELECT 1/0"); err == nil {
				t.Error("no error")
			}
			for series, want := range map[string]float64{
				`executions_total{protocol="simple"}`:                               5,
				`executions_total{protocol="extended"}`:                             3,
				`statements_total{rule="",verdict="allowed"}`:                       6,
				`statements_total{rule="relation.rls_disabled",verdict="refused"}`:  2,
				`statements_total{rule="relation.rls_disabled",verdict="reported"}`: 0,
				`org_refused_total{org="` + demo.OrgA + `"}`:                        2,
				`org_statements_total{org="` + demo.OrgA + `"}`:                     8,
				`verdict_cache_lookups_total{cached="text"}`:                        1, // the third time
				`verdict_cache_lookups_total{cached="key"}`:                         3, // the second time, and what was refused once more
				`verdict_cache_lookups_total{cached="none"}`:                        4,
				`upstream_errors_total{class="22"}`:                                 1,
				`upstream_errors_total{class="42"}`:                                 -1, // refusals are not Postgres's
				`logins_total{outcome="accepted"}`:                                  1,
				`sessions_ended_total{sqlstate="00000"}`:                            0,
				`client_connections_turned_away_total{reason="limits.max_clients"}`: 0,
			} {
				m.await(t, series, want)
			}
			if received, sent := m.value(t, `bytes_total{direction="received"}`), m.value(t, `bytes_total{direction="sent"}`); received < 300 || sent < 300 {
				t.Errorf("%v bytes received, %v sent", received, sent)
			}
			if got := m.value(t, "upstream_acquire_seconds_count"); got < 1 {
				t.Errorf("%v connections acquired", got)
			}

			// A transaction, and what it waits for.
			query(t, conn, "BEGIN")
			m.await(t, `client_connections{state="idle_in_transaction"}`, 1)
			slow := conn.Exec(t.Context(), "SELECT pg_sleep(600)")
			m.await(t, `client_connections{state="active"}`, 1)
			if err := conn.CancelRequest(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := slow.ReadAll(); err == nil {
				t.Error("was not canceled")
			}
			m.await(t, `cancel_requests_total{outcome="passed"}`, 1)
			m.await(t, `upstream_errors_total{class="57"}`, 1)

			// Logins that fail, each in its way.
			if _, err := m.Dial(t, "not a token"); err == nil {
				t.Error("logged in without a token")
			}
			m.await(t, `logins_total{outcome="token_rejected"}`, 1)
			if _, err := m.Dial(t, m.Token(t, demo.OrgB), "role", "postgres"); err == nil {
				t.Error("logged in with a role")
			}
			m.await(t, `logins_total{outcome="refused"}`, 1)
			config, err := pgconn.ParseConfig(m.DSN(m.Token(t, demo.OrgB)))
			if err != nil {
				t.Fatal(err)
			}
			config.Database = "nowhere"
			if _, err := pgconn.ConnectConfig(t.Context(), config); err == nil {
				t.Error("logged in to a database that is not served")
			}
			m.await(t, `logins_total{outcome="no_database"}`, 1)
			m.await(t, `client_connections{state="login"}`, 0)
			m.Connect(t, demo.OrgB)
			m.Connect(t, demo.OrgB)
			if _, err := m.Dial(t, m.Token(t, demo.OrgB)); err == nil {
				t.Error("more than limits.max_clients")
			}
			m.await(t, `client_connections_turned_away_total{reason="limits.max_clients"}`, 1)
			m.await(t, `orgs`, 2)

			conn.Close(t.Context())
			m.await(t, `sessions_ended_total{sqlstate="00000"}`, 1)
			m.await(t, `executions_total{protocol="extended"}`, 3) // it stays
			m.Server.Close()
			m.await(t, `sessions_ended_total{sqlstate="57P01"}`, 2)
			m.await(t, `orgs`, 0)
		})
	}
}

// TestReportedIsCounted has what report mode lets through.
func TestReportedIsCounted(t *testing.T) {
	m := startMeasured(t, func(s *setup) { s.Policy.Mode = "report" })
	conn := m.Connect(t, demo.OrgA)
	query(t, conn, "SELECT count(*) FROM import_staging")
	m.await(t, `statements_total{rule="relation.rls_disabled",verdict="reported"}`, 1)
	m.await(t, `statements_total{rule="relation.rls_disabled",verdict="refused"}`, 0)
	m.await(t, `statements_total{rule="",verdict="allowed"}`, 1)
}

// TestSessionsStatus lists sessions as the status page does, while they are busy.
func TestSessionsStatus(t *testing.T) {
	f := start(t)
	idle := f.Connect(t, demo.OrgA, "application_name", "first")
	busy := f.Connect(t, demo.OrgB, "application_name", "\x01<b>second</b>")
	query(t, busy, "BEGIN")
	query(t, idle, "SET application_name = 'another'")
	sessions, all := f.Server.Sessions(10)
	if all != 2 || len(sessions) != 2 {
		t.Fatalf("%d sessions of %d", len(sessions), all)
	}
	if s := sessions[0]; s.Org != demo.OrgB || s.State != metrics.StateIdleInTransaction || s.Application != "\x01<b>second</b>" || s.Database != f.DB.Name || s.Client == "" || time.Since(s.Began) < 0 {
		t.Errorf("the one in a transaction: %+v", s)
	}
	if s := sessions[1]; s.Org != demo.OrgA || s.State != metrics.StateIdle || s.Application != "first" {
		t.Errorf("the idle one: %+v", s)
	}
	if sessions, all := f.Server.Sessions(1); all != 2 || len(sessions) != 1 || sessions[0].Org != demo.OrgB {
		t.Errorf("limited: %+v of %d", sessions, all)
	}
}

// TestDeciderStatus follows the rules through changes of the schema and the policy.
func TestDeciderStatus(t *testing.T) {
	f := start(t)
	before := f.Decider.Status()
	if before.Err != nil || before.Generation == 0 || before.Role != demo.AppRole || len(before.Relations) == 0 {
		t.Fatalf("%+v", before)
	}
	f.DB.Exec(t, "CREATE TABLE without_rls (id int); GRANT SELECT ON without_rls TO "+demo.AppRole)
	f.Refresh(t)
	after := f.Decider.Status()
	if after.Version == before.Version || after.Generation <= before.Generation || len(after.Relations) != len(before.Relations)+1 {
		t.Errorf("after a change: version %d and %d, generation %d and %d, %d and %d relations",
			before.Version, after.Version, before.Generation, after.Generation, len(before.Relations), len(after.Relations))
	}
	f.Decider.Install(nil)
	if gone := f.Decider.Status(); gone.Err == nil || gone.Version == after.Version || len(gone.Relations) != 0 {
		t.Errorf("without a catalog: %+v", gone)
	}
}
