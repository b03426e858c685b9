package seal

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Schema is the schema that everything is in.
const Schema = "tenantproxy"

// Function is the function whose result policies compare with: the session's org,
// NULL without a valid seal. Write it as (SELECT tenantproxy.org_id()), which is
// evaluated once a statement.
const Function = Schema + ".org_id()"

// Options say what the sealed org looks like.
type Options struct {
	// OrgType is the type of the org: uuid, bigint or text.
	OrgType string
	// OrgSetting is the setting that names it.
	OrgSetting string
}

// InstallSQL makes the schema, the table of keys and the functions, owned by the role
// that runs it. It may be run again; OrgType must then be what it was. Without a key
// (AddKeySQL) no seal is valid.
//
// Two functions, because a role may read the start of its own sessions only
// (HAS_PGSTAT_PERMISSIONS in utils/adt/pgstatfuncs.c): org_id runs as the caller and
// reads it, unseal runs as its owner and reads the key. A caller that gives unseal a
// start of its own choosing gets a value, and no rows: policies ask org_id. Where the
// caller is not the session's role, as in a SECURITY DEFINER function, unseal reads
// the start itself if its owner may (pg_read_all_stats).
//
// The comparison is of hashes of the two MACs: how long it takes tells nothing about
// how much of a forged one is right.
//
// PARALLEL RESTRICTED, because a parallel worker has a process id of its own. As an
// InitPlan the call is the leader's, and workers get its result.
func InstallSQL(o Options) string {
	return strings.NewReplacer(
		"@type@", o.OrgType,
		"@setting@", "'"+strings.ReplaceAll(o.OrgSetting, "'", "''")+"'",
	).Replace(installSQL)
}

// Bodies are the bodies that InstallSQL gives its functions, by name, as
// pg_proc.prosrc has them.
func Bodies(o Options) map[string]string {
	parts := strings.Split(InstallSQL(o), "$$")
	return map[string]string{"unseal": parts[1], "org_id": parts[3]}
}

const installSQL = `CREATE SCHEMA IF NOT EXISTS tenantproxy;
GRANT USAGE ON SCHEMA tenantproxy TO PUBLIC;

CREATE TABLE IF NOT EXISTS tenantproxy.seal_keys (
    id        text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{8}$'),
    inner_pad bytea NOT NULL CHECK (length(inner_pad) = 64),
    outer_pad bytea NOT NULL CHECK (length(outer_pad) = 64),
    added_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE OR REPLACE FUNCTION tenantproxy.unseal(started bigint) RETURNS @type@
LANGUAGE plpgsql STABLE SECURITY DEFINER PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    org   text := nullif(current_setting(@setting@, true), '');
    seal  text := current_setting('tenantproxy.seal', true);
    role  text := current_setting('role');
    key   tenantproxy.seal_keys;
BEGIN
    IF org IS NULL OR seal IS NULL OR seal !~ '^[0-9a-f]{8}:[0-9a-f]{64}$' THEN
        RETURN NULL;
    END IF;
    IF started IS NULL THEN
        SELECT (EXTRACT(epoch FROM backend_start) * 1000000)::bigint INTO started
            FROM pg_stat_get_activity(pg_backend_pid());
    END IF;
    SELECT * INTO key FROM tenantproxy.seal_keys k WHERE k.id = left(seal, 8);
    IF started IS NULL OR key.id IS NULL THEN
        RETURN NULL;
    END IF;
    IF role = 'none' THEN
        role := session_user;
    END IF;
    IF sha256(sha256(key.outer_pad || sha256(key.inner_pad || convert_to(
            concat_ws(E'\n', 'tenantproxy seal 1', pg_backend_pid(), started, encode(convert_to(role, 'UTF8'), 'hex'), org),
            'UTF8')))) IS DISTINCT FROM sha256(decode(substr(seal, 10), 'hex')) THEN
        RETURN NULL;
    END IF;
    RETURN org::@type@;
END $$;

CREATE OR REPLACE FUNCTION tenantproxy.org_id() RETURNS @type@
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN tenantproxy.unseal((SELECT (EXTRACT(epoch FROM backend_start) * 1000000)::bigint
                               FROM pg_stat_get_activity(pg_backend_pid())));
END $$;

GRANT EXECUTE ON FUNCTION tenantproxy.unseal(bigint), tenantproxy.org_id() TO PUBLIC;

-- Whatever was there before, or default privileges have granted: the keys are the owner's alone.
DO $$
DECLARE
    other text;
BEGIN
    SELECT string_agg(name, ', ' ORDER BY name) INTO other FROM (
        SELECT 'schema tenantproxy', nspowner FROM pg_catalog.pg_namespace WHERE nspname = 'tenantproxy'
        UNION ALL SELECT oid::pg_catalog.regclass::text, relowner FROM pg_catalog.pg_class WHERE oid = 'tenantproxy.seal_keys'::pg_catalog.regclass
        UNION ALL SELECT oid::pg_catalog.regprocedure::text, proowner FROM pg_catalog.pg_proc
            WHERE oid IN ('tenantproxy.unseal(bigint)'::pg_catalog.regprocedure, 'tenantproxy.org_id()'::pg_catalog.regprocedure)
    ) objects (name, owner) WHERE owner <> current_user::pg_catalog.regrole;
    IF other IS NOT NULL THEN
        RAISE EXCEPTION '% must belong to %, who installs the sealed context', other, current_user
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR other IN
        SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::pg_catalog.regrole::text END
            FROM pg_catalog.pg_class, pg_catalog.aclexplode(relacl)
            WHERE oid = 'tenantproxy.seal_keys'::pg_catalog.regclass AND grantee <> relowner
    LOOP
        EXECUTE 'REVOKE ALL ON TABLE tenantproxy.seal_keys FROM ' || other;
    END LOOP;
    FOR other IN
        SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::pg_catalog.regrole::text END
            FROM pg_catalog.pg_namespace, pg_catalog.aclexplode(nspacl)
            WHERE nspname = 'tenantproxy' AND grantee <> nspowner AND privilege_type = 'CREATE'
    LOOP
        EXECUTE 'REVOKE CREATE ON SCHEMA tenantproxy FROM ' || other;
    END LOOP;
END $$;
`

// UnreadableQuery gives a row if no seal counts in sessions of the role that runs it:
// one that the session's SET ROLE or startup packet named may not read the start of the
// session, and the functions' owner may not either. None where nothing is installed.
const UnreadableQuery = `SELECT pg_catalog.quote_ident(o.rolname)
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_catalog.pg_roles o ON o.oid = p.proowner
    CROSS JOIN pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a
    WHERE n.nspname = 'tenantproxy' AND p.proname = 'unseal' AND a.backend_start IS NULL
      AND NOT pg_catalog.pg_has_role(o.oid, 'pg_read_all_stats', 'USAGE')`

// RemoveSQL undoes InstallSQL, keys included, but for the schema, which may hold more.
// It fails while a policy uses the function. It may be run where nothing is installed.
const RemoveSQL = `DROP FUNCTION IF EXISTS tenantproxy.org_id();
DROP FUNCTION IF EXISTS tenantproxy.unseal(bigint);
DROP TABLE IF EXISTS tenantproxy.seal_keys;
`

// AddKeySQL makes the key count from now on, beside the one that was added last, so
// that proxies can go from one to the other; older ones are gone. It may be run again.
// The text holds the key: it belongs in no log and in no file that others may read.
func (k Key) AddKeySQL() string {
	inner, outer := k.pads()
	return fmt.Sprintf(`INSERT INTO tenantproxy.seal_keys (id, inner_pad, outer_pad)
    VALUES ('%s', '\x%s', '\x%s') ON CONFLICT (id) DO NOTHING;
DELETE FROM tenantproxy.seal_keys WHERE id NOT IN (SELECT id FROM tenantproxy.seal_keys ORDER BY id <> '%[1]s', added_at DESC LIMIT 2);
`, k.id, hex.EncodeToString(inner), hex.EncodeToString(outer))
}

// DropOtherKeysSQL leaves this key as the only one: the end of a rotation.
func (k Key) DropOtherKeysSQL() string {
	return fmt.Sprintf("DELETE FROM tenantproxy.seal_keys WHERE id <> '%s';\n", k.id)
}

// Org gives the sealed org as SQL, as a sub-select, in a column's type; orgType is
// Options.OrgType.
func Org(orgType string) func(columnType string) string {
	return func(columnType string) string {
		if columnType == orgType {
			return "(SELECT " + Function + ")"
		}
		return "(SELECT " + Function + "::text::" + columnType + ")"
	}
}
