// node-postgres: a pool, prepared statements, a cursor, a stream.
'use strict';
const { Pool, Client } = require('pg');
const Cursor = require('pg-cursor');
const QueryStream = require('pg-query-stream');

if (process.argv[2] === 'versions') {
  const version = require('../node/version.js');
  console.log('node-postgres', version('pg'), 'pg-cursor', version('pg-cursor'), 'pg-query-stream', version('pg-query-stream'), 'Node', process.version);
  process.exit();
}

async function main() {
  const pool = new Pool({ max: 2, statement_timeout: 30000, idle_in_transaction_session_timeout: 30000, application_name: 'web', options: '-c lock_timeout=5000' });
  const show = async (...query) => console.log(JSON.stringify((await pool.query(...query)).rows));
  await show('SELECT NOW()');
  await show('SELECT id, email, settings FROM members WHERE active = $1 AND email ILIKE $2 ORDER BY id LIMIT $3', [true, '%@%', 10]);
  for (let i = 0; i < 2; i++) await show({ name: 'tasks-by-state', text: 'SELECT t.*, p.name FROM tasks t JOIN projects p ON p.id = t.project_id WHERE t.state = $1', values: ['todo'] });
  await show({ text: 'SELECT unnest(tags), count(*) FROM projects WHERE id = ANY($1::int8[]) OR true GROUP BY 1', values: [[1, 2]], rowMode: 'array' });
  const client = await pool.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const { rows: [project] } = await client.query('INSERT INTO projects (name, tags, budget) VALUES ($1, $2, $3) RETURNING *', ["node", ['a', 'b'], '1.50']);
    await client.query('INSERT INTO tasks (project_id, title, attributes) SELECT $1, t, $3::jsonb FROM unnest($2::text[]) t', [project.id, ['x', 'y', 'z'], { a: 1 }]);
    await client.query('SAVEPOINT one');
    await client.query('UPDATE tasks SET priority = NULL WHERE project_id = $1', [project.id]).catch(e => console.log(e.code));
    await client.query('ROLLBACK TO SAVEPOINT one');
    await client.query('RELEASE SAVEPOINT one');
    console.log((await client.query('UPDATE tasks SET state = $2 WHERE id IN (SELECT id FROM tasks WHERE project_id = $1 ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id, state', [project.id, 'doing'])).rows);
    await client.query(`INSERT INTO labels (name, colour) VALUES ($1, $2) ON CONFLICT (org_id, name) DO UPDATE SET colour = EXCLUDED.colour`, ['node', '#112233']);
    await client.query('DELETE FROM labels WHERE name = $1', ['node']);
    await client.query('DELETE FROM projects WHERE id = $1', [project.id]);
    await client.query('COMMIT');
    const cursor = client.query(new Cursor('SELECT title, row_number() OVER (ORDER BY id) FROM tasks WHERE id > $1', [0]));
    console.log(await cursor.read(2), await cursor.read(100));
    await cursor.close();
    for await (const row of client.query(new QueryStream('SELECT title FROM tasks'))) console.log(row.title);
    console.log((await client.query('SELECT 1 AS a; SELECT 2 AS b')).map(r => r.rows));
  } finally {
    client.release();
  }
  await show(`WITH open AS (SELECT project_id, count(*) n FROM tasks WHERE state <> 'done' GROUP BY 1)
    SELECT p.name, coalesce(o.n, 0) AS n, CASE WHEN o.n > 1 THEN 'many' ELSE 'few' END, p.created_at AT TIME ZONE 'UTC'
    FROM projects p LEFT JOIN open o ON o.project_id = p.id WHERE EXISTS (SELECT 1 FROM tasks t WHERE t.project_id = p.id AND t.search @@ websearch_to_tsquery($1))`, ['report']);
  await show(`SELECT attributes->>'colour', attributes #>> '{a,b}', jsonb_agg(title) FROM tasks WHERE attributes @> $1 AND attributes ? 'size' GROUP BY 1, 2`, [{ colour: 'red' }]);
  await pool.query('DISCARD ALL'); // a pool's reset
  await pool.end();
  const single = new Client();
  await single.connect();
  await Promise.all([single.query('SELECT pg_backend_pid() > 0'), single.query('SELECT current_user, current_database(), version()')]);
  await single.end();
}

main().then(() => console.log('done'), e => { console.error(e); process.exit(1); });
