-- Django 3.2.25 psycopg2 2.9.5
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/django -record
-- startup: 

SELECT t.oid, typarray FROM pg_type t JOIN pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'hstore'
=> allowed

SELECT typarray FROM pg_type WHERE typname = 'citext'
=> allowed

BEGIN
=> allowed

CREATE TABLE "app_note" ("id" bigserial NOT NULL PRIMARY KEY, "task_id" bigint NOT NULL, "body" text NOT NULL)
=> refused statement.not_allowed

ALTER TABLE "app_note" ADD COLUMN "rank" integer DEFAULT 1 NOT NULL
=> refused statement.not_allowed

ALTER TABLE "app_note" ALTER COLUMN "rank" DROP DEFAULT
=> refused statement.not_allowed

ALTER TABLE "app_note" DROP COLUMN "rank" CASCADE
=> refused statement.not_allowed

DROP TABLE "app_note" CASCADE
=> refused statement.not_allowed

COMMIT
=> allowed


            SELECT c.relname,
            CASE WHEN c.relispartition THEN 'p' WHEN c.relkind IN ('m', 'v') THEN 'v' ELSE 't' END
            FROM pg_catalog.pg_class c
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v')
                AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
                AND pg_catalog.pg_table_is_visible(c.oid)
        
=> allowed

SELECT "django_migrations"."id", "django_migrations"."app", "django_migrations"."name", "django_migrations"."applied" FROM "django_migrations"
=> allowed

CREATE TABLE "django_content_type" ("id" serial NOT NULL PRIMARY KEY, "name" varchar(100) NOT NULL, "app_label" varchar(100) NOT NULL, "model" varchar(100) NOT NULL)
=> refused statement.not_allowed

ALTER TABLE "django_content_type" ADD CONSTRAINT "django_content_type_app_label_model_76bd3d3b_uniq" UNIQUE ("app_label", "model")
=> refused statement.not_allowed

INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('contenttypes', '0001_initial', '2026-11-24T17:56:47.792425+00:00'::timestamptz) RETURNING "django_migrations"."id"
=> refused relation.shared_write

ALTER TABLE "django_content_type" ALTER COLUMN "name" DROP NOT NULL
=> refused statement.not_allowed

ALTER TABLE "django_content_type" DROP COLUMN "name" CASCADE
=> refused statement.not_allowed

INSERT INTO "django_migrations" ("app", "name", "applied") VALUES ('contenttypes', '0002_remove_content_type_name', '2026-11-24T17:56:47.798325+00:00'::timestamptz) RETURNING "django_migrations"."id"
=> refused relation.shared_write

SELECT "django_content_type"."id", "django_content_type"."app_label", "django_content_type"."model" FROM "django_content_type" WHERE "django_content_type"."app_label" = 'contenttypes'
=> refused relation.unknown

INSERT INTO "django_content_type" ("app_label", "model") VALUES ('contenttypes', 'contenttype') RETURNING "django_content_type"."id"
=> refused relation.unknown

DECLARE "_django_curs_139917956534336_sync_1" NO SCROLL CURSOR WITH HOLD FOR SELECT "tasks"."id", "tasks"."project_id", "tasks"."parent_id", "tasks"."title", "tasks"."state", "tasks"."priority", "tasks"."attributes", "tasks"."due_at" FROM "tasks"
=> refused statement.cursor_with_hold

FETCH FORWARD 2000 FROM "_django_curs_139917956534336_sync_1"
=> allowed

CLOSE "_django_curs_139917956534336_sync_1"
=> allowed

