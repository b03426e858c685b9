-- why: built-in types
SELECT '1'::int, '2026-01-01'::date, CAST('x' AS varchar(10)), '{}'::jsonb, 'a'::pg_catalog.text, interval '1 day', '{1}'::int[], '1'::numeric(10,2)
=> allowed

-- why: reg types of literals
SELECT 'contacts'::regclass, 'upper'::regproc, 'text'::regtype, 'public'::regnamespace
=> allowed

-- why: an enum
SELECT 'happy'::mood
=> allowed

-- why: an array of an enum
SELECT '{}'::mood[], '{}'::_mood
=> allowed

-- why: a domain over a built-in type
SELECT '1'::positive, '2'::small_positive
=> allowed

-- why: a composite type
SELECT ROW('a', 'b')::address
=> allowed

-- why: a table's row type
SELECT NULL::contacts
=> allowed

-- why: a range
SELECT '[1,2]'::price_range
=> allowed

-- why: an extension's type
SELECT 'a=>1'::hstore
=> allowed

-- why: an unknown extension's type
SELECT 'x'::blob
=> refused 42501 type.not_allowed: type "public.blob" belongs to extension mystery, which is not known here

-- why: unknown
SELECT 'x'::no_such_type
=> refused 42501 type.unknown: type "no_such_type" is not known; unknown

-- why: unknown, qualified
SELECT 'x'::auth.no_such_type
=> refused 42501 type.unknown: type "auth.no_such_type" is not known; unknown

-- why: in a temporary schema
SELECT 'x'::pg_temp.uuid
=> refused 42501 type.unknown: type "pg_temp.uuid" is not reachable by name

-- why: information_schema's domains
SELECT 'x'::information_schema.sql_identifier
=> allowed

-- why: a catalog's row type
SELECT NULL::pg_class
=> allowed

-- why: %TYPE is for functions only
SELECT 'x'::contacts.id%TYPE
=> refused 42501 type.unknown: type "contacts.id" is not known; unknown

-- why: a user operator
SELECT 1 <@> 2
=> refused 42501 operator.user_defined: operator public.<@> runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: an extension's operator
SELECT 'a' % 'b'
=> allowed

-- why: a qualified built-in operator
SELECT 1 OPERATOR(pg_catalog.+) 2
=> allowed

-- why: a qualified user operator
SELECT 1 OPERATOR(public.<@>) 2
=> refused 42501 operator.user_defined: operator public.<@> runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a user operator in another schema is not found
SELECT 1 + 2
=> allowed

-- why: unless it is named
SELECT 1 OPERATOR(reporting.+) 2
=> refused 42501 operator.user_defined: operator reporting.+ runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: an operator that nobody knows, qualified
SELECT 1 OPERATOR(public.+) 2
=> refused 42501 operator.user_defined: operator public.+ is not known

-- why: ANY with a user operator
SELECT 1 <@> ANY (ARRAY[1])
=> refused 42501 operator.user_defined: operator public.<@> runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a sub-select with a user operator
SELECT 1 <@> ALL (SELECT 1)
=> refused 42501 operator.user_defined: operator public.<@> runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: ORDER BY USING
SELECT id FROM contacts ORDER BY id USING OPERATOR(public.<@>)
=> refused 42501 operator.user_defined: operator public.<@> runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a collation
SELECT name COLLATE "C", name COLLATE pg_catalog."de-x-icu" FROM contacts
=> allowed

-- with: schemas

-- why: the path decides about operators too
SELECT 1 + 2
=> refused 42501 operator.user_defined: operator reporting.+ runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- with: hostile

-- why: a domain whose check calls a refused function
SELECT CAST('q' AS checked)
=> refused 42501 type.not_allowed: type "public.checked" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: in brackets
SELECT checked('q')
=> refused 42501 type.not_allowed: type "public.checked" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: an array of it
SELECT '{q}'::checked[]
=> refused 42501 type.not_allowed: type "public.checked" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: its array type by name
SELECT '{q}'::_checked
=> refused 42501 type.not_allowed: type "public.checked" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a domain over it
SELECT 'q'::over_checked
=> refused 42501 type.not_allowed: type "public.checked" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: in a column definition list
SELECT * FROM jsonb_to_record('{}') AS x(a checked)
=> refused 42501 type.not_allowed: type "public.checked" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: as a parameter of PREPARE
PREPARE p(checked) AS SELECT $1
=> refused 42501 type.not_allowed: type "public.checked" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]; literals

-- why: in XMLTABLE
SELECT * FROM XMLTABLE('/a' PASSING ('<a/>'::xml) COLUMNS v checked PATH '.')
=> refused 42501 type.not_allowed: type "public.checked" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: in XMLSERIALIZE
SELECT xmlserialize(content '<a/>'::xml AS checked)
=> refused 42501 type.not_allowed: type "public.checked" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a row type may hold it
SELECT NULL::contacts
=> refused 42501 type.not_allowed: type "public.checked" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a composite type may hold it
SELECT ROW(1)::pair
=> refused 42501 type.not_allowed: type "public.checked" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: an array type whose name is cut
SELECT '{}'::_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
=> refused 42501 type.not_allowed: type "public.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxy" runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: ordinary statements are not concerned
SELECT id FROM contacts WHERE name = 'x'
=> allowed

-- with: cast

-- why: a cast by a refused function
SELECT ('x'::ct)::text
=> refused 42501 cast.user_defined: the cast from ct to text runs function "public.c2t", which is not allowed [Add public.c2t to policy.allow_functions if tenants may call it.]

-- why: its target
SELECT id::text FROM contacts
=> refused 42501 cast.user_defined: the cast from ct to text runs function "public.c2t", which is not allowed [Add public.c2t to policy.allow_functions if tenants may call it.]

-- why: its target as an array
SELECT id::text[] FROM contacts
=> refused 42501 cast.user_defined: the cast from ct to text runs function "public.c2t", which is not allowed [Add public.c2t to policy.allow_functions if tenants may call it.]

-- why: its source
SELECT NULL::ct
=> refused 42501 cast.user_defined: the cast from ct to text runs function "public.c2t", which is not allowed [Add public.c2t to policy.allow_functions if tenants may call it.]

-- why: other types
SELECT id::int FROM contacts
=> allowed

-- with: implicit

-- why: a cast that needs no syntax may run anywhere
SELECT id FROM contacts
=> refused 42501 cast.user_defined: the cast from ct to text runs function "public.c2t", which is not allowed [Add public.c2t to policy.allow_functions if tenants may call it.]

-- why: in DML too
DELETE FROM contacts
=> refused 42501 cast.user_defined: the cast from ct to text runs function "public.c2t", which is not allowed [Add public.c2t to policy.allow_functions if tenants may call it.]

-- why: over catalogs, since types of the server may be cast so too
SELECT relname FROM pg_class
=> refused 42501 cast.user_defined: the cast from ct to text runs function "public.c2t", which is not allowed [Add public.c2t to policy.allow_functions if tenants may call it.]

-- why: over nothing
SELECT 1
=> refused 42501 cast.user_defined: the cast from ct to text runs function "public.c2t", which is not allowed [Add public.c2t to policy.allow_functions if tenants may call it.]

-- why: not a query
BEGIN
=> allowed; literals

-- with: json

-- why: an explicit cast to json, which to_json runs
SELECT to_json(c) FROM contacts c
=> refused 42501 cast.user_defined: the cast from ct to json runs function "public.c2t", which is not allowed [Add public.c2t to policy.allow_functions if tenants may call it.]
