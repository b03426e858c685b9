-- Knex 3.3.0 node-postgres 8.23.1 Node v20.20.2
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/knex -record
-- startup: application_name="knex" client_encoding="UTF8"

select version();
=> allowed

select "id", "email", "settings" from "members" where "active" = $1 and "email" ilike $2 order by "id" desc limit $3
=> allowed

select "t"."title", "p"."name", "m"."name" as "owner" from "tasks" as "t" inner join "projects" as "p" on "p"."id" = "t"."project_id" left join "members" as "m" on "m"."id" = "p"."owner_id" where "t"."state" in ($1, $2) and "t"."title" is not null
=> allowed

BEGIN TRANSACTION ISOLATION LEVEL repeatable read;
=> allowed

insert into "projects" ("budget", "name", "tags") values ($1, $2, $3) returning *
=> allowed

SAVEPOINT trx3;
=> allowed

insert into "tasks" ("attributes", "project_id", "title") values ($1, $2, $3), ($4, $5, $6)
=> allowed

insert into "tasks" ("attributes", "project_id", "title") values ($1, $2, $3)
=> allowed

RELEASE SAVEPOINT trx3;
=> allowed

SAVEPOINT trx4;
=> allowed

update "tasks" set "title" = $1 where "project_id" = $2
=> allowed

ROLLBACK TO SAVEPOINT trx4
=> allowed

select * from "tasks" where "project_id" = $1 limit $2 for update skip locked
=> allowed

select * from "tasks" where "project_id" = $1 for share nowait
=> allowed

update "tasks" set "priority" = "priority" + $1 where "project_id" = $2
=> allowed

insert into "labels" ("name") values ($1), ($2) on conflict ("org_id", "name") do update set "name" = excluded."name"
=> allowed

insert into "labels" ("name") values ($1) on conflict do nothing
=> allowed

delete from "labels" where "name" like $1
=> allowed

delete from "projects" where "id" = $1 returning "id"
=> allowed

COMMIT;
=> allowed

select "project_id", count(*) as "n", sum("priority"), avg("priority"), max("title") from "tasks" group by "project_id" having count(*) > $1 order by 2 DESC NULLS LAST
=> allowed

with "open" as (select * from "tasks" where not "state" = $1) select "title", row_number() over (partition by project_id order by id) as r from "open"
=> allowed

with recursive "tree" as (select "id", "parent_id" from "tasks" where "parent_id" is null union all select "tasks"."id", "tasks"."parent_id" from "tasks" inner join "tree" on "tree"."id" = "tasks"."parent_id") select count(*) from "tree"
=> allowed

select (select count(*) from "tasks" where project_id = projects.id) as "n" from "projects" where exists (select * from "tasks" where tasks.project_id = projects.id) and tags @> $1
=> allowed

select jsonb_path_query("attributes", $1) as "colour", rank() over (order by "priority") as "r" from "tasks" where "attributes" @> $2 and jsonb_path_query_first("attributes", $3)::int > $4
=> allowed

select distinct on ("name") * from "members" union select * from "members" limit $1
=> allowed

select * from information_schema.columns where table_name = $1 and table_catalog = current_database() and table_schema = current_schema()
=> allowed

select * from information_schema.tables where table_name = $1 and table_schema = current_schema()
=> allowed

select * from information_schema.columns where table_name = $1 and column_name = $2 and table_schema = current_schema()
=> allowed

select "name" from "knex_migrations"
=> allowed

select "is_locked" from "knex_migrations_lock"
=> allowed

select "title" from "tasks"
=> allowed

