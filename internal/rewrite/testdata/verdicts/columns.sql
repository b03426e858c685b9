-- why: a column
SELECT c.name FROM contacts c
=> allowed

-- why: a function of the row
SELECT c.full_name FROM contacts c
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]

-- why: without an alias
SELECT contacts.full_name FROM contacts
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]

-- why: with the schema
SELECT public.contacts.full_name FROM contacts
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]

-- why: in brackets
SELECT (c).full_name FROM contacts c
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]

-- why: of any expression
SELECT (SELECT c FROM contacts c).full_name
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]

-- why: twice
SELECT (c).id.full_name FROM contacts c
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]

-- why: in WHERE
SELECT 1 FROM contacts c WHERE c.full_name = 'x'
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]

-- why: in RETURNING
UPDATE contacts SET name = 'x' RETURNING contacts.full_name
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]

-- why: in ON CONFLICT
INSERT INTO contacts (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET name = excluded.full_name
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]

-- why: a column that has the name of a function
SELECT c.status FROM contacts c
=> allowed

-- why: the same name on a relation without that column
SELECT c.status FROM campaigns c
=> refused 42501 function.column_call: the name "status" after a dot may call function "public.status", which is not allowed [Add public.status to policy.allow_functions if tenants may call it.]

-- why: through a sub-select nothing is certain
SELECT c.status FROM (SELECT * FROM contacts) c
=> refused 42501 function.column_call: the name "status" after a dot may call function "public.status", which is not allowed [Add public.status to policy.allow_functions if tenants may call it.]

-- why: through a CTE neither
WITH contacts AS (SELECT 1) SELECT contacts.status FROM contacts
=> refused 42501 function.column_call: the name "status" after a dot may call function "public.status", which is not allowed [Add public.status to policy.allow_functions if tenants may call it.]

-- why: with renamed columns neither
SELECT c.status FROM contacts AS c(a, b)
=> refused 42501 function.column_call: the name "status" after a dot may call function "public.status", which is not allowed [Add public.status to policy.allow_functions if tenants may call it.]

-- why: two relations by one alias
SELECT c.status FROM contacts c WHERE EXISTS (SELECT c.status FROM campaigns c)
=> refused 42501 function.column_call: the name "status" after a dot may call function "public.status", which is not allowed [Add public.status to policy.allow_functions if tenants may call it.]

-- why: built-ins by a dot
SELECT c.lower FROM contacts c
=> refused 42501 function.column_call: the name "lower" after a dot may call function "public.lower", which is not allowed [Add public.lower to policy.allow_functions if tenants may call it.]

-- why: a harmless built-in by a dot
SELECT c.row_to_json FROM contacts c
=> allowed

-- why: a refused built-in by a dot
SELECT ('select 1'::text).ts_stat
=> refused 42501 function.column_call: the name "ts_stat" after a dot may call function "pg_catalog.ts_stat", which is not allowed

-- why: a star
SELECT c.* FROM contacts c
=> allowed

-- why: a star of an expression
SELECT (c).* FROM contacts c
=> allowed

-- why: a field of a composite value
SELECT (ROW('a', 'b')::address).city
=> allowed

-- why: an array element
SELECT (ARRAY[c]) [1].full_name FROM contacts c
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]
