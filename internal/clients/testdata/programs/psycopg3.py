"""psycopg 3: pipelines, prepared statements, cursors, types."""
import sys
import psycopg
from psycopg.rows import dict_row
from psycopg.types import TypeInfo
from psycopg.types.enum import EnumInfo, register_enum
from psycopg.types.json import Jsonb
from psycopg.types.range import RangeInfo
from psycopg.types.composite import CompositeInfo

if sys.argv[1] == "versions":
    print("psycopg", psycopg.__version__, "libpq", psycopg.pq.version())
    sys.exit()

with psycopg.connect("", row_factory=dict_row, options="-c DateStyle=ISO", prepare_threshold=2) as conn:
    print(TypeInfo.fetch(conn, "uuid"), RangeInfo.fetch(conn, "tstzrange"), CompositeInfo.fetch(conn, "projects"), EnumInfo.fetch(conn, "no_such_type"))
    info = EnumInfo.fetch(conn, "task_state")
    register_enum(info, conn)
    for n in range(5):  # the third time by a prepared statement
        print(conn.execute("SELECT * FROM members WHERE id > %s ORDER BY id LIMIT 2 OFFSET %s", (n, 0)).fetchall())
    with conn.transaction():
        project = conn.execute("INSERT INTO projects (name, tags, budget) VALUES (%s, %s, %s) RETURNING *", ("psycopg", ["a", "b"], 12.5)).fetchone()
        cur = conn.cursor()
        cur.executemany("INSERT INTO tasks (project_id, title, attributes) VALUES (%s, %s, %s) RETURNING id",
                        [(project["id"], f"t{n}", Jsonb({"n": n})) for n in range(3)], returning=True)
        with conn.transaction() as inner:  # a savepoint
            conn.execute("UPDATE tasks SET state = %s WHERE project_id = %s", (info.enum.done, project["id"]))
            raise psycopg.Rollback(inner)
        with conn.transaction(savepoint_name="named"):
            print(conn.execute("SELECT id, state FROM tasks WHERE project_id = %s FOR UPDATE SKIP LOCKED", (project["id"],)).fetchall())
        conn.execute("DELETE FROM projects WHERE id = ANY(%s)", ([project["id"]],))
    with conn.pipeline() as p:
        a = conn.execute("SELECT count(*) FROM tasks WHERE attributes @> %s", (Jsonb({"colour": "red"}),))
        b = conn.execute("SELECT title, ts_rank(search, q) FROM tasks, websearch_to_tsquery('english', %s) q WHERE search @@ q", ("report",))
        p.sync()
        print(a.fetchall(), b.fetchall())
    with conn.transaction(), conn.cursor("named cursor") as cur:
        cur.execute("SELECT title FROM tasks ORDER BY id")
        print(cur.fetchmany(2))
        cur.scroll(1)
        print(cur.fetchall())
    with conn.cursor().copy("COPY (SELECT name FROM projects) TO STDOUT (FORMAT text)") as copy:
        print(list(copy.rows()))
    conn.commit()
    conn.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    conn.read_only = True
    print(conn.execute("SELECT count(*) FROM events").fetchone())
print("done")
