-- with: bodies

-- why: own rows
SELECT * FROM own_contacts($1)
=> allowed

-- why: a body that writes
SELECT add_contact('x')
=> allowed

-- why: an empty body
SELECT empty_body()
=> allowed

-- why: a body that reads a table without row-level security
SELECT reads_norls()
=> refused 42501 relation.rls_disabled: function "public.reads_norls" is not allowed: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: through another function
SELECT over_norls()
=> refused 42501 relation.rls_disabled: function "public.over_norls" is not allowed: function "public.reads_norls" is not allowed: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: with a path of its own, in a schema that tenants may not use
SELECT own_path()
=> refused 42501 relation.schema_not_allowed: function "public.own_path" is not allowed: schema of relation "reporting.daily" is not one of those that tenants may use [Add reporting to policy.schemas, or reporting.daily to policy.allow_relations.]

-- why: with an empty path
SELECT hidden_path()
=> refused 42501 relation.unknown: function "public.hidden_path" is not allowed: relation "norls" is not known [A relation of that name is in another schema: qualify it, or see policy.schemas.]

-- why: a body that is fine by the session's path
SELECT callee()
=> allowed

-- why: the same body with its caller's path, where the name means another table
SELECT caller()
=> refused 42501 relation.schema_not_allowed: function "public.caller" is not allowed: function "public.callee" is not allowed: schema of relation "reporting.contacts" is not one of those that tenants may use [Add reporting to policy.schemas, or reporting.contacts to policy.allow_relations.]

-- why: the path depends on the role's name
SELECT user_path()
=> refused 42501 function.user_defined: function "public.user_path" is not allowed: its search_path could not be read [Add public.user_path to policy.allow_functions if tenants may call it.]

-- why: a harmless SET clause
SELECT with_setting()
=> allowed

-- why: a SET clause on the context
SELECT with_context()
=> refused 42501 setting.protected: function "public.with_context" is not allowed: setting "app.org_id" may not be set [The proxy sets it from the token.]

-- why: SET in a body
SELECT sets_path()
=> refused 42501 function.body: function "public.sets_path" is not allowed: its body holds a statement that is not a query [Add public.sets_path to policy.allow_functions if tenants may call it.]

-- why: set_config in a body
SELECT sets_config()
=> refused 42501 function.body: function "public.sets_config" is not allowed: set_config is not allowed in the body of a function [Add public.sets_config to policy.allow_functions if tenants may call it.]

-- why: the context may be read
SELECT reads_context()
=> allowed

-- why: a setting by a computed name
SELECT reads_any('data_directory')
=> refused 42501 function.argument: function "public.reads_any" is not allowed: function "pg_catalog.current_setting" is allowed with a literal name only [Write the name of the setting as a literal.]

-- why: a volatile built-in
SELECT sleeps()
=> refused 42501 function.volatile: function "public.sleeps" is not allowed: function "pg_catalog.pg_sleep" is not allowed: it keeps a connection busy [Add pg_catalog.pg_sleep to policy.allow_functions if tenants may call it.]

-- why: SELECT INTO in a body
SELECT makes_table()
=> refused 42501 statement.select_into: function "public.makes_table" is not allowed: SELECT INTO is not allowed [Use INSERT … SELECT into a table that has row-level security.]

-- why: a prepared statement of the session
SELECT executes()
=> refused 42501 function.body: function "public.executes" is not allowed: its body holds a statement that is not a query [Add public.executes to policy.allow_functions if tenants may call it.]

-- why: recursion
SELECT calls_itself()
=> allowed

-- why: mutual recursion
SELECT mutual_a()
=> allowed

-- why: the other way round
SELECT mutual_b()
=> allowed

-- why: mutual recursion with one that reads what is not kept apart
SELECT mutual_c()
=> refused 42501 relation.rls_disabled: function "public.mutual_c" is not allowed: function "public.mutual_d" is not allowed: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: the other way round
SELECT mutual_d()
=> refused 42501 relation.rls_disabled: function "public.mutual_d" is not allowed: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: PL/Perl below
SELECT calls_perl()
=> refused 42501 function.user_defined: function "public.calls_perl" is not allowed: function "public.helper" is not a built-in and has not been allowed [Add public.helper to policy.allow_functions if tenants may call it.]

-- why: a body that does not parse
SELECT broken()
=> refused 42501 syntax.error: function "public.broken" is not allowed: syntax error at line 1, column 1 [Add public.broken to policy.allow_functions if tenants may call it.]

-- why: a relation that does not exist
SELECT unknown_relation()
=> refused 42501 relation.unknown: function "public.unknown_relation" is not allowed: relation "no_such_relation" does not exist [Add public.unknown_relation to policy.allow_functions if tenants may call it.]

-- why: SECURITY DEFINER
SELECT definer_sql()
=> refused 42501 function.security_definer: function "public.definer_sql" runs with the privileges of its owner [Add public.definer_sql to policy.allow_functions if tenants may call it.]

-- why: LEAKPROOF is called on rows of others
SELECT * FROM contacts WHERE leakproof()
=> refused 42501 function.user_defined: function "public.leakproof" is not allowed: it is LEAKPROOF, and so sees rows ahead of row-level security [Add public.leakproof to policy.allow_functions if tenants may call it.]

-- why: no EXECUTE
SELECT not_executable()
=> refused 42501 function.user_defined: function "public.not_executable" is not allowed: the upstream role may not execute it [Add public.not_executable to policy.allow_functions if tenants may call it.]

-- why: every overload has to pass
SELECT overloaded(1)
=> refused 42501 relation.rls_disabled: function "public.overloaded" is not allowed: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a default that calls a definer
SELECT defaulted()
=> refused 42501 function.security_definer: function "public.defaulted" is not allowed: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: harmless defaults
SELECT harmless_default()
=> allowed

-- why: BEGIN ATOMIC
SELECT atomic(gen_random_uuid())
=> allowed

-- why: BEGIN ATOMIC on an open table
SELECT atomic_norls()
=> refused 42501 relation.rls_disabled: function "public.atomic_norls" is not allowed: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: RETURN
SELECT atomic_return()
=> refused 42501 function.security_definer: function "public.atomic_return" is not allowed: function "public.definer" runs with the privileges of its owner [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a body that could not be read
SELECT atomic_locked()
=> refused 42501 function.user_defined: function "public.atomic_locked" is not allowed: its body could not be read [Add public.atomic_locked to policy.allow_functions if tenants may call it.]

-- why: an argument by the name of an alias elsewhere: b.status may be a call
SELECT hiding(c) FROM contacts c
=> refused 42501 function.column_call: function "public.hiding" is not allowed: the name "status" after a dot may call function "public.status", which is not allowed [Add public.status to policy.allow_functions if tenants may call it.]

-- why: a column, for certain
SELECT column_not_call()
=> allowed

-- why: in a body, name may be an argument
SELECT settings_by_argument('x')
=> refused 42501 catalog.not_allowed: function "public.settings_by_argument" is not allowed: catalog relation "pg_catalog.pg_settings" is not readable by tenants: it shows every setting, secrets among them [Add pg_catalog.pg_settings to policy.allow_relations if all tenants may see it.]

-- why: a domain as the result
SELECT returns_domain()
=> refused 42501 type.not_allowed: function "public.returns_domain" is not allowed: type "public.guarded" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a function in a view
SELECT * FROM v_calls
=> allowed

-- why: a view over that
SELECT * FROM v_over
=> allowed

-- why: the same view, read by a body with another path
SELECT reads_v_calls_by_path()
=> refused 42501 view.not_analysed: function "public.reads_v_calls_by_path" is not allowed: view "public.v_over" is not allowed: it calls functions, which would run with another search_path here [Add public.v_over to policy.allow_relations if all tenants may see it.]

-- why: an open table below a function in a view
SELECT * FROM v_norls
=> refused 42501 relation.rls_disabled: view "public.v_norls" is not allowed: function "public.reads_norls" is not allowed: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: PL/Perl in a view
SELECT * FROM v_perl
=> refused 42501 function.user_defined: view "public.v_perl" is not allowed: function "public.helper" is not a built-in and has not been allowed [Add public.helper to policy.allow_functions if tenants may call it.]

-- why: a view and a function that are defined over each other
SELECT * FROM v_cycle
=> refused 42501 view.not_analysed: function "public.reads_v_cycle" is not allowed: view "public.v_cycle" is not allowed: its definition names itself [Add public.v_cycle to policy.allow_relations if all tenants may see it.]

-- why: the same from the other side
SELECT reads_v_cycle()
=> refused 42501 view.not_analysed: function "public.reads_v_cycle" is not allowed: view "public.v_cycle" is not allowed: its definition names itself [Add public.v_cycle to policy.allow_relations if all tenants may see it.]

-- why: a body that reads a view that calls a function
SELECT reads_v_calls()
=> allowed

-- why: a domain over a function that passes
SELECT 'x'::checked
=> allowed

-- why: a domain whose check uses it
SELECT 'x'::checked_itself
=> allowed

-- why: a domain over a function that reads an open table
SELECT 'x'::checked_norls
=> refused 42501 type.not_allowed: type "public.checked_norls" runs function "public.checks_norls", which is not allowed [Add public.checks_norls to policy.allow_functions if tenants may call it.]

-- why: a domain over a function that uses that domain
SELECT 'x'::checked_by_norls
=> refused 42501 type.not_allowed: type "public.checked_by_norls" runs function "public.checks_by_norls", which is not allowed [Add public.checks_by_norls to policy.allow_functions if tenants may call it.]

-- why: a domain over a function that does not pass by every path
SELECT 'x'::checked_by_path
=> refused 42501 type.not_allowed: type "public.checked_by_path" runs function "public.checks_by_path", which is not allowed [Add public.checks_by_path to policy.allow_functions if tenants may call it.]

-- why: an aggregate over a function that passes
SELECT total(1) FROM contacts
=> allowed

-- why: an aggregate over a function that does not
SELECT total_norls(1) FROM contacts
=> refused 42501 function.user_defined: function "public.total_norls" is not a built-in and has not been allowed [Add public.total_norls to policy.allow_functions if tenants may call it.]

-- why: an aggregate with a polymorphic function and a domain as its state
SELECT checked_state(1)
=> allowed

-- why: and a domain that may not be used
SELECT guarded_state(1)
=> refused 42501 function.user_defined: function "public.guarded_state" is not a built-in and has not been allowed [Add public.guarded_state to policy.allow_functions if tenants may call it.]

-- why: and a type that is not known
SELECT unknown_state(1)
=> refused 42501 function.user_defined: function "public.unknown_state" is not a built-in and has not been allowed [Add public.unknown_state to policy.allow_functions if tenants may call it.]

-- why: an operator over a function that passes
SELECT 'a' <+> 'b'
=> allowed

-- why: an operator over a function that does not
SELECT 1 <-> 2
=> refused 42501 operator.user_defined: operator public.<-> runs function "public.add_norls", which is not allowed [Add public.add_norls to policy.allow_functions if tenants may call it.]

-- why: the function of an operator by name
SELECT negated('a', 'b')
=> allowed

-- why: after a reset
RESET ALL; SELECT callee()
=> refused 42501 statement.after_reset: a statement that follows a reset of the session's context in the same text is not allowed [Send the reset as a text of its own.]; literals

-- with: family

-- why: an index would call the function on rows of others
SELECT id FROM contacts
=> refused 42501 operator.user_defined: operator family public.odd_ops runs function "public.odd_compare" on rows that row-level security hides [Add public.odd_compare to policy.allow_functions if tenants may call it.]

-- why: wherever values are
SELECT DISTINCT $1
=> refused 42501 operator.user_defined: operator family public.odd_ops runs function "public.odd_compare" on rows that row-level security hides [Add public.odd_compare to policy.allow_functions if tenants may call it.]

-- with: family allowed

-- why: the operator has allowed the one, and the other passes by its body
SELECT id FROM contacts
=> allowed

-- with: family norls

-- why: joins and DISTINCT would call the function of an operator
SELECT id FROM contacts
=> refused 42501 operator.user_defined: operator family public.odd_ops runs function "public.odd_equal", which is not allowed [Add public.odd_equal to policy.allow_functions if tenants may call it.]

-- with: bodies report

-- why: report mode lets through what a body reads
SELECT reads_norls(), over_norls()
=> allowed; reported relation.rls_disabled public.norls

-- why: but not what is worse, wherever the body has it
SELECT reads_and_sets()
=> refused 42501 function.body: function "public.reads_and_sets" is not allowed: its body holds a statement that is not a query [Add public.reads_and_sets to policy.allow_functions if tenants may call it.]

-- with: body cast

-- why: a cast that needs no syntax, over a function that passes
SELECT id FROM contacts
=> allowed

-- with: body cast norls

-- why: over one that does not
SELECT id FROM contacts
=> refused 42501 cast.user_defined: the cast from ct to text runs function "public.c2t", which is not allowed [Add public.c2t to policy.allow_functions if tenants may call it.]
