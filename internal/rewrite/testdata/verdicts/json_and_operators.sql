-- why: before 16 the server reads json_array as a function, which must be known
SELECT json_array(1)
=> refused 42501 function.unknown: function "json_array" is not known with these arguments; unknown

-- why: before 16 json_object is a function of pg_catalog, if none hides it
SELECT json_object('{a,b}'), json_object('a', 'b')
=> allowed

-- with: newer

-- why: SQL/JSON constructors
SELECT json_array(1, 2), json_object('a': name), json_arrayagg(name), json_objectagg(name: id) FROM contacts
=> allowed

-- why: a constructor that reads
SELECT json_array(SELECT secret FROM norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: a value that reads
SELECT json_object('a': (SELECT max(secret) FROM norls) FORMAT JSON)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: an aggregate's filter that reads
SELECT json_arrayagg(name ORDER BY (SELECT max(secret) FROM norls)) FROM contacts
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: RETURNING a type
SELECT json_object('a': 1 RETURNING blob)
=> refused 42501 type.not_allowed: type "public.blob" belongs to extension mystery, which is not known here

-- why: IS JSON
SELECT name IS JSON OBJECT WITH UNIQUE KEYS, (SELECT max(secret) FROM norls) IS JSON FROM contacts
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]

-- why: IS JSON of a protected column
SELECT name IS JSON FROM contacts
=> allowed

-- with: shadowed

-- why: a user function in front of the constructor, which an older server would call
SELECT json_array(1)
=> refused 42501 function.security_definer: function "public.json_array" runs with the privileges of its owner [Add public.json_array to policy.allow_functions if tenants may call it.]

-- why: a user function in front of json_object, which an older server would call
SELECT json_object('{a,b}')
=> refused 42501 function.security_definer: function "public.json_object" runs with the privileges of its owner [Add public.json_object to policy.allow_functions if tenants may call it.]

-- why: a user operator in front of the = of USING
SELECT * FROM contacts JOIN campaigns USING (id)
=> refused 42501 operator.user_defined: operator public.= runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a user operator in front of the = of CASE
SELECT CASE id WHEN 1 THEN 2 END FROM contacts
=> refused 42501 operator.user_defined: operator public.= runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a user operator in front of the = of IN
SELECT id FROM contacts WHERE id IN (1, 2)
=> refused 42501 operator.user_defined: operator public.= runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a user operator in front of the = of IN with a sub-select
SELECT id FROM contacts WHERE id IN (SELECT 1)
=> refused 42501 operator.user_defined: operator public.= runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a user operator in front of the >= of BETWEEN
SELECT id FROM contacts WHERE id BETWEEN 1 AND 2
=> refused 42501 operator.user_defined: operator public.>= runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a user operator in front of the = of NULLIF
SELECT NULLIF(id, 1) FROM contacts
=> refused 42501 operator.user_defined: operator public.= runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a user operator in front of the = of IS DISTINCT FROM
SELECT id IS DISTINCT FROM 1 FROM contacts
=> refused 42501 operator.user_defined: operator public.= runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a user operator in front of the = of NATURAL JOIN
SELECT * FROM contacts NATURAL JOIN campaigns
=> refused 42501 operator.user_defined: operator public.= runs function "public.definer", which is not allowed [Add public.definer to policy.allow_functions if tenants may call it.]

-- why: a sampling method of the user in front of the built-in one
SELECT * FROM contacts TABLESAMPLE system (1)
=> refused 42501 tablesample.method: TABLESAMPLE method public.system is not the built-in one
