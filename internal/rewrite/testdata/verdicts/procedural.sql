-- with: procedural

-- why: nothing
DO 'BEGIN END'
=> allowed; literals

-- why: the language by name
DO LANGUAGE plpgsql $$ BEGIN NULL; END; $$
=> allowed; literals

-- why: another language
DO LANGUAGE plperl $$ 1 $$
=> refused 42501 statement.do: DO is allowed in PL/pgSQL only; literals

-- why: twice
DO LANGUAGE plpgsql $$ BEGIN NULL; END; $$ LANGUAGE plpgsql
=> refused 42501 node.unknown: this form of DO is not known here; literals

-- why: two bodies
DO 'BEGIN NULL; END;' 'BEGIN NULL; END'
=> refused 42501 node.unknown: this form of DO is not known here; literals

-- why: no body
DO LANGUAGE plpgsql
=> refused 42501 node.unknown: this form of DO is not known here; literals

-- why: a body in another notation is the same body
DO E'BEGIN PERFORM\x20secret FROM norls; END'
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: and in Unicode escapes
DO U&'BEGIN PERFORM secret FROM \006eorls; END'
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: declarations
DO $$ <<top>> DECLARE a int; b CONSTANT text COLLATE "C" NOT NULL DEFAULT 'x'; c numeric(10, 2)[] = NULL; "D e" timestamp with time zone; r record; k refcursor; e ALIAS FOR b; t contacts%ROWTYPE; s contacts.name%TYPE; u a%TYPE; BEGIN top.a := 1; "D e" := now(); END top $$
=> allowed; literals

-- why: a declaration that calls
DO $$ DECLARE a text := definer(1); BEGIN END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: a record with a value, where it is declared
DO $$ DECLARE a record := definer(1); BEGIN END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: DECLARE twice
DO $$ DECLARE a int; DECLARE b text = pg_sleep(1); BEGIN END $$
=> refused 42501 function.volatile: function "pg_catalog.pg_sleep" is not allowed: it keeps a connection busy [Add pg_catalog.pg_sleep to policy.allow_functions if tenants may call it.]; literals

-- why: a type that is not known
DO $$ DECLARE a no_such_type; BEGIN END $$
=> refused 42501 type.unknown: type "no_such_type" is not known; unknown; literals

-- why: a type with a call as its modifier
DO $$ DECLARE a numeric(length(pg_read_file('x'))); BEGIN END $$
=> refused 42501 function.never_allowed: function "pg_catalog.pg_read_file" is not allowed: it reaches the server's files; literals

-- why: bound cursors
DO $$ DECLARE a CURSOR FOR SELECT * FROM contacts; b NO SCROLL CURSOR (x int, y text) IS SELECT x, y FROM contacts; BEGIN OPEN a; OPEN b(1, y := 'z'); CLOSE a; FOR r IN b(2, 'y') LOOP NULL; END LOOP; END $$
=> allowed; literals

-- why: a cursor over what is not kept apart
DO $$ DECLARE a CURSOR FOR SELECT * FROM norls; BEGIN OPEN a; END $$
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: an argument of a cursor that calls
DO $$ DECLARE a CURSOR (x text) FOR SELECT x; BEGIN FOR r IN a(definer(1)) LOOP END LOOP; END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: arguments that are one query together, with a relation by the name of a column
DO $$ DECLARE a CURSOR (x text, y text) FOR SELECT x; BEGIN OPEN a (norls.secret FROM contacts, norls); END $$
=> refused 42601 syntax.error: syntax error in or behind line 1 of the body; literals

-- why: the same in a loop
DO $$ DECLARE a CURSOR (x text, y text) FOR SELECT x; BEGIN FOR r IN a (y := norls.secret FROM contacts, x := norls) LOOP END LOOP; END $$
=> refused 42601 syntax.error: syntax error in or behind line 1 of the body; literals

-- why: arguments that are expressions
DO $$ DECLARE a CURSOR (x text, y text) FOR SELECT x; BEGIN OPEN a ((SELECT max(name) FROM contacts), y := 'x' || $q$y$q$); END $$
=> allowed; literals

-- why: an argument by name
DO $$ DECLARE a CURSOR (x text) FOR SELECT x; BEGIN OPEN a (x := definer(1)); END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: assignments to fields, elements and fields of elements
DO $$ DECLARE a int[]; t contacts; u contacts[]; BEGIN a[1] := 2; a[a[1] + 1] = 3; a[1:2] := '{1,2}'; t.name := 'x'; u[1].name := 'y'; END $$
=> allowed; literals

-- why: an assigned value that calls
DO $$ DECLARE a text; BEGIN a := definer(1); END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: a subscript that calls
DO $$ DECLARE a int[]; BEGIN a[definer(1)::int] := 1; END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: a subscript that calls with a row of the FROM behind the value, whatever variable there is
DO $$ DECLARE a text[]; c int; BEGIN a[c.full_name] := 1 FROM contacts c; END $$
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]; literals

-- why: an expression may go on as a query does
DO $$ DECLARE a text; BEGIN a := secret FROM norls LIMIT 1; END $$
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: something that is not declared
DO $$ BEGIN a := 1; END $$
=> refused 42501 function.body: line 1 of the body: it assigns to something that is not declared in it; literals

-- why: a variable by the name of a keyword
DO $$ DECLARE return int; exit int[]; BEGIN return := 1; exit[1] := 2; RETURN; END $$
=> allowed; literals

-- why: a keyword where a variable of that name would be meant
DO $$ DECLARE query text; BEGIN RETURN QUERY SELECT 1; END $$
=> refused 42501 function.body: line 1 of the body: a variable has the name of a keyword that is used beside it; literals

-- why: IF with all of its parts
DO $$ BEGIN IF EXISTS (SELECT FROM contacts) THEN NULL; ELSIF 1 = 2 THEN NULL; ELSEIF (CASE WHEN true THEN true END) THEN NULL; ELSE IF true THEN NULL; END IF; END IF; END $$
=> allowed; literals

-- why: a condition that reads
DO $$ BEGIN IF EXISTS (SELECT FROM norls) THEN NULL; END IF; END $$
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: the second condition
DO $$ BEGIN IF false THEN NULL; ELSIF (SELECT true FROM norls) THEN NULL; END IF; END $$
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: what is in ELSE
DO $$ BEGIN IF true THEN NULL; ELSE PERFORM definer(1); END IF; END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: CASE in both forms
DO $$ DECLARE a int; BEGIN CASE a WHEN 1, 2 THEN NULL; WHEN 3 THEN NULL; ELSE NULL; END CASE; CASE WHEN a = 1 THEN NULL; END CASE; END $$
=> allowed; literals

-- why: what CASE compares with
DO $$ DECLARE a text; BEGIN CASE a WHEN 'x', definer(1) THEN NULL; END CASE; END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: what CASE compares
DO $$ BEGIN CASE definer(1) WHEN 'x' THEN NULL; END CASE; END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: loops with labels
DO $$ <<a>> BEGIN <<b>> LOOP EXIT b WHEN true; CONTINUE b; EXIT; END LOOP b; WHILE false LOOP NULL; END LOOP; <<c>> WHILE true LOOP EXIT a; END LOOP; END $$
=> allowed; literals

-- why: WHILE and EXIT WHEN
DO $$ BEGIN WHILE (SELECT true FROM norls) LOOP NULL; END LOOP; END $$
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: the condition of EXIT
DO $$ BEGIN LOOP EXIT WHEN pg_sleep(1) IS NULL; END LOOP; END $$
=> refused 42501 function.volatile: function "pg_catalog.pg_sleep" is not allowed: it keeps a connection busy [Add pg_catalog.pg_sleep to policy.allow_functions if tenants may call it.]; literals

-- why: FOR over numbers
DO $$ BEGIN FOR i IN 1..10 LOOP NULL; END LOOP; FOR i IN REVERSE 10 .. 1 BY 2 LOOP NULL; END LOOP; END $$
=> allowed; literals

-- why: the bounds of FOR
DO $$ BEGIN FOR i IN 1..length(definer(1)) LOOP NULL; END LOOP; END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: FOR over a query, with one or more variables
DO $$ DECLARE r record; a int; b text; BEGIN FOR r IN SELECT * FROM contacts LOOP NULL; END LOOP; FOR a, b IN WITH x AS (SELECT 1, name FROM contacts) SELECT * FROM x LOOP NULL; END LOOP; FOR r IN INSERT INTO contacts (name) VALUES ('x') RETURNING * LOOP NULL; END LOOP; END $$
=> allowed; literals

-- why: over a query of what is not kept apart
DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM norls LOOP NULL; END LOOP; END $$
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: over one that is put together
DO $$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT * FROM norls' LOOP NULL; END LOOP; END $$
=> refused 42501 function.dynamic_sql: line 1 of the body: EXECUTE runs SQL that is put together at run time; literals

-- why: over another statement
DO $$ DECLARE r record; BEGIN FOR r IN EXPLAIN SELECT 1 LOOP NULL; END LOOP; END $$
=> refused 42501 function.body: line 1 of the body: it has a statement that is not a query; literals

-- why: FOREACH
DO $$ DECLARE a int; b int[]; BEGIN FOREACH a IN ARRAY b LOOP NULL; END LOOP; FOREACH b SLICE 1 IN ARRAY ARRAY[[1], [2]] LOOP NULL; END LOOP; END $$
=> allowed; literals

-- why: the array of FOREACH
DO $$ DECLARE a text; BEGIN FOREACH a IN ARRAY ARRAY[definer(1)] LOOP NULL; END LOOP; END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: RAISE in its forms
DO $$ DECLARE a int; BEGIN RAISE NOTICE 'x % %', a, a + 1; RAISE 'x'; RAISE division_by_zero; RAISE SQLSTATE '22012' USING MESSAGE = 'x' || a, DETAIL := 'y'; RAISE WARNING USING ERRCODE = 'unique_violation'; RAISE; EXCEPTION WHEN others THEN RAISE; END $$
=> allowed; literals

-- why: what RAISE shows
DO $$ BEGIN RAISE NOTICE '%', (SELECT secret FROM norls); END $$
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: an option of RAISE
DO $$ BEGIN RAISE NOTICE 'x' USING HINT = definer(1); END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: ASSERT
DO $$ BEGIN ASSERT true; ASSERT 1 = 1, 'x' || 'y'; END $$
=> allowed; literals

-- why: the message of ASSERT
DO $$ BEGIN ASSERT false, definer(1); END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: PERFORM
DO $$ BEGIN PERFORM id FROM contacts; PERFORM 1 UNION SELECT 2; END $$
=> allowed; literals

-- why: the second query of PERFORM
DO $$ BEGIN PERFORM 1 UNION SELECT id FROM norls; END $$
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: PERFORM makes no table
DO $$ BEGIN PERFORM 1 INTO copied; END $$
=> refused 42501 statement.select_into: SELECT INTO is not allowed [Use INSERT … SELECT into a table that has row-level security.]; literals

-- why: statements, with INTO in each place
DO $$ DECLARE a int; b text; r record; BEGIN SELECT id, name INTO a, b FROM contacts; SELECT INTO STRICT r * FROM contacts; SELECT id FROM contacts INTO a; INSERT INTO contacts (name) VALUES ('x') RETURNING id INTO a; UPDATE contacts SET name = 'x' RETURNING id INTO STRICT a; DELETE FROM contacts; WITH x AS (INSERT INTO contacts (name) VALUES ('y') RETURNING id) SELECT id INTO a FROM x; VALUES (1) INTO a; MERGE INTO contacts USING plans ON false WHEN NOT MATCHED THEN DO NOTHING; END $$
=> allowed; literals

-- why: INTO in front of what is not kept apart
DO $$ DECLARE a text; BEGIN SELECT secret INTO a FROM norls; END $$
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: INTO twice
DO $$ DECLARE a text; BEGIN SELECT 1 INTO a INTO a; END $$
=> refused 42501 function.body: line 1 of the body: it has INTO where that is not understood; literals

-- why: INTO in brackets
DO $$ DECLARE a text; BEGIN SELECT (SELECT 1 INTO a); END $$
=> refused 42501 function.body: line 1 of the body: it has INTO where that is not understood; literals

-- why: INTO a name that is no variable is a table
DO $$ BEGIN SELECT 1 INTO copied; END $$
=> refused 42501 function.body: line 1 of the body: it assigns to something that is not declared in it; literals

-- why: a table of the name of a variable is a table
DO $$ DECLARE norls record; BEGIN SELECT * INTO norls FROM contacts; PERFORM * FROM norls; END $$
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: a function of the name of a variable is a function
DO $$ DECLARE definer int; BEGIN PERFORM definer(1); END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: columns and variables alike
DO $$ #variable_conflict use_variable
DECLARE name text; BEGIN UPDATE contacts SET name = name WHERE contacts.name = name; END $$
=> allowed; literals

-- why: other options in front
DO $$ #print_strict_params on
#variable_conflict error
BEGIN END $$
=> allowed; literals

-- why: an option that writes to the server's log
DO $$ #option dump
BEGIN END $$
=> refused 42501 function.body: line 1 of the body: it has an option that is not known; literals

-- why: an option that is not known
DO $$ #plan_cache off
BEGIN END $$
=> refused 42501 function.body: line 1 of the body: it has an option that is not known; literals

-- why: a field of a record is no call
DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM contacts LOOP RAISE NOTICE '%', r.full_name; END LOOP; END $$
=> allowed; literals

-- why: unless it may be that of a table's row
DO $$ DECLARE c record; BEGIN PERFORM c.full_name FROM contacts c; END $$
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]; literals

-- why: or of a function without an alias
DO $$ DECLARE now record; BEGIN PERFORM now.full_name FROM now(); END $$
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]; literals

-- why: or of what ON CONFLICT has
DO $$ DECLARE excluded record; BEGIN INSERT INTO contacts (name) VALUES ('x') ON CONFLICT (id) DO UPDATE SET name = excluded.full_name; END $$
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]; literals

-- why: or the record is in brackets
DO $$ DECLARE c contacts; BEGIN PERFORM (c).full_name; END $$
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]; literals

-- why: EXECUTE
DO $$ BEGIN EXECUTE 'SELECT 1'; END $$
=> refused 42501 function.dynamic_sql: line 1 of the body: EXECUTE runs SQL that is put together at run time; literals

-- why: EXECUTE somewhere inside
DO $$ BEGIN IF false THEN LOOP EXECUTE format('SELECT %I', 'x') INTO STRICT a USING 1; END LOOP; END IF; END $$
=> refused 42501 function.dynamic_sql: line 1 of the body: EXECUTE runs SQL that is put together at run time; literals

-- why: a cursor over text
DO $$ DECLARE c refcursor; BEGIN OPEN c FOR EXECUTE 'SELECT * FROM norls'; END $$
=> refused 42501 function.dynamic_sql: line 1 of the body: EXECUTE runs SQL that is put together at run time; literals

-- why: unbound cursors, in all directions
DO $$ DECLARE c refcursor; r record; n int := 1; BEGIN OPEN c SCROLL FOR SELECT * FROM contacts; FETCH c INTO r; FETCH NEXT FROM c INTO r; FETCH ABSOLUTE n + 1 FROM c INTO r; FETCH FORWARD FROM c INTO r; FETCH BACKWARD IN c INTO r; MOVE FORWARD ALL FROM c; MOVE 2 FROM c; MOVE ALL IN c; MOVE RELATIVE -1 FROM c; CLOSE c; OPEN c NO SCROLL FOR SELECT 1; END $$
=> allowed; literals

-- why: an unbound cursor over what is not kept apart
DO $$ DECLARE c refcursor; BEGIN OPEN c FOR SELECT * FROM norls; END $$
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: where to go
DO $$ DECLARE c refcursor; BEGIN MOVE ABSOLUTE length(definer(1)) FROM c; END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: diagnostics
DO $$ DECLARE n int; a text; b text; BEGIN UPDATE contacts SET name = 'x'; GET DIAGNOSTICS n = ROW_COUNT, a := PG_CONTEXT; EXCEPTION WHEN unique_violation OR SQLSTATE '23503' THEN GET STACKED DIAGNOSTICS a = MESSAGE_TEXT, b = RETURNED_SQLSTATE; RAISE NOTICE '% %', SQLERRM, SQLSTATE; END $$
=> allowed; literals

-- why: the DETAIL of an error
DO $$ DECLARE a text; BEGIN NULL; EXCEPTION WHEN others THEN GET STACKED DIAGNOSTICS a = PG_EXCEPTION_DETAIL; END $$
=> refused 42501 function.body: line 1 of the body: PG_EXCEPTION_DETAIL may quote a row that row-level security hides; literals

-- why: an item that is not known
DO $$ DECLARE a text; BEGIN GET DIAGNOSTICS a = PG_NEW_ITEM; END $$
=> refused 42501 function.body: line 1 of the body: it has a statement of a form that is not known; literals

-- why: what a handler runs
DO $$ BEGIN NULL; EXCEPTION WHEN others THEN PERFORM definer(1); END $$
=> refused 42501 function.security_definer: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: blocks in blocks
DO $$ BEGIN DECLARE a int; BEGIN a := 1; END; <<b>> BEGIN NULL; END b; END $$
=> allowed; literals

-- why: transactions
DO $$ BEGIN COMMIT; ROLLBACK; COMMIT AND CHAIN; ROLLBACK AND NO CHAIN; END $$
=> allowed; literals

-- why: CALL
DO $$ BEGIN CALL pl_procedure(); END $$
=> allowed; literals

-- why: of a procedure that is not allowed
DO $$ BEGIN CALL pl_shared(); END $$
=> refused 42501 relation.shared_write: function "public.pl_shared" is not allowed: relation "public.plans" is shared by all tenants and may only be read [ALTER TABLE public.plans ENABLE ROW LEVEL SECURITY and give it a policy for what tenants may write.]; literals

-- why: DO in DO
DO $$ BEGIN DO 'BEGIN NULL; END'; END $$
=> refused 42501 function.body: line 1 of the body: it has a statement that is not allowed in a body; literals

-- why: SET
DO $$ BEGIN SET LOCAL timezone = 'UTC'; END $$
=> refused 42501 function.body: line 1 of the body: it has a statement that is not a query; literals

-- why: RESET
DO $$ BEGIN RESET ALL; END $$
=> refused 42501 function.body: line 1 of the body: it has a statement that is not a query; literals

-- why: set_config
DO $$ BEGIN PERFORM set_config('timezone', 'UTC', true); END $$
=> refused 42501 function.body: set_config is not allowed in the body of a function; literals

-- why: the context may be read
DO $$ DECLARE org uuid := current_setting('app.org_id'); BEGIN RAISE NOTICE '%', org; END $$
=> allowed; literals

-- why: schema changes
DO $$ BEGIN CREATE TABLE t (id int); END $$
=> refused 42501 function.body: line 1 of the body: it has a statement that is not a query; literals

-- why: with a body in it
DO $$ BEGIN CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END; END $$
=> refused 42501 function.body: line 1 of the body: there is text behind the end, or a statement that is not known; literals

-- why: TRUNCATE
DO $$ BEGIN TRUNCATE contacts; END $$
=> refused 42501 function.body: line 1 of the body: it has a statement that is not a query; literals

-- why: LISTEN
DO $$ BEGIN LISTEN x; END $$
=> refused 42501 function.body: line 1 of the body: it has a statement that is not a query; literals

-- why: shared by all
DO $$ BEGIN UPDATE plans SET price = 0; END $$
=> refused 42501 relation.shared_write: relation "public.plans" is shared by all tenants and may only be read [ALTER TABLE public.plans ENABLE ROW LEVEL SECURITY and give it a policy for what tenants may write.]; literals

-- why: an unknown table
DO $$ BEGIN PERFORM * FROM contcats; END $$
=> refused 42P01 relation.unknown: relation "contcats" does not exist; unknown; literals

-- why: a semicolon in brackets
DO $$ BEGIN PERFORM (1;); END $$
=> refused 42501 function.body: line 1 of the body: a statement ends before its time; literals

-- why: text behind the end
DO $$ BEGIN END; SELECT 1 $$
=> refused 42501 function.body: line 1 of the body: there is text behind the end, or a statement that is not known; literals

-- why: no end
DO $$ BEGIN PERFORM 1; $$
=> refused 42501 function.body: line 1 of the body: it has a statement of a form that is not known; literals

-- why: SQL instead of PL/pgSQL
DO 'SELECT 1'
=> refused 42501 function.body: line 1 of the body: it has a statement of a form that is not known; literals

-- why: SQL that does not parse, in the third line
DO $$ BEGIN
	PERFORM 1;
	PERFORM 1 +; END $$
=> refused 42601 syntax.error: syntax error in or behind line 3 of the body; literals

-- why: comments and strings are none of it
DO $$ BEGIN -- EXECUTE 'x';
/* ; EXECUTE */ PERFORM 'EXECUTE; END', $q$ ; $q$; END $$
=> allowed; literals

-- why: after a reset
RESET ALL; DO $$ BEGIN END $$
=> refused 42501 statement.after_reset: a statement that follows a reset of the session's context in the same text is not allowed [Send the reset as a text of its own.]; literals

-- why: a function that reads its caller's rows
SELECT own_names($1)
=> allowed

-- why: a function that reads what is not kept apart
SELECT pl_norls()
=> refused 42501 relation.rls_disabled: function "public.pl_norls" is not allowed: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: through another in PL/pgSQL
SELECT calls_pl_norls()
=> refused 42501 relation.rls_disabled: function "public.calls_pl_norls" is not allowed: function "public.pl_norls" is not allowed: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: through one in SQL
SELECT sql_calls_pl(), calls_sql()
=> refused 42501 relation.rls_disabled: function "public.sql_calls_pl" is not allowed: function "public.pl_norls" is not allowed: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: from PL/pgSQL to SQL
SELECT calls_sql()
=> refused 42501 relation.rls_disabled: function "public.calls_sql" is not allowed: function "public.reads_norls" is not allowed: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: from SQL to PL/pgSQL
SELECT sql_calls_own($1)
=> allowed

-- why: text
SELECT dynamic('norls')
=> refused 42501 function.dynamic_sql: function "public.dynamic" is not allowed: line 1 of the body: EXECUTE runs SQL that is put together at run time [Add public.dynamic to policy.allow_functions if tenants may call it.]

-- why: SECURITY DEFINER
SELECT pl_definer()
=> refused 42501 function.security_definer: function "public.pl_definer" runs with the privileges of its owner [Add public.pl_definer to policy.allow_functions if tenants may call it.]

-- why: LEAKPROOF
SELECT pl_leakproof()
=> refused 42501 function.user_defined: function "public.pl_leakproof" is not allowed: it is LEAKPROOF, and so sees rows ahead of row-level security [Add public.pl_leakproof to policy.allow_functions if tenants may call it.]

-- why: by a path of its own
SELECT pl_path()
=> refused 42501 relation.schema_not_allowed: function "public.pl_path" is not allowed: schema of relation "reporting.daily" is not one of those that tenants may use [Add reporting to policy.schemas, or reporting.daily to policy.allow_relations.]

-- why: a trigger's
SELECT triggered()
=> refused 42501 function.user_defined: function "public.triggered" is not allowed: it can be called by a trigger only

-- why: of any type
SELECT polymorphic(1)
=> allowed

-- why: the context
SELECT sets()
=> refused 42501 function.body: function "public.sets" is not allowed: line 1 of the body: it has a statement that is not a query [Add public.sets to policy.allow_functions if tenants may call it.]

-- why: a field of an argument
SELECT field_of_argument(c) FROM contacts c
=> allowed

-- why: of an argument or of something else
SELECT field_of_either(c) FROM contacts c
=> refused 42501 function.column_call: function "public.field_of_either" is not allowed: the name "status" after a dot may call function "public.status", which is not allowed [Add public.status to policy.allow_functions if tenants may call it.]

-- why: a name after a dot
SELECT row_call()
=> refused 42501 function.column_call: function "public.row_call" is not allowed: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]

-- why: a procedure
CALL pl_procedure()
=> allowed; literals

-- why: a procedure that writes what is shared
CALL pl_shared()
=> refused 42501 relation.shared_write: function "public.pl_shared" is not allowed: relation "public.plans" is shared by all tenants and may only be read [ALTER TABLE public.plans ENABLE ROW LEVEL SECURITY and give it a policy for what tenants may write.]; literals

-- why: in a view
SELECT * FROM v_pl
=> allowed

-- why: below a domain
SELECT 'x'::pl_checked
=> allowed

-- with: procedural hostile

-- why: a type of a name that may not be used in another schema, which another call may have had found
DO $$ DECLARE a guarded; BEGIN END $$
=> refused 42501 type.not_allowed: type "reporting.guarded" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: a type of the name of a relation, whose row could have it
DO $$ DECLARE a contacts; BEGIN END $$
=> refused 42501 type.not_allowed: type "reporting.guarded" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: a type that is not named could be it
DO $$ DECLARE a contacts.name%TYPE; BEGIN END $$
=> refused 42501 type.not_allowed: type "reporting.guarded" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: as could that of a field
DO $$ DECLARE a record; BEGIN SELECT * INTO a FROM contacts; a.name := 'x'; END $$
=> refused 42501 type.not_allowed: type "reporting.guarded" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: or of an argument
SELECT polymorphic(1)
=> refused 42501 type.not_allowed: function "public.polymorphic" is not allowed: type "reporting.guarded" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a record as it came is not changed
DO $$ DECLARE a record; BEGIN SELECT * INTO a FROM contacts; END $$
=> allowed; literals

-- with: procedural temp

-- why: no name in a block is sent otherwise
DO $$ BEGIN PERFORM * FROM scratch; END $$
=> refused 42P01 relation.unknown: relation "scratch" does not exist; unknown; literals

-- why: no table is made in one
DO $$ BEGIN CREATE TEMP TABLE scratch (id int); END $$
=> refused 42501 function.body: line 1 of the body: it has a statement that is not a query; literals

-- why: nor by SELECT INTO
DO $$ DECLARE r record; BEGIN FOR r IN SELECT 1 INTO TEMP scratch LOOP NULL; END LOOP; END $$
=> refused 42501 statement.select_into: SELECT INTO is not allowed [Set policy.allow_ddl to temp.]; literals

-- with: procedural report

-- why: report mode lets through what a block reads
DO $$ BEGIN PERFORM secret FROM norls; END $$
=> allowed; reported relation.rls_disabled public.norls; literals

-- why: but no text
DO $$ BEGIN PERFORM secret FROM norls; EXECUTE 'x'; END $$
=> refused 42501 function.dynamic_sql: line 1 of the body: EXECUTE runs SQL that is put together at run time; literals
