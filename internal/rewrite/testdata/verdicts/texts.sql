-- why: an empty text

=> allowed; empty

-- why: blanks
	 

=> allowed; empty

-- why: a semicolon
;
=> allowed; empty

-- why: a comment, as pgx pings
-- ping
=> allowed; empty

-- why: a nested comment
/* a /* b */ c */ ;
=> allowed; empty

-- why: two comments
-- a
/* b */
=> allowed; empty

-- why: a syntax error
SELEC 1
=> refused 42601 syntax.error: syntax error at line 1, column 1

-- why: a syntax error behind a constant
SELECT 'it''s secret' FROM WHERE 'secret'
=> refused 42601 syntax.error: syntax error at line 1, column 28

-- why: an open string
SELECT 'x
=> refused 42601 syntax.error: syntax error at line 1, column 8

-- why: an open comment
SELECT 1 /* x
=> refused 42601 syntax.error: syntax error at line 1, column 10

-- why: an open comment only
/* x
=> refused 42601 syntax.error: syntax error at line 1, column 1

-- why: a statement after a comment
/* ; */ SELECT secret /* /* nested */*/ FROM -- x
 "norls"
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: dollar quotes
SELECT $$ ; $$, $a$ $$ FROM norls $a$, secret FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: an escaped quote
SELECT E'a\'; TRUNCATE contacts; --'
=> allowed

-- why: a backslash that is none
SELECT 'a\'; TRUNCATE contacts; --'
=> refused 42501 statement.truncate: TRUNCATE is not allowed [Use DELETE, which row-level security applies to.]; literals

-- why: a Unicode name
SELECT * FROM U&"norl\0073"
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a Unicode name with its own escape
SELECT * FROM U&"norl!0073" UESCAPE '!'
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: keywords as labels
SELECT 1 AS end, 2 AS union, id AS case FROM contacts
=> allowed

-- why: a newer number
SELECT 1_000
=> allowed

-- why: a statement in a string is none
SELECT 'SELECT * FROM norls; DROP TABLE contacts'
=> allowed

-- why: a bracket that closes nothing
SELECT 1) + 2
=> refused 42601 syntax.error: syntax error at line 1, column 9

-- why: a bracket that closes another
SELECT a[(1] FROM contacts
=> refused 42601 syntax.error: syntax error at line 1, column 12

-- why: brackets in strings are none
SELECT ')]', $$)$$, "name" FROM contacts AS c("name") -- )
=> allowed

-- why: a CASE that is left open in brackets
SELECT (CASE WHEN true THEN 1) FROM contacts
=> refused 42601 syntax.error: syntax error at line 1, column 30
