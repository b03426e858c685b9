-- SQLAlchemy 1.4.46 psycopg2 2.9.5 asyncpg 0.27.0 Alembic 1.8.1
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/sqlalchemy -record
-- startup: 

BEGIN ISOLATION LEVEL READ COMMITTED
=> allowed

SELECT t.oid, typarray
FROM pg_type t JOIN pg_namespace ns
    ON typnamespace = ns.oid
WHERE typname = 'hstore';

=> allowed

ROLLBACK
=> allowed

select pg_catalog.version()
=> allowed

select current_schema()
=> allowed

show transaction isolation level
=> allowed

show standard_conforming_strings
=> allowed

select relname from pg_class c join pg_namespace n on n.oid=c.relnamespace where pg_catalog.pg_table_is_visible(c.oid) and relname='alembic_version'
=> allowed

SELECT alembic_version.version_num 
FROM alembic_version
=> allowed


CREATE TABLE notes (
	id SERIAL NOT NULL, 
	body TEXT, 
	PRIMARY KEY (id)
)


=> refused statement.not_allowed

COMMENT ON COLUMN notes.body IS 'x'
=> refused statement.not_allowed

ALTER TABLE notes ADD COLUMN rank INTEGER DEFAULT '1'
=> refused statement.not_allowed

CREATE INDEX notes_rank ON notes (rank)
=> refused statement.not_allowed


DROP TABLE notes
=> refused statement.not_allowed

TRUNCATE alembic_version
=> refused statement.truncate

COMMIT
=> allowed

SELECT 1
=> allowed

SET default_transaction_isolation TO DEFAULT
=> allowed

