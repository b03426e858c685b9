// Drizzle on postgres.js.
'use strict';
const { and, asc, avg, count, desc, eq, exists, gt, ilike, inArray, isNull, like, or, relations, sql, arrayContains } = require('drizzle-orm');
const { drizzle } = require('drizzle-orm/postgres-js');
const pg = require('drizzle-orm/pg-core');
const postgres = require('postgres');

if (process.argv[2] === 'versions') {
  const version = require('../node/version.js');
  console.log('Drizzle', version('drizzle-orm'), 'postgres.js', version('postgres'), 'Node', process.version);
  process.exit();
}

const id = () => pg.bigserial('id', { mode: 'number' }).primaryKey();
const state = pg.pgEnum('task_state', ['todo', 'doing', 'done']);
const members = pg.pgTable('members', { id: id(), email: pg.text('email').notNull(), name: pg.text('name').notNull(), settings: pg.jsonb('settings') });
const projects = pg.pgTable('projects', { id: id(), ownerId: pg.bigint('owner_id', { mode: 'number' }), name: pg.varchar('name', { length: 120 }).notNull(), budget: pg.numeric('budget'), tags: pg.text('tags').array(), createdAt: pg.timestamp('created_at', { withTimezone: true }).defaultNow() });
const tasks = pg.pgTable('tasks', { id: id(), projectId: pg.bigint('project_id', { mode: 'number' }).notNull(), title: pg.text('title').notNull(), state: state('state').default('todo'), priority: pg.integer('priority').default(0), attributes: pg.jsonb('attributes').default({}) });
const labels = pg.pgTable('labels', { id: pg.uuid('id').defaultRandom().primaryKey(), orgId: pg.uuid('org_id').default(sql`current_setting('app.org_id')::uuid`), name: pg.text('name') });
const schema = {
  members, projects, tasks, labels,
  memberRelations: relations(members, ({ many }) => ({ projects: many(projects) })),
  projectRelations: relations(projects, ({ one, many }) => ({ owner: one(members, { fields: [projects.ownerId], references: [members.id] }), tasks: many(tasks) })),
  taskRelations: relations(tasks, ({ one }) => ({ project: one(projects, { fields: [tasks.projectId], references: [projects.id] }) })),
};
const client = postgres({ max: 2 });
const db = drizzle(client, { schema });
const show = async query => console.log(JSON.stringify(await query));

async function work() {
  await show(db.query.projects.findMany({ with: { owner: true, tasks: { where: gt(tasks.priority, 0), orderBy: desc(tasks.id), limit: 2 } }, where: or(like(projects.name, '%mk%'), isNull(projects.ownerId)), limit: 2, extras: { lower: sql`lower(${projects.name})`.as('lower') } }));
  await show(db.query.members.findFirst({ columns: { email: true }, with: { projects: true } }));
  await db.transaction(async tx => {
    const [project] = await tx.insert(projects).values({ name: 'Drizzle', tags: ['a', 'b'], budget: '1.5' }).returning();
    await tx.insert(tasks).values([1, 2].map(n => ({ projectId: project.id, title: `t${n}`, attributes: { n } })));
    await tx.transaction(async nested => { await nested.update(tasks).set({ title: sql`NULL` }).where(eq(tasks.projectId, project.id)); }).catch(e => console.log(e.cause?.code));
    await show(tx.select().from(tasks).where(eq(tasks.projectId, project.id)).for('update', { skipLocked: true }));
    await tx.insert(labels).values({ name: 'drizzle', orgId: process.env.ORG_ID }).onConflictDoUpdate({ target: [labels.orgId, labels.name], set: { name: sql`excluded.name` } });
    await tx.insert(labels).values({ name: 'drizzle', orgId: process.env.ORG_ID }).onConflictDoNothing();
    await tx.update(tasks).set({ priority: sql`${tasks.priority} + 1` }).from(projects).where(and(eq(tasks.projectId, projects.id), eq(projects.id, project.id))).returning({ id: tasks.id });
    await tx.delete(labels).where(eq(labels.name, 'drizzle'));
    await tx.delete(projects).where(eq(projects.id, project.id)).returning();
  }, { isolationLevel: 'repeatable read', accessMode: 'read write' });
  const open = db.$with('open').as(db.select().from(tasks).where(inArray(tasks.state, ['todo', 'doing'])));
  await show(db.with(open).select({ project: projects.name, n: count(), average: avg(open.priority), rank: sql`rank() over (order by count(*))` }).from(open).innerJoin(projects, eq(projects.id, open.projectId)).groupBy(projects.name).having(gt(count(), 1)).orderBy(asc(projects.name)));
  await show(db.selectDistinctOn([tasks.title], { title: tasks.title }).from(tasks).leftJoin(projects, eq(projects.id, tasks.projectId)).where(exists(db.select().from(members).where(eq(members.id, projects.ownerId)))));
  await show(db.select().from(projects).where(and(arrayContains(projects.tags, ['red']), ilike(projects.name, '%PROJECT%'))).limit(1).offset(1));
  await show(db.select({ name: members.name }).from(members).union(db.select({ name: projects.name }).from(projects)));
  await show(db.execute(sql`SELECT attributes ->> 'colour' AS colour FROM tasks WHERE search @@ plainto_tsquery('english', ${'report'})`));
  console.log(await db.$count(tasks));
  const prepared = db.select().from(tasks).where(eq(tasks.id, sql.placeholder('id'))).prepare('by_id');
  await show(prepared.execute({ id: 1 }));
}

work().then(() => client.end()).then(() => console.log('done'), e => { console.error(e); process.exit(1); });
