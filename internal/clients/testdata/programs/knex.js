// Knex on node-postgres.
'use strict';

if (process.argv[2] === 'versions') {
  const version = require('../node/version.js');
  console.log('Knex', version('knex'), 'node-postgres', version('pg'), 'Node', process.version);
  process.exit();
}

const knex = require('knex')({ client: 'pg', connection: { application_name: 'knex' }, pool: { min: 0, max: 2 }, searchPath: undefined });
const show = async query => console.log(JSON.stringify(await query));

async function refused() {
  await knex.schema.createTable('notes', t => { t.increments(); t.string('body').index().comment('x'); t.bigInteger('task_id').references('tasks.id').onDelete('CASCADE'); t.timestamps(true, true); t.jsonb('data'); t.enu('state', ['a', 'b']); });
  await knex.schema.alterTable('notes', t => { t.renameColumn('body', 'text'); t.dropColumn('data'); });
  await knex.schema.dropTableIfExists('notes');
  await knex.migrate.latest({ migrationSource: { getMigrations: async () => ['one'], getMigrationName: m => m, getMigration: async () => ({ up: k => k.raw('SELECT 1'), down: k => k.raw('SELECT 1') }) } });
  await knex('projects').truncate().catch(e => console.log(e.code));
  await knex.raw('LOCK TABLE tasks IN EXCLUSIVE MODE').catch(e => console.log(e.code));
}

async function work() {
  await show(knex('members').select('id', 'email', 'settings').where({ active: true }).whereILike('email', '%@%').orderBy('id', 'desc').limit(5).offset(0));
  await show(knex('tasks as t').join('projects as p', 'p.id', 't.project_id').leftJoin('members as m', 'm.id', 'p.owner_id').select('t.title', 'p.name', { owner: 'm.name' }).whereIn('t.state', ['todo', 'doing']).whereNotNull('t.title'));
  await knex.transaction(async trx => {
    const [project] = await trx('projects').insert({ name: 'knex', tags: ['a'], budget: 5 }).returning('*');
    await trx.batchInsert('tasks', [1, 2, 3].map(n => ({ project_id: project.id, title: `t${n}`, attributes: { n } })), 2);
    await trx.transaction(async nested => { await nested('tasks').where({ project_id: project.id }).update({ title: null }); }).catch(e => console.log(e.code));
    await show(trx('tasks').where({ project_id: project.id }).forUpdate().skipLocked().first());
    await show(trx('tasks').where({ project_id: project.id }).forShare().noWait());
    await trx('tasks').where({ project_id: project.id }).increment('priority', 2);
    await trx('labels').insert([{ name: 'knex' }, { name: 'knex 2' }]).onConflict(['org_id', 'name']).merge(['name']);
    await trx('labels').insert({ name: 'knex' }).onConflict().ignore();
    await trx('labels').where('name', 'like', 'knex%').del();
    await trx('projects').where({ id: project.id }).delete(['id']);
  }, { isolationLevel: 'repeatable read' });
  await show(knex('tasks').select('project_id').count('* as n').sum('priority').avg('priority').max('title').groupBy('project_id').having(knex.raw('count(*) > ?', [1])).orderByRaw('2 DESC NULLS LAST'));
  await show(knex.with('open', knex('tasks').whereNot('state', 'done')).from('open').select('title', knex.raw('row_number() over (partition by project_id order by id) as r')));
  await show(knex.withRecursive('tree', q => q.select('id', 'parent_id').from('tasks').whereNull('parent_id').unionAll(u => u.select('tasks.id', 'tasks.parent_id').from('tasks').join('tree', 'tree.id', 'tasks.parent_id'))).from('tree').count());
  await show(knex('projects').whereExists(knex('tasks').whereRaw('tasks.project_id = projects.id')).whereRaw('tags @> ?', [['red']]).select(knex('tasks').count().whereRaw('project_id = projects.id').as('n')));
  await show(knex('tasks').whereJsonSupersetOf('attributes', { colour: 'red' }).whereJsonPath('attributes', '$.size', '>', 1).jsonExtract('attributes', '$.colour', 'colour').rank('r', 'priority'));
  await show(knex('members').distinctOn('name').select().union(knex('members').select()).limit(2));
  await show(knex('project_totals').columnInfo());
  console.log(await knex.schema.hasTable('tasks'), await knex.schema.hasColumn('tasks', 'title'));
  await show(knex('knex_migrations').select('name'));
  await show(knex('knex_migrations_lock').select('is_locked'));
  for await (const row of knex('tasks').select('title').stream()) console.log(row.title);
}

(process.argv[2] === 'refused' ? refused : work)().then(() => knex.destroy()).then(() => console.log('done'), e => { console.error(e); process.exit(1); });
