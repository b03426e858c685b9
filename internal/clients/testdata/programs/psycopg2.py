"""psycopg2: what an application without a mapper does."""
import sys
import psycopg2
import psycopg2.extras
import psycopg2.extensions

if sys.argv[1] == "versions":
    print("psycopg2", psycopg2.__version__.split()[0], "libpq", psycopg2.extensions.libpq_version())
    sys.exit()

conn = psycopg2.connect("", options="-c statement_timeout=30000 -c TimeZone=UTC", application_name="worker")
psycopg2.extras.register_uuid()
psycopg2.extras.register_default_jsonb(conn)
with conn, conn.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cur:
    cur.execute("SELECT id, email, name, settings FROM members WHERE active AND email LIKE %s ORDER BY id", ("%@%",))
    print(cur.fetchall())
    cur.execute(
        "INSERT INTO members (email, name, settings) VALUES (%s, %s, %s)"
        " ON CONFLICT (org_id, email) DO UPDATE SET name = EXCLUDED.name RETURNING id, (xmax = 0) AS inserted",
        ("psycopg2@example.org", "O'Hara \\ x", psycopg2.extras.Json({"a": [1, None]})))
    member = cur.fetchone()["id"]
    psycopg2.extras.execute_values(
        cur, "INSERT INTO projects (owner_id, name, budget, tags) VALUES %s RETURNING id",
        [(member, f"bulk {n}", n, ["x", "y"]) for n in range(3)])
    projects = [row["id"] for row in cur.fetchall()]
    psycopg2.extras.execute_batch(cur, "UPDATE projects SET budget = budget + %s WHERE id = %s", [(1, p) for p in projects])
    cur.execute("SELECT p.*, m.name AS owner FROM projects p JOIN members m ON m.id = p.owner_id WHERE p.id = ANY(%s)", (projects,))
    print(cur.fetchall())
    cur.execute("SAVEPOINT s")
    try:
        cur.execute("INSERT INTO members (email, name) VALUES (%s, %s)", ("psycopg2@example.org", "twice"))
    except psycopg2.errors.UniqueViolation as e:
        print(e.pgcode)
    cur.execute("ROLLBACK TO SAVEPOINT s")
    cur.execute("DELETE FROM projects WHERE id IN %s", (tuple(projects),))
    cur.execute("DELETE FROM members WHERE id = %s", (member,))
with conn, conn.cursor("server_side") as cur:
    cur.itersize = 2
    cur.execute("SELECT title FROM tasks ORDER BY id")
    print(list(cur))
if sys.argv[1] == "refused":
    import io
    with conn, conn.cursor() as cur:
        cur.copy_from(io.StringIO("copied\tcopied@example.org\n"), "members", columns=("name", "email"))
        cur.execute("CREATE TEMP TABLE scratch ON COMMIT DROP AS SELECT * FROM tasks")
        cur.execute("SELECT pg_advisory_xact_lock(1)")
        cur.execute("NOTIFY channel, 'hello'")
        cur.execute("LISTEN channel")
        cur.execute("DO $$ BEGIN PERFORM 1; END $$")
        cur.execute("LOCK TABLE tasks IN SHARE MODE")
        cur.execute("EXPLAIN ANALYZE SELECT * FROM tasks")
        cur.execute("SET ROLE NONE")
        cur.execute("SET app.org_id = ''")
    with conn, conn.cursor("held", withhold=True) as cur:
        cur.execute("SELECT title FROM tasks")
with conn, conn.cursor() as cur:
    cur.copy_expert("COPY (SELECT id, title FROM tasks) TO STDOUT WITH CSV HEADER", sys.stdout)
    cur.execute("SELECT state, due_at, NULL, now(), %s::jsonb ->> 'a' FROM tasks WHERE search @@ plainto_tsquery('english', %s)", ('{"a": 1}', "report"))
    print(cur.fetchall())
    cur.callproc("pg_catalog.upper", ("x",))
conn.set_session(isolation_level="SERIALIZABLE", readonly=True, deferrable=True)
with conn, conn.cursor() as cur:
    cur.execute("SELECT count(*) FROM tasks")
conn.set_session(isolation_level="DEFAULT", readonly=False, deferrable=False, autocommit=True)
conn.set_client_encoding("UTF8")
conn.cursor().execute("SELECT 1")
conn.reset()
conn.close()
print("done")
