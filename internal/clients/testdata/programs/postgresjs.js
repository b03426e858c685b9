// postgres.js: pipelined prepared statements, its look-up of types, a cursor.
'use strict';
const postgres = require('postgres');

if (process.argv[2] === 'versions') {
  const version = require('../node/version.js');
  console.log('postgres.js', version('postgres'), 'Node', process.version);
  process.exit();
}

async function main() {
  const sql = postgres({ max: 2, connection: { application_name: 'postgres.js', statement_timeout: 30000 }, onnotice: () => {} });
  const show = async query => console.log(JSON.stringify(await query));
  await show(sql`SELECT id, email, settings FROM members WHERE active = ${true} AND email = ANY(${['x', 'y']}) OR name IN ${sql(['Ada', 'Bob'])}`);
  await show(sql`SELECT ${sql(['id', 'title', 'attributes'])} FROM ${sql('tasks')} WHERE state = ${'todo'} ${true ? sql`AND priority >= ${0}` : sql``} ORDER BY ${sql('id')} DESC LIMIT ${3}`);
  await sql.begin('ISOLATION LEVEL SERIALIZABLE', async sql => {
    const [project] = await sql`INSERT INTO projects ${sql({ name: 'postgres.js', tags: ['a', 'b'], budget: 1 })} RETURNING *`;
    await sql`INSERT INTO tasks ${sql([{ project_id: project.id, title: 'one' }, { project_id: project.id, title: 'two' }])}`;
    await sql`UPDATE tasks SET ${sql({ title: 'changed', attributes: sql.json({ a: [1] }) })} WHERE project_id = ${project.id}`;
    await sql.savepoint(async sql => {
      await sql`UPDATE projects SET name = NULL WHERE id = ${project.id}`;
    }).catch(e => console.log(e.code));
    await sql.savepoint('named', sql => sql`UPDATE tasks AS t SET title = v.title FROM (VALUES ${sql([[1, 'a'], [2, 'b']])}) AS v (id, title) WHERE t.id = v.id::int AND t.project_id = ${project.id}`);
    await sql`DELETE FROM projects WHERE id = ${project.id}`;
  });
  for await (const rows of sql`SELECT title FROM tasks ORDER BY id`.cursor(2)) console.log(rows);
  await sql`SELECT name FROM projects`.forEach(row => console.log(row.name));
  console.log(await sql`SELECT count(*) FROM tasks`.describe());
  await show(sql.unsafe('SELECT 1; SELECT 2'));
  await show(sql`SELECT 1`.simple());
  for await (const chunk of await sql`COPY (SELECT title FROM tasks) TO STDOUT`.readable()) console.log(String(chunk));
  await show(sql`SELECT ${sql.array([1, 2])}::int[], ${new Date(0)}::timestamptz, ${Buffer.from('x')}::bytea, ${null}::text`);
  const reserved = await sql.reserve();
  await reserved`SELECT 1`;
  reserved.release();
  await sql.end();
}

main().then(() => console.log('done'), e => { console.error(e); process.exit(1); });
