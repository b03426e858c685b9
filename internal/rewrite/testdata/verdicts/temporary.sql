-- with: temp
-- why: the usual staging table
CREATE TEMP TABLE staged (id bigint PRIMARY KEY, name text NOT NULL DEFAULT 'x', at timestamptz DEFAULT now()) ON COMMIT DROP
=> allowed; creates temporary staged; literals

-- why: used in the same text
CREATE TEMP TABLE staged (id int); INSERT INTO staged VALUES (1); UPDATE contacts SET name = 'x' FROM staged s WHERE s.id = contacts.id; DROP TABLE staged
=> allowed; pg_temp at 47; pg_temp at 102; pg_temp at 148; creates temporary staged; needs temporary staged,staged,staged or relation.unknown; unknown; literals

-- why: every place where a relation stands
WITH x AS (DELETE FROM ONLY staged RETURNING *) INSERT INTO contacts (id) SELECT staged.id FROM x, staged, LATERAL (TABLE more) m WHERE EXISTS (SELECT FROM staged FOR UPDATE OF staged)
=> allowed; pg_temp at 28; pg_temp at 99; pg_temp at 122; pg_temp at 156; needs temporary staged,staged,more,staged or relation.unknown; unknown; literals

-- why: a CTE is none
WITH staged AS (SELECT 1 AS id) SELECT * FROM staged
=> allowed

-- why: but its own query may be
WITH staged AS (SELECT * FROM staged) SELECT * FROM staged
=> allowed; pg_temp at 30; needs temporary staged or relation.unknown; unknown; literals

-- why: prepared
PREPARE p AS SELECT * FROM staged
=> allowed; pg_temp at 27; needs temporary staged or relation.unknown; prepares=p; unknown; literals

-- why: explained
EXPLAIN SELECT * FROM "Staged"
=> allowed; pg_temp at 22; needs temporary Staged or relation.unknown; unknown; literals

-- why: a cursor
DECLARE c CURSOR FOR SELECT * FROM staged
=> allowed; pg_temp at 35; needs temporary staged or relation.unknown; unknown; literals

-- why: bulk loading, which row-level security does not stand in the way of
COPY staged (id) FROM STDIN WHERE id > 1
=> allowed; pg_temp at 5; needs temporary staged or relation.unknown; unknown; literals

-- why: and the other way
COPY staged TO STDOUT
=> allowed; pg_temp at 5; needs temporary staged or relation.unknown; unknown; literals

-- why: emptied
TRUNCATE staged, more
=> allowed; pg_temp at 9; pg_temp at 17; needs temporary staged,more or relation.unknown; unknown; literals

-- why: but not with another
TRUNCATE staged, contacts
=> refused 42501 statement.truncate: TRUNCATE is not allowed [Use DELETE, which row-level security applies to.]; literals

-- why: dropped if it is there, which nobody needs to know
DROP TABLE IF EXISTS staged, pg_temp.more, "Third" CASCADE
=> allowed; pg_temp at 21; pg_temp at 43; literals

-- why: dropped for certain
DROP /* it */ TABLE staged , pg_temp . more
=> allowed; pg_temp at 20; needs temporary staged or relation.unknown; unknown; literals

-- why: not with another
DROP TABLE staged, contacts
=> refused 42501 statement.not_allowed: DROP is not allowed [Run it directly on the database, with a role of its own.]; unknown; literals

-- why: not another that is qualified
DROP TABLE IF EXISTS public.staged
=> refused 42501 statement.not_allowed: DROP is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: other things are not dropped
DROP VIEW IF EXISTS staged
=> refused 42501 statement.not_allowed: DROP is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: statistics
ANALYZE staged (id), more
=> allowed; pg_temp at 8; pg_temp at 21; needs temporary staged,more or relation.unknown; unknown; literals

-- why: not of all tables
ANALYZE
=> refused 42501 statement.not_allowed: VACUUM or ANALYZE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: vacuum
VACUUM staged
=> refused 42501 statement.not_allowed: VACUUM or ANALYZE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: an index on columns
CREATE UNIQUE INDEX ON staged (id DESC NULLS LAST, name) INCLUDE (at)
=> allowed; pg_temp at 23; needs temporary staged or relation.unknown; unknown; literals

-- why: with a name
CREATE INDEX IF NOT EXISTS staged_by_name ON staged USING btree (name)
=> allowed; pg_temp at 45; needs temporary staged or relation.unknown; unknown; literals

-- why: which may hide nothing
CREATE INDEX contacts ON staged (name)
=> refused 42501 temporary.name: a temporary relation may not be named "contacts": a relation has that name [Choose another name for the temporary table.]; literals

-- why: an expression runs later
CREATE INDEX ON staged (lower(name))
=> refused 42501 temporary.definition: an index on more than plain columns is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: and so does a condition
CREATE INDEX ON staged (name) WHERE helper(id) = 'x'
=> refused 42501 temporary.definition: an index with WHERE, WITH or TABLESPACE is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: an operator class runs functions
CREATE INDEX ON staged (name some_ops)
=> refused 42501 temporary.definition: an index on more than plain columns is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: on a table that is not temporary
CREATE INDEX ON contacts (name)
=> refused 42501 statement.not_allowed: CREATE INDEX is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: said to be in pg_temp
CREATE TABLE pg_temp.staged (id int); SELECT * FROM pg_temp.staged
=> allowed; creates temporary staged; literals

-- why: said to be in another schema
CREATE TEMP TABLE public.staged (id int)
=> refused 42501 statement.not_allowed: CREATE TABLE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: the schema by number
SELECT * FROM pg_temp_3.staged
=> refused 42501 relation.temporary: relation "pg_temp_3.staged" is not reachable by name

-- why: a name that is in the catalog means that
SELECT * FROM pg_temp.contacts
=> refused 42501 relation.temporary: relation "pg_temp.contacts" is not reachable by name

-- why: another database
SELECT * FROM app.pg_temp.staged
=> refused 42501 relation.temporary: relation "pg_temp.staged" is not reachable by name

-- why: not temporary
CREATE TABLE staged (id int)
=> refused 42501 statement.not_allowed: CREATE TABLE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: not either
CREATE UNLOGGED TABLE staged (id int)
=> refused 42501 statement.not_allowed: CREATE TABLE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: the name of a table of a policy
CREATE TEMP TABLE organizations (id int)
=> refused 42501 temporary.name: a temporary relation may not be named "organizations": a relation has that name [Choose another name for the temporary table.]; literals

-- why: in any schema
CREATE TEMP TABLE hidden (id int)
=> refused 42501 temporary.name: a temporary relation may not be named "hidden": a relation has that name [Choose another name for the temporary table.]; literals

-- why: of a catalog
CREATE TEMP TABLE pg_class (relname text)
=> refused 42501 temporary.name: a temporary relation may not be named "pg_class": it has to be a plain word of less than 63 bytes that begins with a letter, and not with pg_ [Choose another name for the temporary table.]; literals

-- why: of a catalog to come
CREATE TEMP TABLE pg_whatever (relname text)
=> refused 42501 temporary.name: a temporary relation may not be named "pg_whatever": it has to be a plain word of less than 63 bytes that begins with a letter, and not with pg_ [Choose another name for the temporary table.]; literals

-- why: of a type
CREATE TEMP TABLE mood (a int)
=> refused 42501 temporary.name: a temporary relation may not be named "mood": a type has that name [Choose another name for the temporary table.]; literals

-- why: of a built-in type, which a function may name
CREATE TEMP TABLE uuid (a int)
=> refused 42501 temporary.name: a temporary relation may not be named "uuid": a type has that name [Choose another name for the temporary table.]; literals

-- why: of an array type
CREATE TEMP TABLE _text (a int)
=> refused 42501 temporary.name: a temporary relation may not be named "_text": it has to be a plain word of less than 63 bytes that begins with a letter, and not with pg_ [Choose another name for the temporary table.]; literals

-- why: a name that a function may look for
CREATE TEMP TABLE Membership_Cache (org_id uuid)
=> refused 42501 temporary.name: a temporary relation may not be named "membership_cache": the source of a function mentions that name [Choose another name for the temporary table.]; literals

-- why: whatever its case
CREATE TEMP TABLE "MEMBERSHIP_cache" (org_id uuid)
=> refused 42501 temporary.name: a temporary relation may not be named "MEMBERSHIP_cache": the source of a function mentions that name [Choose another name for the temporary table.]; literals

-- why: a name that is no word might be split otherwise
CREATE TEMP TABLE "membership cache" (org_id uuid)
=> refused 42501 temporary.name: a temporary relation may not be named "membership cache": it has to be a plain word of less than 63 bytes that begins with a letter, and not with pg_ [Choose another name for the temporary table.]; literals

-- why: a sequence that might hide another
CREATE TEMP TABLE invoice (id serial)
=> refused 42501 temporary.name: a sequence of temporary table "invoice" might hide "invoice_number_seq" [Choose another name for the temporary table.]; literals

-- why: a sequence that hides none
CREATE TEMP TABLE staged (id bigserial, n int GENERATED BY DEFAULT AS IDENTITY (START 10))
=> allowed; creates temporary staged; literals

-- why: a sequence by a name of its own
CREATE TEMP TABLE staged (id int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME organizations))
=> refused 42501 temporary.definition: this option of a sequence is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: a name that Postgres would cut for the sequence
CREATE TEMP TABLE staged_with_a_name_of_thirty_o (id serial)
=> refused 42501 temporary.name: the name of temporary table "staged_with_a_name_of_thirty_o" is too long for one with serial or identity columns [Choose a name of at most 29 bytes.]; literals

-- why: a key by a name that hides
CREATE TEMP TABLE staged (id int CONSTRAINT organizations PRIMARY KEY)
=> refused 42501 temporary.name: a temporary relation may not be named "organizations": a relation has that name [Choose another name for the temporary table.]; literals

-- why: a default that runs a function of the schema
CREATE TEMP TABLE staged (id int DEFAULT helper(1))
=> refused 42501 temporary.definition: a DEFAULT other than a constant or a call of a built-in function is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: even one that may be called
CREATE TEMP TABLE staged (id numeric DEFAULT product(1))
=> refused 42501 temporary.definition: a DEFAULT other than a constant or a call of a built-in function is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: a default that sets the context later
CREATE TEMP TABLE staged (id text DEFAULT set_config('app.org_id', '2', false))
=> refused 42501 temporary.definition: a DEFAULT other than a constant or a call of a built-in function is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: or resets it
CREATE TEMP TABLE staged (id text DEFAULT set_config('timezone', NULL, false))
=> refused 42501 temporary.definition: a DEFAULT other than a constant or a call of a built-in function is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: a default that hides a call
CREATE TEMP TABLE staged (id text DEFAULT 1 <@> 2)
=> refused 42501 temporary.definition: a DEFAULT other than a constant or a call of a built-in function is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: a refused built-in
CREATE TEMP TABLE staged (id text DEFAULT query_to_xml('SELECT 1', true, true, '')::text)
=> refused 42501 function.never_allowed: function "pg_catalog.query_to_xml" is not allowed: it runs SQL text; literals

-- why: constants of all kinds
CREATE TEMP TABLE staged (a int[] DEFAULT ARRAY[1,2], b jsonb DEFAULT '{}'::jsonb, c date DEFAULT CURRENT_DATE, d uuid DEFAULT gen_random_uuid(), e mood DEFAULT 'x'::mood)
=> allowed; creates temporary staged; literals

-- why: a check runs later
CREATE TEMP TABLE staged (id int CHECK (definer(id) IS NULL))
=> refused 42501 temporary.definition: CHECK is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: a generated column too
CREATE TEMP TABLE staged (id int, n text GENERATED ALWAYS AS (helper(id)) STORED)
=> refused 42501 temporary.definition: a generated column is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: a foreign key
CREATE TEMP TABLE staged (id int, FOREIGN KEY (id) REFERENCES contacts)
=> refused 42501 temporary.definition: REFERENCES is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: an exclusion constraint
CREATE TEMP TABLE staged (id int, EXCLUDE USING gist (id WITH =))
=> refused 42501 temporary.definition: this form of constraint is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: keys over several columns
CREATE TEMP TABLE staged (a int, b int, PRIMARY KEY (a, b), UNIQUE (b) DEFERRABLE INITIALLY DEFERRED)
=> allowed; creates temporary staged; literals

-- why: a type that is refused
CREATE TEMP TABLE staged (id blob)
=> refused 42501 type.not_allowed: type "public.blob" belongs to extension mystery, which is not known here; literals

-- why: a child of a table shows in the parent
CREATE TEMP TABLE staged () INHERITS (contacts)
=> refused 42501 temporary.definition: a parent is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: a partition too
CREATE TEMP TABLE staged PARTITION OF calls DEFAULT
=> refused 42501 temporary.definition: a parent is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: partitions of its own
CREATE TEMP TABLE staged (id int) PARTITION BY LIST (id)
=> refused 42501 temporary.definition: PARTITION BY is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: of a type
CREATE TEMP TABLE staged OF address
=> refused 42501 temporary.definition: OF a type is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: the columns of another table
CREATE TEMP TABLE staged (LIKE contacts INCLUDING DEFAULTS) ON COMMIT DELETE ROWS
=> allowed; creates temporary staged; literals

-- why: of one that may not be read
CREATE TEMP TABLE staged (LIKE norls)
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: with what runs in it
CREATE TEMP TABLE staged (LIKE contacts INCLUDING ALL)
=> refused 42501 temporary.definition: LIKE with INCLUDING of CONSTRAINTS, GENERATED, INDEXES, STATISTICS or ALL is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: with its sequences
CREATE TEMP TABLE staged (LIKE contacts INCLUDING IDENTITY, more int)
=> allowed; creates temporary staged; literals

-- why: storage
CREATE TEMP TABLE staged (id int) USING columnar
=> refused 42501 temporary.definition: an access method is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: a tablespace
CREATE TEMP TABLE staged (id int) TABLESPACE fast
=> refused 42501 temporary.definition: TABLESPACE is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: parameters
CREATE TEMP TABLE staged (id int) WITH (user_catalog_table)
=> refused 42501 temporary.definition: this storage parameter is not allowed in the definition of a temporary table [Leave it out.]; literals

-- why: from a query
CREATE TEMP TABLE IF NOT EXISTS staged (a) WITH (fillfactor = 50) ON COMMIT DROP AS SELECT id FROM contacts WITH NO DATA
=> allowed; creates temporary staged; literals

-- why: which is analysed
CREATE TEMP TABLE staged AS SELECT * FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; literals

-- why: from a prepared one
CREATE TEMP TABLE staged AS EXECUTE p
=> allowed; creates temporary staged; executes=p; literals

-- why: by SELECT INTO
SELECT * INTO TEMP staged FROM contacts
=> allowed; creates temporary staged

-- why: which hides
SELECT * INTO TEMP organizations FROM contacts
=> refused 42501 temporary.name: a temporary relation may not be named "organizations": a relation has that name [Choose another name for the temporary table.]

-- why: a table of its own is none
SELECT * INTO staged FROM contacts
=> refused 42501 statement.select_into: SELECT INTO is not allowed [Use INSERT … SELECT into a table that has row-level security.]

-- why: views, sequences, functions and types are none
CREATE TEMP VIEW staged AS SELECT 1
=> refused 42501 statement.not_allowed: CREATE VIEW is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: a sequence
CREATE TEMP SEQUENCE staged
=> refused 42501 statement.not_allowed: CREATE SEQUENCE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: a function
CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'
=> refused 42501 statement.not_allowed: CREATE FUNCTION or PROCEDURE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: is not called either
SELECT pg_temp.f() FROM staged
=> refused 42501 function.unknown: function "pg_temp.f" is not reachable by name

-- why: changed
ALTER TABLE staged ADD COLUMN x int DEFAULT helper(1)
=> refused 42501 statement.not_allowed: ALTER TABLE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: a trigger
CREATE TRIGGER t BEFORE INSERT ON staged FOR EACH ROW EXECUTE FUNCTION helper()
=> refused 42501 statement.not_allowed: CREATE TRIGGER is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: a rule
CREATE RULE r AS ON INSERT TO staged DO ALSO DELETE FROM contacts
=> refused 42501 statement.not_allowed: CREATE RULE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: a policy
CREATE POLICY p ON staged USING (helper(1) = 'x')
=> refused 42501 statement.not_allowed: CREATE POLICY is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: granted
GRANT ALL ON staged TO PUBLIC
=> refused 42501 statement.not_allowed: GRANT or REVOKE is not allowed [Run it directly on the database, with a role of its own.]; literals

-- why: its row type
SELECT NULL::staged
=> refused 42501 type.unknown: type "staged" is not known; unknown

-- why: a name that calls a function is no column for certain
SELECT s.full_name FROM staged s
=> refused 42501 function.column_call: the name "full_name" after a dot may call function "public.full_name", which is not allowed [Add public.full_name to policy.allow_functions if tenants may call it.]

-- why: a name that is not written plainly
SELECT * FROM U&"st\0061ged"
=> refused 42501 temporary.name: the name of relation "staged" is not written plainly [Write the name without U&.]

-- why: what is let through nowhere
INSERT INTO staged SELECT * FROM norls
=> refused 42501 relation.rls_disabled: relation "public.norls" does not have row-level security [ALTER TABLE public.norls ENABLE ROW LEVEL SECURITY and give it a policy, or add it to policy.allow_relations if all tenants share it.]; unknown; literals

-- why: a view of the catalog is not looked for in pg_temp
SELECT * FROM v_loop_a, staged
=> refused 42501 view.not_analysed: view "public.v_loop_b" is not allowed: view "public.v_loop_a" is not allowed: its definition names itself [Add public.v_loop_a to policy.allow_relations if all tenants may see it.]

-- with: default
-- why: the setting's default
CREATE TEMP TABLE staged (id int)
=> refused 42501 statement.not_allowed: CREATE TABLE is not allowed [Set policy.allow_ddl to temp.]; literals

-- why: and there is none of that name then
SELECT * FROM staged
=> refused 42P01 relation.unknown: relation "staged" does not exist; unknown
