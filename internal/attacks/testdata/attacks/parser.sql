-- Texts that the proxy and the server could read differently, and places in a
-- statement where a table is easily missed.

-- attack PARSE-001: strings with backslashes
-- leak: NORLS-B
SET standard_conforming_strings = off
=> refused setting.value
SELECT '\'' || (SELECT max(secret) FROM norls) -- '
=> runs
SELECT 'a\'; SELECT secret FROM norls; --'
=> refused relation.rls_disabled

-- attack PARSE-002: sub-selects in places
-- leak: NORLS-B
-- leak: UNORLS-B
-- leak: CNORLS-B
SELECT 1 LIMIT (SELECT count(*) FROM norls WHERE secret = 'NORLS' || '-B')
=> refused relation.rls_disabled
SELECT 1 OFFSET (SELECT count(*) FROM norls)
=> refused relation.rls_disabled
SELECT 1 ORDER BY (SELECT max(secret) FROM norls)
=> refused relation.rls_disabled
INSERT INTO claims (org_id, code) SELECT '<A>', secret FROM norls RETURNING code
=> refused relation.rls_disabled
UPDATE claims SET code = (SELECT 'U' || max(secret) FROM norls) WHERE id = 1 RETURNING code
=> refused relation.rls_disabled
UPDATE claims SET (code, amount) = (SELECT max(secret), 1 FROM norls) WHERE id = 5 RETURNING code
=> refused relation.rls_disabled
DELETE FROM claims USING norls WHERE claims.id = 2 RETURNING norls.secret
=> refused relation.rls_disabled
MERGE INTO claims c USING norls n ON c.id = 3 AND n.id = 2 WHEN MATCHED THEN UPDATE SET amount = n.id
=> refused relation.rls_disabled
MERGE INTO claims c USING (VALUES (3)) v (i) ON c.id = v.i WHEN MATCHED AND EXISTS (SELECT FROM norls) THEN UPDATE SET amount = 1
=> refused relation.rls_disabled
SELECT * FROM ROWS FROM (unnest(ARRAY(SELECT secret FROM norls)))
=> refused relation.rls_disabled
SELECT * FROM XMLTABLE('/a' PASSING xmlelement(name a, (SELECT max(secret) FROM norls)) COLUMNS v text PATH '.')
=> refused relation.rls_disabled
INSERT INTO claims (id, org_id, code) VALUES (4, '<A>', 'q') ON CONFLICT (id) DO UPDATE SET code = (SELECT 'C' || max(secret) FROM norls) RETURNING code
=> refused relation.rls_disabled
SELECT sum(1) OVER (ORDER BY (SELECT max(secret) FROM norls)) FROM claims LIMIT 1
=> refused relation.rls_disabled
SELECT sum(1) OVER w FROM claims WINDOW w AS (PARTITION BY (SELECT max(secret) FROM norls)) LIMIT 1
=> refused relation.rls_disabled
VALUES ((SELECT max(secret) FROM norls))
=> refused relation.rls_disabled
SELECT CASE WHEN EXISTS (TABLE norls) THEN 'seen' END
=> refused relation.rls_disabled
SELECT max(secret) FILTER (WHERE id IN (SELECT id FROM norls)) FROM claims
=> refused relation.rls_disabled
SELECT g.* FROM claims g TABLESAMPLE bernoulli ((SELECT 100 FROM norls LIMIT 1)) LIMIT 1
=> refused relation.rls_disabled
SELECT id FROM claims GROUP BY GROUPING SETS ((id), ((SELECT max(secret) FROM norls)))
=> refused relation.rls_disabled
SELECT array(SELECT secret FROM norls), ROW((SELECT max(secret) FROM norls)), (ARRAY[1])[(SELECT max(id) FROM norls)]
=> refused relation.rls_disabled
SELECT 1 WHERE 'x' = ANY (SELECT secret FROM norls) OR 'x' > ALL (SELECT secret FROM norls)
=> refused relation.rls_disabled
WITH d AS (DELETE FROM norls WHERE id = 1 RETURNING secret) SELECT * FROM d
=> refused relation.rls_disabled

-- attack PARSE-005: comments and dollar quotes as camouflage
-- leak: NORLS-B
SELECT /* ; */ secret /*/* nested */*/ FROM -- x
 "norls"
=> refused relation.rls_disabled
SELECT $$ ; $$, secret FROM norls
=> refused relation.rls_disabled
SELECT $a$ $b$ $a$, secret FROM norls -- $a$
=> refused relation.rls_disabled
SELECT E'\'' /* ' */, secret FROM norls -- '
=> refused relation.rls_disabled

-- attack PARSE-008: whole rows
-- leak: NORLS-B
SELECT row_to_json(n) FROM norls n
=> refused relation.rls_disabled
SELECT (n).secret FROM norls n
=> refused relation.rls_disabled
SELECT n FROM norls n
=> refused relation.rls_disabled
SELECT json_agg(n) FROM norls n
=> refused relation.rls_disabled
SELECT n::text, hashtext(n::text), n.* FROM norls n
=> refused relation.rls_disabled
SELECT jsonb_populate_record(NULL::norls, to_jsonb(n)) FROM norls n
=> refused relation.rls_disabled

-- attack PARSE-009: bytes that pair up in another encoding
-- note: in GBK the second byte of a character may be a backslash
-- leak: NORLS-B
SET client_encoding = 'GBK'
=> refused setting.value
SET NAMES 'GB18030'
=> refused setting.value
SELECT E'あ\'; SELECT secret FROM norls --'
=> runs

-- attack PARSE-011: grammar that is newer than the server's
-- note: a text that does not parse is refused, whatever the server would make of it
SELECT * FROM JSON_TABLE('[]', '$' COLUMNS (a int PATH '$'))
=> refused syntax.error
MERGE INTO claims USING (VALUES (1)) v (i) ON id = i WHEN MATCHED THEN DO NOTHING RETURNING *
=> refused syntax.error

-- attack PARSE-101: several statements in one text
-- leak: NORLS-B
SELECT 1; SELECT secret FROM norls
=> refused relation.rls_disabled
; ; SELECT 1; /* x */; SELECT secret FROM norls; SELECT 2;
=> refused relation.rls_disabled
BEGIN; SAVEPOINT a; ROLLBACK TO a; SELECT secret FROM norls; COMMIT
=> refused relation.rls_disabled
BEGIN; PREPARE pp AS SELECT secret FROM norls; EXECUTE pp; COMMIT
=> refused relation.rls_disabled
RESET ALL; SELECT secret FROM claims
=> refused statement.after_reset
DISCARD ALL; SELECT secret FROM claims
=> refused statement.after_reset

-- attack PARSE-102: blanks and line ends of other kinds
-- leak: NORLS-B
SELECT	secret--comment
FROM	norls
=> refused relation.rls_disabled
SELECT(secret)FROM"norls"
=> refused relation.rls_disabled
SELECT secret	FROM/**/norls
=> refused relation.rls_disabled
SELECT 1 FROM norls\gx
=> refused syntax.error
