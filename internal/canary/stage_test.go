package canary

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxytest"
	"tenantproxy/internal/rewrite"
)

// stage is a proxy before the demo schema, where each row of org B has markers.
type stage struct {
	*proxytest.Proxy
	policy rewrite.Policy
	a, b   *tap
	before map[string]string
}

// markRows gives every row of B, whose org_id is a marker already, the text $marker
// in every text, array and document, an id that begins with $uuid, and a number that
// begins with $number. Keys stay consistent: they are changed alike everywhere.
const markRows = `
	INSERT INTO import_staging (org_id, payload) SELECT '$b', '{"a": 1}' FROM generate_series(1, 20);
	SET session_replication_role = replica;
	DO $do$
	DECLARE c record; change text;
	BEGIN
		FOR c IN
			SELECT table_name AS tab, column_name AS col, udt_name AS typ
			FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
			WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'plans' AND is_identity = 'NO'
			  AND column_name NOT IN ('org_id', 'provider', 'plan_code', 'timezone') AND (table_name, column_name) <> ('organizations', 'id')
			   OR table_name IN ('cold_call_logs', 'sms_confirmation_logs') AND column_name = 'id'
		LOOP
			change := CASE c.typ
				WHEN 'text' THEN '''$marker-'' || coalesce(%1$I, '''')'
				WHEN '_text' THEN '%1$I || ''$marker-tag''::text'
				WHEN 'jsonb' THEN '%1$I || ''{"$marker": "$marker"}'''
				WHEN 'uuid' THEN 'overlay(%1$I::text PLACING ''$uuid'' FROM 1 FOR 14)::uuid'
				WHEN 'int8' THEN '$number0000000000 + %1$I'
			END;
			CONTINUE WHEN change IS NULL;
			EXECUTE format('UPDATE public.%2$I SET %1$I = ' || change || ' WHERE %3$I = ''$b''', c.col, c.tab,
				CASE c.tab WHEN 'organizations' THEN 'id' ELSE 'org_id' END);
		END LOOP;
	END $do$;
	SET session_replication_role = origin;
	ANALYZE;`

// newStage marks B's rows and starts a proxy whose few upstream connections both
// orgs share.
func newStage(t *testing.T) *stage {
	t.Helper()
	r := rand.New(rand.NewPCG(*seed, 1))
	marker := make([]byte, 14)
	for i := range marker {
		marker[i] = "bcdfghjkmnpqrstvwxz"[r.IntN(19)]
	}
	id := fmt.Sprintf("%08x-%04x-", r.Uint32(), r.Uint32()>>16)
	number := fmt.Sprint(100_000_000 + r.IntN(800_000_000)) // 19 digits with what follows
	d := pgtest.NewDatabase(t)
	d.Exec(t, strings.NewReplacer("$marker", string(marker), "$uuid", id, "$number", number, "$b", demo.OrgB).Replace(markRows),
		"ALTER DATABASE "+d.Name+" SET statement_timeout = '500ms'", "ALTER DATABASE "+d.Name+" SET lock_timeout = '250ms'",
		"GRANT TEMPORARY ON DATABASE "+d.Name+" TO "+demo.AppRole)
	for _, table := range append(demo.TenantTables(), "import_staging") {
		rows := d.Query(t, "SELECT count(*), count(*) FILTER (WHERE NOT t::text ~ $1) FROM "+table+" t WHERE org_id = $2", string(marker)+"|"+id+"|"+number, demo.OrgB)
		if rows[0][0] == "0" || rows[0][1] != "0" {
			t.Fatalf("of %s rows of B in %s, %s have no marker", rows[0][0], table, rows[0][1])
		}
	}

	backwards := slices.Clone(marker)
	slices.Reverse(backwards)
	plainID, plainOrg := strings.ReplaceAll(id, "-", ""), strings.ReplaceAll(demo.OrgB, "-", "")
	needles := []string{
		string(marker), string(backwards), hex.EncodeToString(marker),
		demo.OrgB, plainOrg, hex.EncodeToString([]byte(demo.OrgB)), unhex(t, plainOrg),
		id, plainID, hex.EncodeToString([]byte(id)), unhex(t, plainID), number,
	}
	var lowered [][]byte
	for _, needle := range needles {
		lowered = append(lowered, lower([]byte(needle)))
	}
	var policy rewrite.Policy
	s := &stage{Proxy: proxytest.Start(t, func(s *proxytest.Setup) {
		s.DB, s.Pool.MaxUpstream = d, 3
		s.Policy.AllowFunctions, s.Policy.AllowDDL, s.Policy.AllowDo = nil, "temp", true
		policy = s.Policy
	})}
	s.policy = policy
	s.a, s.b = newTap(t, s.Address, lowered), newTap(t, s.Address, lowered)
	s.before = s.others(t)
	return s
}

func unhex(t testing.TB, text string) string {
	t.Helper()
	p, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(p)
}

// others is a fingerprint of each table without A's rows.
func (s *stage) others(t *testing.T) map[string]string {
	t.Helper()
	prints := make(map[string]string)
	for _, table := range append(demo.TenantTables(), "organizations", "plans", "import_staging") {
		owner := map[string]string{"organizations": "id::text", "plans": "''"}[table]
		if owner == "" {
			owner = "org_id::text"
		}
		prints[table] = s.DB.Query(t, "SELECT count(*) || ' ' || md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "+table+" t WHERE "+owner+" IS DISTINCT FROM $1", demo.OrgA)[0][0]
	}
	return prints
}

// dsn is for a client of the org, through its tap.
func (s *stage) dsn(t *testing.T, tap *tap, org string) string {
	t.Helper()
	u, err := url.Parse(s.DSN(s.Token(t, org)))
	if err != nil {
		t.Fatal(err)
	}
	u.Host = tap.address
	return u.String()
}

// check is at the end: what A received, what changed, and that the proxy serves.
func (s *stage) check(t *testing.T) {
	t.Helper()
	finds, received := s.a.state()
	for _, find := range finds {
		t.Errorf("A received a marker of B: %s", find)
	}
	t.Logf("A received %d bytes", received)
	for table, after := range s.others(t) {
		if s.before[table] != after {
			t.Errorf("%s without A's rows was %s, and is %s", table, s.before[table], after)
		}
	}
	for _, org := range []string{demo.OrgA, demo.OrgB} {
		if got := pgtest.Query(t, s.Connect(t, org), "SELECT id FROM organizations"); len(got) != 1 || got[0][0] != org {
			t.Errorf("in the end %s sees %v", org, got)
		}
	}
}
