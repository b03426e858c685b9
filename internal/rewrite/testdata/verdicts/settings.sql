-- why: the tenant's setting
SET app.org_id = 'x'
=> refused 42501 setting.protected: setting "app.org_id" may not be set [The proxy sets it from the token.]; literals

-- why: the claims
SET request.jwt.claims = '{}'
=> refused 42501 setting.protected: setting "request.jwt.claims" may not be set [The proxy sets it from the token.]; literals

-- why: in another case
SET "Request.JWT.Claims" = '{}'
=> refused 42501 setting.protected: setting "request.jwt.claims" may not be set [The proxy sets it from the token.]; literals

-- why: half quoted
SET request."jwt.claims" = '{}'
=> refused 42501 setting.protected: setting "request.jwt.claims" may not be set [The proxy sets it from the token.]; literals

-- why: quoted as one name
SET "request.jwt.claims" TO '{}'
=> refused 42501 setting.protected: setting "request.jwt.claims" may not be set [The proxy sets it from the token.]; literals

-- why: LOCAL
SET LOCAL app.org_id = 'x'
=> refused 42501 setting.protected: setting "app.org_id" may not be set [The proxy sets it from the token.]; literals

-- why: SESSION
SET SESSION app.org_id = 'x'
=> refused 42501 setting.protected: setting "app.org_id" may not be set [The proxy sets it from the token.]; literals

-- why: by function
SELECT set_config('app.org_id', 'x', false)
=> refused 42501 setting.protected: setting "app.org_id" may not be set [The proxy sets it from the token.]; literals

-- why: by function, qualified
SELECT pg_catalog.set_config('APP.ORG_ID', 'x', true)
=> refused 42501 setting.protected: setting "app.org_id" may not be set [The proxy sets it from the token.]; literals

-- why: by function, escaped
SELECT "pg_catalog".U&"set\005fconfig"(E'request.jwt\x2eclaims', 'x', false)
=> refused 42501 setting.protected: setting "request.jwt.claims" may not be set [The proxy sets it from the token.]; literals

-- why: by function, a computed name
SELECT set_config('app.' || 'org_id', 'x', false)
=> refused 42501 function.argument: function "pg_catalog.set_config" is allowed with a literal name only [Write the name of the setting as a literal.]; literals

-- why: by function, a parameter
SELECT set_config($1, 'x', false)
=> refused 42501 function.argument: function "pg_catalog.set_config" is allowed with a literal name only [Write the name of the setting as a literal.]; literals

-- why: by function, a column
SELECT set_config(name, 'x', false) FROM contacts
=> refused 42501 function.argument: function "pg_catalog.set_config" is allowed with a literal name only [Write the name of the setting as a literal.]; literals

-- why: by function, a cast name
SELECT set_config('app.org_id'::text, 'x', false)
=> refused 42501 setting.protected: setting "app.org_id" may not be set [The proxy sets it from the token.]; literals

-- why: by function, a cast to something else
SELECT set_config('app.org_id'::name::text, 'x', false)
=> refused 42501 function.argument: function "pg_catalog.set_config" is allowed with a literal name only [Write the name of the setting as a literal.]; literals

-- why: by function, by name
SELECT set_config(setting_name => 'app.org_id', new_value => 'x', is_local => false)
=> refused 42501 function.argument: function "pg_catalog.set_config" is allowed with plain arguments only [Give the arguments by position.]

-- why: by function, VARIADIC
SELECT set_config(VARIADIC ARRAY['app.org_id', 'x'])
=> refused 42501 function.argument: function "pg_catalog.set_config" is allowed with plain arguments only [Give the arguments by position.]

-- why: by function, in a CTE before the scan
WITH x AS MATERIALIZED (SELECT set_config('app.org_id', 'x', true) s) SELECT name FROM x, contacts
=> refused 42501 setting.protected: setting "app.org_id" may not be set [The proxy sets it from the token.]; literals

-- why: by function, in FROM
SELECT name FROM set_config('app.org_id', 'x', true) s, LATERAL (SELECT name FROM contacts OFFSET 0) c
=> refused 42501 setting.protected: setting "app.org_id" may not be set [The proxy sets it from the token.]; literals

-- why: by function, in ORDER BY
SELECT 1 ORDER BY set_config('app.org_id', 'x', true)
=> refused 42501 setting.protected: setting "app.org_id" may not be set [The proxy sets it from the token.]; literals

-- why: an allowed setting by function
SELECT set_config('TimeZone', 'UTC', false)
=> allowed; literals

-- why: an allowed setting by function with a parameter
SELECT set_config('TimeZone', $1, false)
=> allowed; resets=timezone; literals

-- why: a checked setting by function with a parameter
SELECT set_config('search_path', $1, false)
=> refused 42501 setting.value: setting "search_path" may not be set to this value [It is always public, pg_catalog.]; literals

-- why: an allowed setting by function, is_local computed
SELECT set_config('jit', 'off', (SELECT secret IS NULL FROM norls))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: a dotted setting of nobody
SET my.own = 'x'
=> refused 42501 setting.not_allowed: setting "my.own" may not be set by a tenant; literals

-- why: an extension's setting
SET hnsw.ef_search = 100
=> allowed; literals

-- why: application_name
SET application_name = 'x'
=> allowed; literals

-- why: application_name, several spellings
SET SESSION Application_Name TO 'x'
=> allowed; literals

-- why: date style
SET datestyle TO 'ISO', 'MDY'
=> allowed; literals

-- why: time zone
SET TIME ZONE 'UTC'
=> allowed; literals

-- why: time zone by interval
SET TIME ZONE INTERVAL '+01:00' HOUR TO MINUTE
=> allowed; literals

-- why: time zone, the default
SET TIME ZONE DEFAULT
=> allowed; resets=timezone; literals

-- why: names
SET NAMES 'UTF8'
=> allowed; literals

-- why: names, another encoding
SET NAMES 'GBK'
=> refused 42501 setting.value: setting "client_encoding" may not be set to this value [It is always UTF8.]; literals

-- why: encoding
SET client_encoding = 'utf-8'
=> allowed; literals

-- why: encoding, another
SET client_encoding TO SJIS
=> refused 42501 setting.value: setting "client_encoding" may not be set to this value [It is always UTF8.]; literals

-- why: encoding by function
SELECT set_config('client_encoding', 'BIG5', false)
=> refused 42501 setting.value: setting "client_encoding" may not be set to this value [It is always UTF8.]; literals

-- why: strings
SET standard_conforming_strings = on
=> allowed; literals

-- why: strings off
SET standard_conforming_strings = off
=> refused 42501 setting.value: setting "standard_conforming_strings" may not be set to this value [It is always on.]; literals

-- why: strings off by function
SELECT set_config('standard_conforming_strings', 'off', false)
=> refused 42501 setting.value: setting "standard_conforming_strings" may not be set to this value [It is always on.]; literals

-- why: backslash_quote
SET backslash_quote = on
=> refused 42501 setting.not_allowed: setting "backslash_quote" may not be set by a tenant; literals

-- why: row security on
SET row_security = on
=> allowed; literals

-- why: row security off
SET row_security = off
=> refused 42501 setting.value: setting "row_security" may not be set to this value [It is always on.]; literals

-- why: row security off, as a number
SET row_security TO 0
=> refused 42501 setting.value: setting "row_security" may not be set to this value [It is always on.]; literals

-- why: the pinned path
SET search_path = public, pg_catalog
=> allowed; literals

-- why: the pinned path, implicit pg_catalog as Prisma has it
SET search_path = "public"
=> allowed; literals

-- why: another order
SET search_path = pg_catalog, public
=> refused 42501 setting.value: setting "search_path" may not be set to this value [It is always public, pg_catalog.]; literals

-- why: another path
SET search_path = reporting
=> refused 42501 setting.value: setting "search_path" may not be set to this value [It is always public, pg_catalog.]; literals

-- why: the schema of the user
SET search_path = "$user", public
=> refused 42501 setting.value: setting "search_path" may not be set to this value [It is always public, pg_catalog.]; literals

-- why: two names in one string are one name
SET search_path = 'public, pg_catalog'
=> refused 42501 setting.value: setting "search_path" may not be set to this value [It is always public, pg_catalog.]; literals

-- why: by function they are two
SELECT set_config('search_path', 'public, pg_catalog', false)
=> allowed; literals

-- why: pg_dump's empty path
SELECT pg_catalog.set_config('search_path', '', false)
=> refused 42501 setting.value: setting "search_path" may not be set to this value [It is always public, pg_catalog.]; literals

-- why: SET SCHEMA
SET SCHEMA 'reporting'
=> refused 42501 setting.value: setting "search_path" may not be set to this value [It is always public, pg_catalog.]; literals

-- why: memory
SET work_mem = '64MB'
=> allowed; literals

-- why: memory in kB
SET work_mem = 65536
=> allowed; literals

-- why: too much memory
SET work_mem = '2GB'
=> refused 42501 setting.value: setting "work_mem" may not be set to this value [Up to 256MB is allowed.]; literals

-- why: too much memory in kB
SET work_mem = 2097152
=> refused 42501 setting.value: setting "work_mem" may not be set to this value [Up to 256MB is allowed.]; literals

-- why: memory in a spelling that is not read here
SET work_mem = '0x40000'
=> refused 42501 setting.value: setting "work_mem" may not be set to this value [Up to 256MB is allowed.]; literals

-- why: timeouts
SET statement_timeout = '5s'; SET lock_timeout = 1000; SET idle_in_transaction_session_timeout = 0
=> allowed; literals

-- why: messages
SET client_min_messages = warning
=> allowed; literals

-- why: debug messages
SET client_min_messages = debug5
=> refused 42501 setting.value: setting "client_min_messages" may not be set to this value; literals

-- why: planner
SET enable_seqscan = off; SET jit = off; SET plan_cache_mode = force_custom_plan
=> allowed; literals

-- why: session_replication_role
SET session_replication_role = replica
=> refused 42501 setting.not_allowed: setting "session_replication_role" may not be set by a tenant; literals

-- why: role
SET ROLE app_owner
=> refused 42501 setting.role: setting "role" may not be set [The proxy decides which role a session has.]; literals

-- why: role none
SET ROLE NONE
=> refused 42501 setting.role: setting "role" may not be set [The proxy decides which role a session has.]; literals

-- why: role as a setting
SET role = 'app_owner'
=> refused 42501 setting.role: setting "role" may not be set [The proxy decides which role a session has.]; literals

-- why: role by function
SELECT set_config('role', 'app_owner', false)
=> refused 42501 setting.role: setting "role" may not be set [The proxy decides which role a session has.]; literals

-- why: session authorization
SET SESSION AUTHORIZATION app_owner
=> refused 42501 setting.role: setting "session_authorization" may not be set [The proxy decides which role a session has.]; literals

-- why: local role
SET LOCAL ROLE app_owner
=> refused 42501 setting.role: setting "role" may not be set [The proxy decides which role a session has.]; literals

-- why: transaction
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY
=> allowed; literals

-- why: session characteristics
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY
=> allowed; literals

-- why: a snapshot of another session
SET TRANSACTION SNAPSHOT 'x'
=> refused 42501 statement.set_snapshot: SET TRANSACTION SNAPSHOT is not allowed; literals

-- why: constraints
SET CONSTRAINTS ALL DEFERRED
=> allowed; literals

-- why: constraints by name
SET CONSTRAINTS norls DEFERRED
=> allowed; literals

-- why: RESET one
RESET work_mem
=> allowed; resets=work_mem; literals

-- why: RESET the tenant's
RESET app.org_id
=> allowed; resets=app.org_id; literals

-- why: TO DEFAULT is a reset
SET LOCAL "App.Org_Id" TO DEFAULT
=> allowed; resets=app.org_id; literals

-- why: RESET ALL
RESET ALL
=> allowed; resets all; literals

-- why: RESET ROLE
RESET ROLE
=> allowed; resets=role; literals

-- why: RESET SESSION AUTHORIZATION forgets the role too
RESET SESSION AUTHORIZATION
=> allowed; resets=session_authorization,role; literals

-- why: SET SESSION AUTHORIZATION DEFAULT is the same
SET SESSION AUTHORIZATION DEFAULT
=> allowed; resets=session_authorization,role; literals

-- why: rows after a reset in the same text
RESET app.org_id; SELECT * FROM contacts
=> refused 42501 statement.after_reset: a statement that follows a reset of the session's context in the same text is not allowed [Send the reset as a text of its own.]; literals

-- why: EXECUTE after a reset in the same text
RESET ALL; EXECUTE p
=> refused 42501 statement.after_reset: a statement that follows a reset of the session's context in the same text is not allowed [Send the reset as a text of its own.]; literals

-- why: COMMIT after a reset runs deferred triggers
BEGIN; RESET ALL; COMMIT
=> refused 42501 statement.after_reset: a statement that follows a reset of the session's context in the same text is not allowed [Send the reset as a text of its own.]; literals

-- why: rows before a reset
SELECT * FROM contacts; RESET ALL
=> allowed; resets all; literals

-- why: a pool's reset
RESET ALL; CLOSE ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD SEQUENCES; DISCARD TEMP
=> allowed; resets all; literals

-- why: a reset of something else first
RESET work_mem; SELECT * FROM contacts
=> allowed; resets=work_mem; literals

-- why: SHOW
SHOW server_version
=> allowed; literals

-- why: SHOW of the context
SHOW app.org_id
=> allowed; literals

-- why: SHOW of the path
SHOW search_path
=> allowed; literals

-- why: SHOW transaction
SHOW TRANSACTION ISOLATION LEVEL
=> allowed; literals

-- why: SHOW time zone
SHOW TIME ZONE
=> allowed; literals

-- why: SHOW a secret
SHOW app.settings.jwt_secret
=> refused 42501 setting.not_readable: setting "app.settings.jwt_secret" may not be read by a tenant; literals

-- why: SHOW a file
SHOW hba_file
=> refused 42501 setting.not_readable: setting "hba_file" may not be read by a tenant; literals

-- why: SHOW ALL
SHOW ALL
=> refused 42501 setting.not_readable: setting "all" may not be read by a tenant; literals

-- why: current_setting
SELECT current_setting('server_version_num')::int
=> allowed; literals

-- why: current_setting of the context
SELECT current_setting('request.jwt.claims', true)::json ->> 'sub'
=> allowed; literals

-- why: current_setting of a secret
SELECT current_setting('app.settings.jwt_secret')
=> refused 42501 setting.not_readable: setting "app.settings.jwt_secret" may not be read by a tenant; literals

-- why: current_setting of a computed name
SELECT current_setting('app.' || 'x')
=> refused 42501 function.argument: function "pg_catalog.current_setting" is allowed with a literal name only [Write the name of the setting as a literal.]; literals

-- why: current_setting of a parameter
SELECT current_setting($1)
=> refused 42501 function.argument: function "pg_catalog.current_setting" is allowed with a literal name only [Write the name of the setting as a literal.]; literals

-- why: pg_settings by name
SELECT setting FROM pg_settings WHERE name = 'max_index_keys'
=> allowed; literals

-- why: pg_settings by names
SELECT name, setting FROM pg_catalog.pg_settings s WHERE s.name IN ('server_version', 'TimeZone')
=> allowed; literals

-- why: pg_settings by a hidden name
SELECT setting FROM pg_settings WHERE name = 'ssl_key_file'
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_settings" is not readable by tenants: it shows every setting, secrets among them [Add pg_catalog.pg_settings to policy.allow_relations if all tenants may see it.]; literals

-- why: pg_settings by a parameter
SELECT setting FROM pg_settings WHERE name = $1
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_settings" is not readable by tenants: it shows every setting, secrets among them [Add pg_catalog.pg_settings to policy.allow_relations if all tenants may see it.]; literals

-- why: pg_settings by name and more, which may look first
SELECT setting FROM pg_settings WHERE name = 'jit' AND setting::int > 0
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_settings" is not readable by tenants: it shows every setting, secrets among them [Add pg_catalog.pg_settings to policy.allow_relations if all tenants may see it.]

-- why: pg_settings whole
SELECT * FROM pg_settings
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_settings" is not readable by tenants: it shows every setting, secrets among them [Add pg_catalog.pg_settings to policy.allow_relations if all tenants may see it.]

-- why: pg_settings beside another relation
SELECT s.setting FROM pg_settings s, contacts WHERE s.name = 'jit'
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_settings" is not readable by tenants: it shows every setting, secrets among them [Add pg_catalog.pg_settings to policy.allow_relations if all tenants may see it.]

-- why: pg_settings renamed
SELECT * FROM pg_settings AS s(setting, name) WHERE name = 'jit'
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_settings" is not readable by tenants: it shows every setting, secrets among them [Add pg_catalog.pg_settings to policy.allow_relations if all tenants may see it.]

-- why: pg_settings locked
SELECT * FROM pg_settings WHERE name = 'jit' FOR UPDATE
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_settings" is not readable by tenants: it shows every setting, secrets among them [Add pg_catalog.pg_settings to policy.allow_relations if all tenants may see it.]

-- why: pg_settings written
UPDATE pg_settings SET setting = 'x' WHERE name = 'search_path'
=> refused 42501 catalog.write: catalog relation "pg_catalog.pg_settings" may not be written

-- why: pg_settings by the name of an outer query's row
SELECT (SELECT string_agg(s.setting, ',') FROM pg_settings s WHERE c.name = 'jit') FROM contacts c
=> refused 42501 catalog.not_allowed: catalog relation "pg_catalog.pg_settings" is not readable by tenants: it shows every setting, secrets among them [Add pg_catalog.pg_settings to policy.allow_relations if all tenants may see it.]

-- why: a CTE by the name of pg_settings
WITH pg_settings AS (SELECT secret AS name FROM norls) SELECT * FROM pg_settings WHERE name = 'jit'
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: the seal proves the org to Postgres, so a tenant may not set it
SET tenantproxy.seal = '00000000:00'
=> refused 42501 setting.protected: setting "tenantproxy.seal" may not be set [The proxy sets it from the token.]; literals

-- why: nor read it, since it would be good for whoever has this connection next
SELECT current_setting('TenantProxy.Seal', true)
=> refused 42501 setting.protected: setting "tenantproxy.seal" may not be read by a tenant; literals

-- why: SHOW is a way to read it too
SHOW "tenantproxy.seal"
=> refused 42501 setting.protected: setting "tenantproxy.seal" may not be read by a tenant; literals

-- why: so is set_config, which gives back what it has set
SELECT set_config('tenantproxy.seal', NULL, false)
=> refused 42501 setting.protected: setting "tenantproxy.seal" may not be set [The proxy sets it from the token.]; literals

-- why: what follows a reset of it in the same text would run without
RESET tenantproxy.seal; SELECT * FROM contacts
=> refused 42501 statement.after_reset: a statement that follows a reset of the session's context in the same text is not allowed [Send the reset as a text of its own.]; literals
