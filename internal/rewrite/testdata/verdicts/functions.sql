-- why: immutable
SELECT upper(name), length(name), abs(1), md5('x') FROM contacts
=> allowed

-- why: stable
SELECT now(), current_schema(), to_char(now(), 'YYYY'), format('%s', 1), age(now())
=> allowed

-- why: aggregates and window functions
SELECT count(*), max(id), string_agg(name, ','), row_number() OVER (), array_agg(DISTINCT id) FROM contacts
=> allowed

-- why: volatile but harmless
SELECT random(), clock_timestamp(), gen_random_uuid(), timeofday(), setseed(0.5), pg_is_in_recovery(), current_query(), txid_current()
=> allowed

-- why: sequences
SELECT nextval('contacts_id_seq'), currval('contacts_id_seq'), lastval()
=> allowed

-- why: setval
SELECT setval('contacts_id_seq', 1)
=> refused 42501 function.never_allowed: function "pg_catalog.setval" is not allowed: it changes a sequence for all tenants

-- why: the last value of a sequence
SELECT pg_sequence_last_value('contacts_id_seq'::regclass)
=> refused 42501 function.volatile: function "pg_catalog.pg_sequence_last_value" is not allowed: it shows how much all tenants insert [Add pg_catalog.pg_sequence_last_value to policy.allow_functions if tenants may call it.]

-- why: resetting the pool's locks
SELECT pg_advisory_unlock_all()
=> allowed

-- why: an advisory lock
SELECT pg_advisory_lock(1)
=> refused 42501 function.volatile: function "pg_catalog.pg_advisory_lock" is not allowed: it takes locks that all tenants share [Add pg_catalog.pg_advisory_lock to policy.allow_functions if tenants may call it.]

-- why: an advisory lock of the transaction
SELECT pg_advisory_xact_lock(1)
=> refused 42501 function.volatile: function "pg_catalog.pg_advisory_xact_lock" is not allowed: it takes locks that all tenants share [Add pg_catalog.pg_advisory_xact_lock to policy.allow_functions if tenants may call it.]

-- why: trying one
SELECT pg_try_advisory_lock(42)
=> refused 42501 function.volatile: function "pg_catalog.pg_try_advisory_lock" is not allowed: it takes locks that all tenants share [Add pg_catalog.pg_try_advisory_lock to policy.allow_functions if tenants may call it.]

-- why: sleeping
SELECT pg_sleep(1)
=> refused 42501 function.volatile: function "pg_catalog.pg_sleep" is not allowed: it keeps a connection busy [Add pg_catalog.pg_sleep to policy.allow_functions if tenants may call it.]

-- why: cancelling another session
SELECT pg_cancel_backend(1)
=> refused 42501 function.never_allowed: function "pg_catalog.pg_cancel_backend" is not allowed: it reaches other tenants' sessions

-- why: ending another session
SELECT pg_terminate_backend(1)
=> refused 42501 function.never_allowed: function "pg_catalog.pg_terminate_backend" is not allowed: it reaches other tenants' sessions

-- why: one's own process id
SELECT pg_backend_pid()
=> allowed

-- why: running SQL text
SELECT query_to_xml('select 1', true, false, '')
=> refused 42501 function.never_allowed: function "pg_catalog.query_to_xml" is not allowed: it runs SQL text

-- why: running SQL text, qualified
SELECT pg_catalog.query_to_xml('select 1', true, false, '')
=> refused 42501 function.never_allowed: function "pg_catalog.query_to_xml" is not allowed: it runs SQL text

-- why: running SQL text, quoted
SELECT "query_to_xml"('select 1', true, false, '')
=> refused 42501 function.never_allowed: function "pg_catalog.query_to_xml" is not allowed: it runs SQL text

-- why: running SQL text, escaped
SELECT U&"query\005fto\005fxml"('select 1', true, false, '')
=> refused 42501 function.never_allowed: function "pg_catalog.query_to_xml" is not allowed: it runs SQL text

-- why: reading a table by name
SELECT table_to_xml('norls', true, false, '')
=> refused 42501 function.never_allowed: function "pg_catalog.table_to_xml" is not allowed: it reads tables by name

-- why: reading a table by number
SELECT table_to_xml((SELECT oid FROM pg_class WHERE relname = 'norls')::regclass, true, false, '')
=> refused 42501 function.never_allowed: function "pg_catalog.table_to_xml" is not allowed: it reads tables by name

-- why: reading a schema
SELECT schema_to_xml('public', true, false, '')
=> refused 42501 function.never_allowed: function "pg_catalog.schema_to_xml" is not allowed: it reads tables by name

-- why: reading the database
SELECT database_to_xml(true, false, '')
=> refused 42501 function.never_allowed: function "pg_catalog.database_to_xml" is not allowed: it reads tables by name

-- why: ts_stat runs SQL text
SELECT * FROM ts_stat('select 1')
=> refused 42501 function.never_allowed: function "pg_catalog.ts_stat" is not allowed: it runs SQL text

-- why: ts_rewrite with text does
SELECT ts_rewrite('a'::tsquery, 'select 1')
=> refused 42501 function.never_allowed: function "pg_catalog.ts_rewrite" is not allowed: it runs SQL text in its form with two arguments

-- why: ts_rewrite with queries does not
SELECT ts_rewrite('a'::tsquery, 'a'::tsquery, 'b'::tsquery)
=> allowed

-- why: a parameter of type void is not an argument, and leaves the form with two
SELECT ts_rewrite('a'::tsquery, 'select 1', $1)
=> refused 42501 function.never_allowed: function "pg_catalog.ts_rewrite" is not allowed: it runs SQL text in its form with two arguments

-- why: nor is one that a cast makes void
SELECT ts_rewrite('a'::tsquery, $1, $2::void)
=> refused 42501 function.never_allowed: function "pg_catalog.ts_rewrite" is not allowed: it runs SQL text in its form with two arguments

-- why: nor one of PREPARE
PREPARE p(text, void) AS SELECT ts_rewrite('a'::tsquery, $1, $2)
=> refused 42501 function.never_allowed: function "pg_catalog.ts_rewrite" is not allowed: it runs SQL text in its form with two arguments; literals

-- why: pgjdbc: the result of a function as a parameter
select * from upper($1, $2) as result
=> allowed

-- why: files
SELECT pg_read_file('/etc/passwd')
=> refused 42501 function.never_allowed: function "pg_catalog.pg_read_file" is not allowed: it reaches the server's files

-- why: directories
SELECT pg_ls_dir('.')
=> refused 42501 function.never_allowed: function "pg_catalog.pg_ls_dir" is not allowed: it reaches the server's files

-- why: large objects
SELECT lo_get(1)
=> refused 42501 function.never_allowed: function "pg_catalog.lo_get" is not allowed: it reaches large objects, which have no row-level security

-- why: large objects, the other names
SELECT loread(1, 1)
=> refused 42501 function.never_allowed: function "pg_catalog.loread" is not allowed: it reaches large objects, which have no row-level security

-- why: notifications
SELECT pg_notify('a', 'b')
=> refused 42501 function.never_allowed: function "pg_catalog.pg_notify" is not allowed: it reaches other tenants' sessions; use NOTIFY where policy.listen_notify allows it

-- why: write-ahead log
SELECT pg_logical_slot_peek_changes('x', NULL, NULL)
=> refused 42501 function.never_allowed: function "pg_catalog.pg_logical_slot_peek_changes" is not allowed: it reaches replication, its slots or the write-ahead log

-- why: replication slots
SELECT pg_create_logical_replication_slot('x', 'y')
=> refused 42501 function.never_allowed: function "pg_catalog.pg_create_logical_replication_slot" is not allowed: it reaches replication, its slots or the write-ahead log

-- why: settings of everybody
SELECT * FROM pg_show_all_settings()
=> refused 42501 function.builtin_refused: function "pg_catalog.pg_show_all_settings" is not allowed: it shows every setting [Add pg_catalog.pg_show_all_settings to policy.allow_functions if tenants may call it.]

-- why: activity
SELECT * FROM pg_stat_get_activity(NULL)
=> refused 42501 function.builtin_refused: function "pg_catalog.pg_stat_get_activity" is not allowed: it shows other sessions' activity [Add pg_catalog.pg_stat_get_activity to policy.allow_functions if tenants may call it.]

-- why: locks
SELECT * FROM pg_lock_status()
=> refused 42501 function.volatile: function "pg_catalog.pg_lock_status" is not allowed: it shows what other sessions do [Add pg_catalog.pg_lock_status to policy.allow_functions if tenants may call it.]

-- why: snapshots
SELECT pg_export_snapshot()
=> refused 42501 function.never_allowed: function "pg_catalog.pg_export_snapshot" is not allowed: it shares a transaction's snapshot

-- why: sizes
SELECT pg_total_relation_size('contacts')
=> refused 42501 function.volatile: function "pg_catalog.pg_total_relation_size" is not allowed: it shows how much all tenants store [Add pg_catalog.pg_total_relation_size to policy.allow_functions if tenants may call it.]

-- why: an argument of type internal
SELECT array_agg_transfn(NULL, 1)
=> refused 42501 function.never_allowed: function "pg_catalog.array_agg_transfn" is not allowed: it takes an internal argument

-- why: the input function of any type
SELECT domain_in('x', 16400, -1)
=> refused 42501 function.never_allowed: function "pg_catalog.domain_in" is not allowed: it runs the input function of a type given as text or number

-- why: a volatile function that nobody listed
SELECT pg_switch_wal()
=> refused 42501 function.volatile: function "pg_catalog.pg_switch_wal" is not allowed: it reaches the write-ahead log, backup, recovery or replication [Add pg_catalog.pg_switch_wal to policy.allow_functions if tenants may call it.]

-- why: a user function
SELECT helper(1)
=> refused 42501 function.user_defined: function "public.helper" is not a built-in and has not been allowed [Add public.helper to policy.allow_functions if tenants may call it.]

-- why: a user function, qualified
SELECT public.helper(1)
=> refused 42501 function.user_defined: function "public.helper" is not a built-in and has not been allowed [Add public.helper to policy.allow_functions if tenants may call it.]

-- why: a policy's helper called directly
SELECT auth.jwt()
=> refused 42501 function.user_defined: function "auth.jwt" is not a built-in and has not been allowed [Add auth.jwt to policy.allow_functions if tenants may call it.]

-- why: a SECURITY DEFINER function
SELECT definer(1)
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a SECURITY DEFINER function in FROM
SELECT * FROM definer(1)
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: in an argument
SELECT upper(definer(1)::text)
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: in ROWS FROM
SELECT * FROM ROWS FROM (generate_series(1, 2), definer(1))
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: in a join condition
SELECT * FROM contacts a JOIN contacts b ON definer(a.id) = 1
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: in RETURNING
DELETE FROM contacts RETURNING definer(1)
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: in VALUES of INSERT
INSERT INTO contacts (id) VALUES (definer(1))
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: as a window function
SELECT definer(1) OVER () FROM contacts
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: with VARIADIC
SELECT definer(VARIADIC ARRAY[1])
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: with a named argument
SELECT definer(a => 1)
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: with a missing argument, which may have a default
SELECT definer()
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a user function that hides a built-in of the same name
SELECT lower(name) FROM contacts
=> refused 42501 function.user_defined: function "public.lower" is not a built-in and has not been allowed [Add public.lower to policy.allow_functions if tenants may call it.]

-- why: the built-in itself, qualified
SELECT pg_catalog.lower(name) FROM contacts
=> allowed

-- why: unknown
SELECT no_such_function(1)
=> refused 42501 function.unknown: function "no_such_function" is not known with these arguments; unknown

-- why: unknown in a schema
SELECT auth.no_such_function(1)
=> refused 42501 function.unknown: function "auth.no_such_function" is not known with these arguments; unknown

-- why: of another database
SELECT other.public.helper(1)
=> refused 42501 function.unknown: cross-database references are not implemented: "other.public.helper"

-- why: of this database
SELECT app.pg_catalog.upper('x')
=> allowed

-- why: in a temporary schema
SELECT pg_temp.leak(1)
=> refused 42501 function.unknown: function "pg_temp.leak" is not reachable by name

-- why: a procedure
CALL do_things()
=> refused 42501 function.user_defined: function "public.do_things" is not a built-in and has not been allowed [Add public.do_things to policy.allow_functions if tenants may call it.]; literals

-- why: an aggregate over user functions
SELECT user_agg(name) FROM contacts
=> refused 42501 function.user_defined: function "public.user_agg" is not a built-in and has not been allowed [Add public.user_agg to policy.allow_functions if tenants may call it.]

-- why: an aggregate over built-in functions
SELECT product(id) FROM contacts
=> allowed

-- why: a range constructor
SELECT price_range(1, 2)
=> allowed

-- why: an extension's function
SELECT extensions.digest('a', 'sha256')
=> allowed

-- why: an extension's random bytes
SELECT extensions.gen_random_bytes(16)
=> allowed

-- why: uuid-ossp
SELECT uuid_generate_v4()
=> allowed

-- why: an extension's setting
SELECT set_limit(0.1)
=> refused 42501 function.volatile: function "public.set_limit" is volatile and has not been allowed [Add public.set_limit to policy.allow_functions if tenants may call it.]

-- why: an extension's internals
SELECT hstore_recv(NULL)
=> refused 42501 function.builtin_refused: function "public.hstore_recv" is not allowed: it takes an internal argument [Add public.hstore_recv to policy.allow_functions if tenants may call it.]

-- why: an extension that runs SQL text
SELECT * FROM crosstab('select 1') AS t(a int)
=> refused 42501 function.user_defined: function "public.crosstab" is not a built-in and has not been allowed [Add public.crosstab to policy.allow_functions if tenants may call it.]

-- why: dblink
SELECT * FROM dblink('host=x', 'select 1') AS t(a int)
=> refused 42501 function.user_defined: function "public.dblink" is not a built-in and has not been allowed [Add public.dblink to policy.allow_functions if tenants may call it.]

-- why: postgis
SELECT st_makepoint(1, 2)
=> allowed

-- why: postgis, statistics of all rows
SELECT st_estimatedextent('public', 'contacts')
=> refused 42501 function.builtin_refused: function "public.st_estimatedextent" is not allowed: it shows statistics of all tenants' rows [Add public.st_estimatedextent to policy.allow_functions if tenants may call it.]

-- why: a cast written as a call
SELECT uuid('aaaaaaaa-0000-0000-0000-000000000001'), float8('1')
=> allowed

-- why: SQL's own functions
SELECT current_user, session_user, current_date, localtimestamp, current_catalog, user
=> allowed

-- why: EXTRACT, SUBSTRING, TRIM, POSITION, OVERLAY
SELECT extract(year FROM now()), substring('abc' FROM 2), trim(both 'x' FROM 'xax'), position('a' IN 'b'), overlay('a' placing 'b' from 1)
=> allowed

-- why: privileges
SELECT has_table_privilege('contacts', 'SELECT'), has_schema_privilege('public', 'USAGE')
=> allowed

-- why: set-returning functions
SELECT * FROM unnest(ARRAY[1,2]) WITH ORDINALITY, jsonb_each('{}'), regexp_matches('a', 'b')
=> allowed

-- with: generous

-- why: allowed by policy
SELECT allowed(1), definer(1), auth.jwt(), pg_sleep(0)
=> allowed

-- why: allowed by policy, a size
SELECT pg_table_size('contacts')
=> allowed

-- why: a procedure allowed by policy
CALL do_things()
=> allowed; literals

-- why: its argument is still looked at
SELECT allowed((SELECT id FROM norls))
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: denied by policy
SELECT random()
=> refused 42501 function.denied: function "pg_catalog.random" is denied by policy.deny_functions

-- why: a user operator over an allowed function
SELECT 1 <@> 2
=> allowed
