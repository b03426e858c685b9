-- Drizzle 0.45.4 postgres.js 3.4.9 Node v20.20.2
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/drizzle -record
-- startup: application_name="postgres.js" client_encoding="UTF8"


      select b.oid, b.typarray
      from pg_catalog.pg_type a
      left join pg_catalog.pg_type b on b.oid = a.typelem
      where a.typcategory = 'A'
      group by b.oid, b.typarray
      order by b.oid
    
=> allowed

select "projects"."id", "projects"."owner_id", "projects"."name", "projects"."budget", "projects"."tags", "projects"."created_at", lower("projects"."name") as "lower", "projects_owner"."data" as "owner", "projects_tasks"."data" as "tasks" from "projects" "projects" left join lateral (select json_build_array("projects_owner"."id", "projects_owner"."email", "projects_owner"."name", "projects_owner"."settings") as "data" from (select * from "members" "projects_owner" where "projects_owner"."id" = "projects"."owner_id" limit $1) "projects_owner") "projects_owner" on true left join lateral (select coalesce(json_agg(json_build_array("projects_tasks"."id", "projects_tasks"."project_id", "projects_tasks"."title", "projects_tasks"."state", "projects_tasks"."priority", "projects_tasks"."attributes") order by "projects_tasks"."id" desc), '[]'::json) as "data" from (select * from "tasks" "projects_tasks" where ("projects_tasks"."project_id" = "projects"."id" and "projects_tasks"."priority" > $2) order by "projects_tasks"."id" desc limit $3) "projects_tasks") "projects_tasks" on true where ("projects"."name" like $4 or "projects"."owner_id" is null) limit $5
=> allowed

select "members"."email", "members_projects"."data" as "projects" from "members" "members" left join lateral (select coalesce(json_agg(json_build_array("members_projects"."id", "members_projects"."owner_id", "members_projects"."name", "members_projects"."budget", "members_projects"."tags", "members_projects"."created_at")), '[]'::json) as "data" from "projects" "members_projects" where "members_projects"."owner_id" = "members"."id") "members_projects" on true limit $1
=> allowed

begin 
=> allowed

set transaction isolation level repeatable read read write
=> allowed

insert into "projects" ("id", "owner_id", "name", "budget", "tags", "created_at") values (default, default, $1, $2, $3, default) returning "id", "owner_id", "name", "budget", "tags", "created_at"
=> allowed

insert into "tasks" ("id", "project_id", "title", "state", "priority", "attributes") values (default, $1, $2, default, default, $3), (default, $4, $5, default, default, $6)
=> allowed

savepoint "s0"
=> allowed

update "tasks" set "title" = NULL where "tasks"."project_id" = $1
=> allowed

rollback to "s0"
=> allowed

select "id", "project_id", "title", "state", "priority", "attributes" from "tasks" where "tasks"."project_id" = $1 for update skip locked
=> allowed

insert into "labels" ("id", "org_id", "name") values (default, $1, $2) on conflict ("org_id","name") do update set "name" = excluded.name
=> allowed

insert into "labels" ("id", "org_id", "name") values (default, $1, $2) on conflict do nothing
=> allowed

update "tasks" set "priority" = "tasks"."priority" + 1 from "projects" where ("tasks"."project_id" = "projects"."id" and "projects"."id" = $1) returning "tasks"."id"
=> allowed

delete from "labels" where "labels"."name" = $1
=> allowed

delete from "projects" where "projects"."id" = $1 returning "id", "owner_id", "name", "budget", "tags", "created_at"
=> allowed

commit
=> allowed

with "open" as (select "id", "project_id", "title", "state", "priority", "attributes" from "tasks" where "tasks"."state" in ($1, $2)) select "projects"."name", count(*), avg("open"."priority"), rank() over (order by count(*)) from "open" inner join "projects" on "projects"."id" = "open"."project_id" group by "projects"."name" having count(*) > $3 order by "projects"."name" asc
=> allowed

select distinct on ("tasks"."title") "tasks"."title" from "tasks" left join "projects" on "projects"."id" = "tasks"."project_id" where exists (select "id", "email", "name", "settings" from "members" where "members"."id" = "projects"."owner_id")
=> allowed

select "id", "owner_id", "name", "budget", "tags", "created_at" from "projects" where ("projects"."tags" @> $1 and "projects"."name" ilike $2) limit $3 offset $4
=> allowed

(select "name" from "members") union (select "name" from "projects")
=> allowed

SELECT attributes ->> 'colour' AS colour FROM tasks WHERE search @@ plainto_tsquery('english', $1)
=> allowed

select count(*) as count from "tasks";
=> allowed

select "id", "project_id", "title", "state", "priority", "attributes" from "tasks" where "tasks"."id" = $1
=> allowed

