package attacks

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/hex"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxytest"
)

func TestMain(m *testing.M) { pgtest.MainCheckingLeaks(m) }

var (
	//go:embed testdata/reset.sql
	resetSQL string
	//go:embed testdata/fixture.sql
	fixtureSQL string
)

// patience bounds what must happen at all; it measures nothing.
const patience = 30 * time.Second

// stage is a database with the fixture, and a proxy before it.
type stage struct {
	*proxytest.Proxy
	role  string
	admin *pgconn.PgConn // as superuser
	// print is the fingerprint at the beginning.
	print map[string]string
}

// newStage sets the stage for an attack, in a database that is emptied for it: a
// new one takes longer.
func newStage(t *testing.T, db *pgtest.Database, a *attack) *stage {
	t.Helper()
	s := &stage{role: a.role, admin: db.Connect(t, db.Superuser())}
	fill := placeholders(db)
	run := func(sql string) {
		t.Helper()
		if _, err := s.admin.Exec(t.Context(), fill.Replace(sql)).ReadAll(); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	run(resetSQL)
	run(fixtureSQL)
	for _, sql := range a.setup {
		run(sql)
	}
	t.Cleanup(func() {
		for _, sql := range a.cleanup {
			if _, err := s.admin.Exec(context.Background(), fill.Replace(sql)).ReadAll(); err != nil {
				t.Errorf("%s: %v", sql, err)
			}
		}
	})
	s.Proxy = proxytest.Start(t, func(p *proxytest.Setup) {
		p.DB, p.Role, p.AcceptPrivileged = db, a.role, a.acceptPrivileged
		p.Policy.Explain, p.Policy.AllowDDL, p.Policy.AllowDo = a.explain, a.allowDDL, a.allowDo
		p.Policy.AllowRelations, p.Policy.AllowFunctions = a.allowRelations, a.allowFunctions
	})
	s.print = s.fingerprint(t)
	return s
}

func placeholders(db *pgtest.Database) *strings.Replacer {
	return strings.NewReplacer("<A>", orgA, "<B>", orgB, "<database>", db.Name,
		"<socket>", db.Server().SocketDir(), "<port>", fmt.Sprint(db.Server().Port()))
}

// client is a connection that keeps all bytes it receives.
type client struct {
	*pgconn.PgConn
	received *bytes.Buffer
	prepared int // statements by name
}

// proxied logs in at the proxy as org A.
func (s *stage) proxied(t *testing.T) *client {
	t.Helper()
	return connect(t, s.DSN(s.Token(t, orgA)), nil)
}

// direct connects to Postgres itself; with the context that the proxy would
// give a session of A, or with none.
func (s *stage) direct(t *testing.T, withContext bool) *client {
	t.Helper()
	params := map[string]string{}
	if withContext {
		params["app.org_id"], params["request.jwt.claims"] = orgA, `{"organization_id":"`+orgA+`"}`
	}
	return connect(t, s.DB.As(s.role), params)
}

func connect(t *testing.T, dsn string, params map[string]string) *client {
	t.Helper()
	config, err := pgconn.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range params {
		config.RuntimeParams[name] = value
	}
	c := &client{received: new(bytes.Buffer)}
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return &recordingConn{conn, c.received}, err
	}
	if c.PgConn, err = pgconn.ConnectConfig(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) }) // the attack may have ended it
	return c
}

// recordingConn keeps what is read.
type recordingConn struct {
	net.Conn
	read *bytes.Buffer
}

func (c *recordingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read.Write(p[:n])
	return n, err
}

// secrets are texts of B's rows, and of the table without row-level security.
var secrets = []string{"SECRET-B", "NORLS-B", "B corp"}

// secretIn gives the secret that received bytes hold, also where Postgres shows
// it as hexadecimal.
func secretIn(received []byte) string {
	for _, secret := range secrets {
		if bytes.Contains(received, []byte(secret)) || bytes.Contains(bytes.ToLower(received), []byte(hex.EncodeToString([]byte(secret)))) {
			return secret
		}
	}
	return ""
}

// context is what must stay as it is in a session of A. What was received so far
// is forgotten.
func (c *client) context(t *testing.T) string {
	t.Helper()
	// SHOW is no query: those are all refused in some schemas.
	results, err := c.Exec(t.Context(), `SHOW app.org_id; SHOW request.jwt.claims; SHOW session_authorization; SHOW role; SHOW row_security;
		SHOW search_path; SHOW client_encoding; SHOW standard_conforming_strings; SHOW backslash_quote`).ReadAll()
	if err != nil {
		t.Fatalf("asking for the context: %v", err)
	}
	rows, err := c.Exec(t.Context(), "SELECT current_user, count(*) FILTER (WHERE org_id <> '"+orgA+"') FROM claims").ReadAll()
	if err != nil && !isRefusal(err) {
		t.Fatalf("asking for rows of others: %v", err)
	}
	results = append(results, rows...)
	var all []string
	for _, r := range results {
		for _, row := range r.Rows {
			all = append(all, string(bytes.Join(row, []byte("|"))))
		}
	}
	if err != nil {
		all = append(all, err.Error())
	}
	c.received.Reset()
	return strings.Join(all, "\n")
}

// fingerprint tells what is in the database: a hash for each table, and for each
// catalog that a tenant might change. What A may change is under keys that begin
// with own; what is temporary is not there, as it is nobody else's.
func (s *stage) fingerprint(t *testing.T) map[string]string {
	t.Helper()
	parts := []string{
		`SELECT 'relations', oid, relname, relnamespace, relkind, relowner, relacl, relrowsecurity, relforcerowsecurity, reloptions FROM pg_class WHERE oid >= 16384 AND relpersistence <> 't'`,
		`SELECT 'columns', attrelid, attname, atttypid, attacl, attisdropped FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE attrelid >= 16384 AND relpersistence <> 't'`,
		`SELECT 'policies', polrelid, polname, polcmd, polpermissive, polroles, polqual::text, polwithcheck::text FROM pg_policy`,
		`SELECT 'functions', oid, proname, prosrc, proacl, prosecdef, proconfig FROM pg_proc WHERE oid >= 16384`,
		`SELECT 'types', oid, typname FROM pg_type WHERE oid >= 16384 AND typnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_(toast_)?temp_')`,
		`SELECT 'triggers', tgrelid, tgname, tgenabled FROM pg_trigger`,
		`SELECT 'schemas', nspname, nspacl FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'`,
		`SELECT 'extensions', extname FROM pg_extension`,
		`SELECT 'roles', rolname, rolsuper, rolbypassrls, rolconfig FROM pg_roles`,
		`SELECT 'memberships', roleid, member, admin_option FROM pg_auth_members`,
		`SELECT 'stored settings', setdatabase, setrole, setconfig FROM pg_db_role_setting`,
		`SELECT 'large objects', loid, pageno, data FROM pg_largeobject`,
		`SELECT 'large object owners', oid, lomowner, lomacl FROM pg_largeobject_metadata`,
		`SELECT 'two-phase transactions', gid FROM pg_prepared_xacts`,
		`SELECT 'advisory locks', classid, objid FROM pg_locks WHERE locktype = 'advisory'`,
		`SELECT 'replication slots', slot_name FROM pg_replication_slots`,
		`SELECT 'own use of sequences', sequencename, last_value FROM pg_sequences`,
	}
	for _, row := range pgtest.Query(t, s.admin, `SELECT oid::regclass FROM pg_class
			WHERE relkind IN ('r', 'm') AND oid >= 16384 AND relnamespace <> 'pg_toast'::regnamespace AND relpersistence <> 't'`) {
		parts = append(parts,
			fmt.Sprintf(`SELECT 'rows of %s', t FROM %[1]s t WHERE t::text NOT LIKE '%%%s%%'`, row[0], orgA),
			fmt.Sprintf(`SELECT 'own rows of %s', t FROM %[1]s t WHERE t::text LIKE '%%%s%%'`, row[0], orgA))
	}
	for i, part := range parts {
		parts[i] = `SELECT substr(min(split_part(r::text, ',', 1)), 2), md5(string_agg(r::text, ',' ORDER BY r::text)) FROM (` + part + `) r`
	}
	print := make(map[string]string)
	for _, row := range pgtest.Query(t, s.admin, strings.Join(parts, " UNION ALL ")) {
		print[strings.Trim(row[0], `"`)] = row[1]
	}
	return print
}

// harm lists what has changed since the beginning that A may not change.
func (s *stage) harm(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(differences(s.print, s.fingerprint(t)), func(name string) bool {
		return strings.HasPrefix(name, "own ")
	})
}

// differences lists what two fingerprints do not have in common.
func differences(before, after map[string]string) []string {
	var names []string
	for name, hash := range before {
		if after[name] != hash {
			names = append(names, name)
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			names = append(names, name)
		}
	}
	return names
}
