-- Knex 3.3.0 node-postgres 8.23.1 Node v20.20.2
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/knex -record
-- startup: application_name="knex" client_encoding="UTF8"

select version();
=> allowed

create table "notes" ("id" serial primary key, "body" varchar(255), "task_id" bigint, "created_at" timestamptz not null default CURRENT_TIMESTAMP, "updated_at" timestamptz not null default CURRENT_TIMESTAMP, "data" jsonb, "state" text check ("state" in ('a', 'b')))
=> refused statement.not_allowed

comment on column "notes"."body" is 'x'
=> refused statement.not_allowed

create index "notes_body_index" on "notes" ("body")
=> refused statement.not_allowed

alter table "notes" add constraint "notes_task_id_foreign" foreign key ("task_id") references "tasks" ("id") on delete CASCADE
=> refused statement.not_allowed

alter table "notes" rename "body" to "text"
=> refused statement.not_allowed

alter table "notes" drop column "data"
=> refused statement.not_allowed

drop table if exists "notes"
=> refused statement.not_allowed

select * from information_schema.tables where table_name = $1 and table_schema = current_schema()
=> allowed

select * from "knex_migrations_lock"
=> allowed

select "name" from "knex_migrations" order by "id" asc
=> allowed

BEGIN;
=> allowed

update "knex_migrations_lock" set "is_locked" = $1 where "is_locked" = $2
=> refused relation.shared_write

select max("batch") as "max_batch" from "knex_migrations"
=> allowed

SELECT 1
=> allowed

insert into "knex_migrations" ("batch", "migration_time", "name") values ($1, $2, $3)
=> refused relation.shared_write

update "knex_migrations_lock" set "is_locked" = $1
=> refused relation.shared_write

COMMIT;
=> allowed

truncate "projects" restart identity
=> refused statement.truncate

LOCK TABLE tasks IN EXCLUSIVE MODE
=> refused statement.lock_table

