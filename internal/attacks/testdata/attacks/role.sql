-- Attacks on the role: whom policies are evaluated for, and whether at all.

-- attack ROLE-001: SET ROLE to a role with BYPASSRLS
-- leak: me=tp_bypass
-- leak: SECRET-B
-- role: app_member
-- accept privileged
SET ROLE tp_bypass
=> refused setting.role
SELECT 'me=' || current_user
=> runs
SELECT secret FROM claims ORDER BY id DESC LIMIT 1
=> runs
RESET ROLE
=> runs

-- attack ROLE-003: SET SESSION AUTHORIZATION
SET SESSION AUTHORIZATION tp_owner
=> refused setting.role
SET SESSION AUTHORIZATION 'postgres'
=> refused setting.role
SELECT set_config('session_authorization', 'tp_owner', false)
=> refused setting.role

-- attack ROLE-005: RESET ROLE undoes a SET ROLE of the proxy
-- leak: me=app_member
-- remains: the proxy connects as the unprivileged role itself, so there is nothing to go back to
-- role: app_member
-- accept privileged
SET ROLE tp_owner
=> direct
RESET ROLE
=> runs
SELECT 'me=' || current_user
=> runs

-- attack ROLE-007: row_security off, which Postgres answers with errors
SET row_security = off
=> refused setting.value
SELECT set_config('row_security', 'off', true)
=> refused setting.value
SELECT count(*) FROM claims
=> runs

-- attack ROLE-008: the owner of a table without FORCE
-- leak: n=30
-- role: app_member
-- accept privileged
CREATE TABLE nf AS SELECT * FROM claims;
ALTER TABLE nf OWNER TO tp_owner;
ALTER TABLE nf ENABLE ROW LEVEL SECURITY;
CREATE POLICY t ON nf USING (org_id = (SELECT auth.org()))
=> setup
SET ROLE tp_owner
=> refused setting.role
SELECT 'n=' || count(*) FROM nf
=> refused relation.owner_not_forced

-- attack ROLE-010: pg_read_all_data opens every table
-- leak: SECRET-B
GRANT pg_read_all_data TO app;
CREATE TABLE hidden AS SELECT 'SECRET-B'::text secret
=> setup
SELECT secret FROM hidden
=> refused relation.rls_disabled
REVOKE pg_read_all_data FROM app
=> cleanup

-- attack ROLE-011: granting the own role to another, which servers before 15 let pass
GRANT app TO peer
=> refused statement.not_allowed
SELECT 'granted=' || count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid WHERE r.rolname = 'app'
=> runs

-- attack ROLE-101: the role by a function, in other spellings
-- leak: me=tp_bypass
-- role: app_member
-- accept privileged
SELECT set_config('role', 'tp_bypass', false)
=> refused setting.role
SET "ROLE" TO tp_bypass
=> refused setting.role
SET LOCAL ROLE 'tp_bypass'
=> refused setting.role
SELECT pg_catalog.set_config('ROLE'::text, 'tp_bypass'::text, false)
=> refused setting.role
SELECT 'me=' || current_user
=> runs
SELECT set_config('role', 'none', false)
=> refused setting.role
SET ROLE NONE
=> refused setting.role

-- attack ROLE-102: privileges and ownership
-- note: on a direct connection a table's owner gives its rows away
-- leak: SECRET-B
CREATE TABLE own AS SELECT * FROM claims;
ALTER TABLE own OWNER TO app;
ALTER TABLE own ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY t ON own USING (org_id = (SELECT auth.org()))
=> setup
ALTER TABLE own NO FORCE ROW LEVEL SECURITY
=> refused statement.not_allowed
SELECT secret FROM own ORDER BY id DESC LIMIT 1
=> runs
GRANT ALL ON own TO PUBLIC
=> refused statement.not_allowed
ALTER TABLE own RENAME TO other
=> refused statement.not_allowed
CREATE RULE r AS ON SELECT TO own DO INSTEAD SELECT * FROM norls
=> refused statement.not_allowed
DROP OWNED BY app
=> refused statement.not_allowed

-- attack ROLE-110: settings stored for another role, through the catalogs over them
-- note: pg_db_role_setting is refused for the same reason; these views show the same
-- leak: SECRET-B
CREATE ROLE stored_settings; ALTER ROLE stored_settings SET app.key = 'SECRET-B'
=> setup
SELECT rolconfig FROM pg_roles
=> refused catalog.not_allowed
SELECT * FROM pg_roles
=> refused catalog.not_allowed
SELECT r::text FROM pg_catalog.pg_roles r
=> refused catalog.not_allowed
SELECT rolconfig(r) FROM pg_roles r
=> refused function.unknown
SELECT (SELECT x FROM (SELECT pg_roles.* FROM pg_roles) x LIMIT 1)
=> refused catalog.not_allowed
DROP ROLE stored_settings
=> cleanup
