"""asyncpg: a pool, with its reset, type introspection and cursors."""
import asyncio
import datetime
import json
import os
import sys
import asyncpg

if sys.argv[1] == "versions":
    print("asyncpg", asyncpg.__version__)
    sys.exit()


async def prepare(conn):
    await conn.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


async def main():
    pool = await asyncpg.create_pool(
        ssl=False, min_size=1, max_size=2, init=prepare, command_timeout=30,
        server_settings={"application_name": "asyncpg", "jit": "off", "statement_timeout": "30000"})
    async with pool.acquire() as conn:
        print(conn.get_server_version(), await conn.fetchval("SELECT $1::task_state", "done"))
        print(await conn.fetch("SELECT id, email, settings FROM members WHERE email = ANY($1::text[]) OR active", ["x"]))
        async with conn.transaction(isolation="repeatable_read"):
            project = await conn.fetchrow("INSERT INTO projects (name, tags, starts_on) VALUES ($1, $2, $3) RETURNING *", "asyncpg", ["a"], datetime.date(2025, 1, 1))
            await conn.executemany("INSERT INTO tasks (project_id, title, state) VALUES ($1, $2, $3)", [(project["id"], f"t{n}", "todo") for n in range(3)])
            try:
                async with conn.transaction():
                    await conn.execute("UPDATE tasks SET title = NULL WHERE project_id = $1", project["id"])
            except asyncpg.NotNullViolationError as e:
                print(e.sqlstate)
            async for row in conn.cursor("SELECT id, title, state, attributes, due_at FROM tasks WHERE project_id = $1", project["id"], prefetch=2):
                print(row)
            await conn.execute("DELETE FROM projects WHERE id = $1", project["id"])
        statement = await conn.prepare("SELECT p, r FROM projects p, LATERAL (SELECT int4range(1, 3) AS r) x LIMIT 1")
        print(statement.get_attributes(), await statement.fetch())
        with open(os.devnull, "wb") as out:
            print(await conn.copy_from_query("SELECT title FROM tasks WHERE id > $1", 0, output=out, format="csv"))
            print(await conn.copy_from_table("labels", columns=["name"], output=out))
        await conn.execute("SELECT 1; SELECT 2")
        await conn.reload_schema_state()
    async with pool.acquire() as conn:  # after a reset
        print(await conn.fetchrow("SELECT count(*), avg(priority), percentile_cont(0.5) WITHIN GROUP (ORDER BY priority) FROM tasks"))
    await pool.close()


asyncio.run(main())
print("done")
