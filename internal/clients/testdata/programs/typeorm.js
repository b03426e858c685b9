// TypeORM on node-postgres.
'use strict';

if (process.argv[2] === 'versions') {
  const version = require('../node/version.js');
  console.log('TypeORM', version('typeorm'), 'node-postgres', version('pg'), 'Node', process.version);
  process.exit();
}

require('reflect-metadata');
const { Brackets, DataSource, EntitySchema, ILike, In, IsNull, MoreThan, Not, ArrayContains, Raw } = require('typeorm');
const { PGDATABASE, PGUSER, PGPASSWORD, PGHOST, PGPORT } = process.env;
const id = { type: 'bigint', primary: true, generated: 'increment' };
const Member = new EntitySchema({ name: 'members', columns: { id, email: { type: 'text' }, name: { type: 'text' }, active: { type: 'boolean', default: true }, settings: { type: 'jsonb', default: {} }, created_at: { type: 'timestamptz', createDate: true } }, relations: { projects: { type: 'one-to-many', target: 'projects', inverseSide: 'owner' } } });
const Project = new EntitySchema({
  name: 'projects', columns: { id, name: { type: 'varchar', length: 120 }, budget: { type: 'numeric', precision: 12, scale: 2, default: 0 }, tags: { type: 'text', array: true, default: [] }, starts_on: { type: 'date', nullable: true }, created_at: { type: 'timestamptz', createDate: true }, updated_at: { type: 'timestamptz', updateDate: true } },
  relations: { owner: { type: 'many-to-one', target: 'members', joinColumn: { name: 'owner_id' }, inverseSide: 'projects' }, tasks: { type: 'one-to-many', target: 'tasks', inverseSide: 'project', cascade: true } },
});
const Task = new EntitySchema({
  name: 'tasks', columns: { id, title: { type: 'text' }, state: { type: 'enum', enum: ['todo', 'doing', 'done'], enumName: 'task_state', default: 'todo' }, priority: { type: 'int', default: 0 }, attributes: { type: 'jsonb', default: {} }, due_at: { type: 'timestamptz', nullable: true } },
  relations: { project: { type: 'many-to-one', target: 'projects', joinColumn: { name: 'project_id' }, inverseSide: 'tasks' }, labels: { type: 'many-to-many', target: 'labels', joinTable: { name: 'task_labels', joinColumn: { name: 'task_id' }, inverseJoinColumn: { name: 'label_id' } } } },
});
const Label = new EntitySchema({ name: 'labels', columns: { id: { type: 'uuid', primary: true, generated: 'uuid' }, org_id: { type: 'uuid' }, name: { type: 'text' } } });
const source = new DataSource({ type: 'postgres', host: PGHOST, port: +PGPORT, database: PGDATABASE, username: PGUSER, password: PGPASSWORD, entities: [Member, Project, Task, Label], migrations: [], applicationName: 'typeorm', installExtensions: process.argv[2] === 'refused' });
const show = async query => console.log(JSON.stringify(await query));

async function refused() {
  const runner = source.createQueryRunner();
  await source.runMigrations();
  await source.synchronize().catch(e => console.log(e.message));
  await runner.dropTable('task_labels');
  await runner.release();
}

async function work() {
  const members = source.getRepository('members'), tasks = source.getRepository('tasks'), projects = source.getRepository('projects'), labels = source.getRepository('labels');
  const ada = await members.findOneByOrFail({ email: ILike('ada@%'), active: true });
  await show(projects.find({ relations: { owner: true, tasks: { labels: true } }, where: { tasks: { priority: MoreThan(0) } }, order: { id: 'DESC' }, take: 2, skip: 0 }));
  await show(projects.find({ relationLoadStrategy: 'query', relations: { tasks: true }, take: 1 }));
  await show(tasks.findAndCount({ where: [{ state: In(['todo']) }, { due_at: IsNull(), title: Not('x') }], select: { id: true, title: true } }));
  await source.transaction('SERIALIZABLE', async manager => {
    const project = await manager.save('projects', { name: 'TypeORM', tags: ['a'], owner: ada, tasks: [{ title: 'one' }, { title: 'two', attributes: { a: 1 } }] });
    await manager.transaction(nested => nested.insert('members', { email: ada.email, name: 'twice' })).catch(e => console.log(e.code));
    await manager.save('projects', { ...project, name: 'renamed' });
    await manager.upsert('labels', [{ name: 'typeorm', org_id: process.env.ORG_ID }], ['org_id', 'name']);
    await manager.createQueryBuilder().insert().into('labels').values({ name: 'typeorm', org_id: process.env.ORG_ID }).orIgnore().execute();
    const label = await manager.findOneBy('labels', { name: 'typeorm' });
    await manager.createQueryBuilder().relation('tasks', 'labels').of(project.tasks[0]).add(label);
    await show(manager.find('tasks', { where: { project: { id: project.id } }, lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' } }));
    await show(manager.find('tasks', { where: { project: { id: project.id } }, lock: { mode: 'for_no_key_update', tables: ['tasks'] }, relations: { project: false } }));
    await manager.increment('tasks', { project: { id: project.id } }, 'priority', 2);
    await manager.update('tasks', { project: { id: project.id } }, { state: 'done', due_at: () => 'now()' });
    await manager.delete('labels', { name: 'typeorm' });
    await manager.remove('projects', project);
  });
  await show(tasks.createQueryBuilder('t').innerJoinAndSelect('t.project', 'p').leftJoinAndMapOne('p.boss', 'members', 'm', 'm.id = p.owner_id').where(new Brackets(b => b.where('t.title ILIKE :q', { q: '%report%' }).orWhere(`t.attributes @> :j`, { j: { a: 1 } }))).andWhere(q => 'EXISTS ' + q.subQuery().select('1').from('labels', 'l').getQuery()).orderBy('t.id', 'ASC', 'NULLS LAST').limit(2).getMany());
  await show(tasks.createQueryBuilder('t').select('t.project_id').addSelect('count(*)', 'n').addSelect('max(t.priority) FILTER (WHERE t.priority > 1)', 'm').groupBy('t.project_id').having('count(*) > :n', { n: 1 }).getRawMany());
  await show(source.createQueryBuilder().addCommonTableExpression(tasks.createQueryBuilder('t').select('t.id', 'id'), 'open').select('count(*)').from('open', 'o').getRawOne());
  await show(projects.find({ where: { tags: ArrayContains(['red']), created_at: Raw(a => `${a} < now()`) }, cache: false }));
  await show(tasks.createQueryBuilder('t').select('t.title').addSelect(`ts_rank(search, plainto_tsquery(:q))`, 'rank').where('search @@ plainto_tsquery(:q)', { q: 'report' }).distinctOn(['t.title']).getRawMany());
  console.log(await tasks.count(), await tasks.exists({ where: { state: 'done' } }), await tasks.sum('priority'), await tasks.average('priority'));
  await show(labels.find());
  const runner = source.createQueryRunner();
  await show(runner.getTable('projects'));
  await show(runner.getView('project_totals'));
  console.log(await runner.hasTable('tasks'), await runner.hasColumn('tasks', 'title'), await runner.hasSchema('public'), await runner.getCurrentSchema(), await runner.getCurrentDatabase());
  await runner.release();
  console.log(await source.showMigrations());
  for await (const row of await tasks.createQueryBuilder('t').select('t.title', 'title').stream().catch(e => { console.log('no stream'); return []; })) console.log(row);
  await show(source.query('SELECT title FROM tasks WHERE id = ANY($1)', [[1, 2]]));
}

source.initialize().then(process.argv[2] === 'refused' ? refused : work).then(() => source.destroy()).then(() => console.log('done'), e => { console.error(e); process.exit(1); });
