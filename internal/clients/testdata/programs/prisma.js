// Prisma on node-postgres, by its driver adapter.
'use strict';

if (process.argv[2] === 'versions') {
  const version = require('../node/version.js');
  require('.prisma/client');
  console.log('Prisma', version('@prisma/client'), '@prisma/adapter-pg', version('@prisma/adapter-pg'), 'node-postgres', version('pg'), 'Node', process.version);
  process.exit();
}

const { PrismaPg } = require('@prisma/adapter-pg');
const { Prisma, PrismaClient } = require('@prisma/client');
const { PGDATABASE, PGUSER, PGPASSWORD, PGHOST, PGPORT } = process.env;
const prisma = new PrismaClient({ adapter: new PrismaPg({ host: PGHOST, port: +PGPORT, database: PGDATABASE, user: PGUSER, password: PGPASSWORD, max: 2 }), errorFormat: 'minimal' });
const show = async query => console.log(JSON.stringify(await query, (_, v) => typeof v === 'bigint' ? String(v) : v));

async function work() {
  await prisma.$connect();
  const ada = await prisma.members.findFirstOrThrow({ where: { active: true, email: { startsWith: 'ada', mode: 'insensitive' } } });
  await show(prisma.projects.findMany({ include: { members: true, tasks: { where: { priority: { gt: 0 } }, orderBy: { id: 'desc' }, take: 2, include: { task_labels: { include: { labels: true } } } }, _count: { select: { tasks: true } } }, where: { OR: [{ name: { contains: 'Project' } }, { tags: { has: 'red' } }, { tags: { hasSome: ['x', 'y'] } }], NOT: { starts_on: { lt: new Date() } } }, orderBy: [{ name: 'asc' }, { starts_on: { sort: 'desc', nulls: 'last' } }], skip: 0, take: 2 }));
  await show(prisma.tasks.findMany({ where: { projects: { members: { email: { endsWith: '.example' } } }, task_labels: { some: { labels: { name: { not: 'x' } } } }, state: { in: ['todo', 'doing'] } }, distinct: ['state'], cursor: { id: 1n }, take: -2 }));
  await show(prisma.tasks.findMany({ where: { attributes: { path: ['colour'], equals: 'red' } }, select: { title: true, attributes: true } }));
  const project = await prisma.projects.create({ data: { name: 'Prisma', tags: ['a', 'b'], budget: new Prisma.Decimal('1.5'), starts_on: new Date('2025-01-01'), members: { connect: { id: ada.id } }, tasks: { create: [{ title: 'one', attributes: { n: 1 } }, { title: 'two' }] } }, include: { tasks: true } });
  await prisma.$transaction(async tx => {
    await tx.tasks.createMany({ data: [{ project_id: project.id, title: 'a' }, { project_id: project.id, title: 'b' }], skipDuplicates: true });
    await show(tx.tasks.createManyAndReturn({ data: [{ project_id: project.id, title: 'c' }] }));
    await tx.tasks.updateMany({ where: { project_id: project.id, title: { not: 'one' } }, data: { priority: { increment: 2 }, state: 'done' } });
    await show(tx.tasks.updateManyAndReturn({ where: { project_id: project.id }, data: { due_at: new Date() } }));
    await tx.tasks.update({ where: { id: project.tasks[0].id }, data: { title: 'changed', projects: { update: { name: 'renamed' } } } });
    await tx.labels.upsert({ where: { org_id_name: { org_id: process.env.ORG_ID, name: 'prisma' } }, create: { name: 'prisma' }, update: { colour: '#112233' } });
    await tx.labels.deleteMany({ where: { name: 'prisma' } });
    await show(tx.$queryRaw`SELECT id FROM tasks WHERE project_id = ${project.id} ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`);
  }, { isolationLevel: 'Serializable' });
  await prisma.$transaction([prisma.tasks.count(), prisma.members.update({ where: { id: ada.id }, data: { settings: { theme: 'dark' } } })]);
  await prisma.members.create({ data: { email: ada.email, name: 'twice', org_id: process.env.ORG_ID } }).catch(e => console.log(e.code));
  await prisma.$transaction(async tx => { await tx.tasks.deleteMany({ where: { project_id: project.id } }); throw new Error('rolled back'); }).catch(e => console.log(e.message));
  await prisma.projects.delete({ where: { id: project.id } });
  await show(prisma.tasks.groupBy({ by: ['project_id', 'state'], _count: { _all: true }, _avg: { priority: true }, having: { priority: { _max: { gt: 0 } } }, orderBy: { project_id: 'asc' } }));
  await show(prisma.tasks.aggregate({ _sum: { priority: true }, _min: { due_at: true }, where: { title: { contains: 'report' } } }));
  await show(prisma.members.findUnique({ where: { id: ada.id } }).projects({ where: { budget: { gte: 0 } } }));
  await show(Promise.all([1n, 2n, 3n].map(id => prisma.tasks.findUnique({ where: { id } })))); // one query for all
  await show(prisma.labels.findMany({ where: { id: { in: ['00000000-0000-0000-0000-000000000000'] } } }));
  await show(prisma.labels.findMany());
  await show(prisma.$queryRaw`SELECT title, rank() OVER (ORDER BY priority) FROM tasks WHERE search @@ websearch_to_tsquery(${'report'}) AND id = ANY(${[1, 2]}::bigint[])`);
  console.log(await prisma.$executeRaw`UPDATE tasks SET priority = priority WHERE id = ${1}`, await prisma.$executeRawUnsafe('SELECT 1'));
}

// An upsert in one statement is ON CONFLICT DO UPDATE … WHERE, for which a server needs the fixes of November 2026.
async function refused() {
  const key = { org_id: process.env.ORG_ID, name: 'prisma' };
  await prisma.labels.upsert({ where: { org_id_name: key }, create: key, update: { colour: '#445566' } });
}

(process.argv[2] === 'refused' ? refused().then(work) : work()).then(() => prisma.$disconnect()).then(() => console.log('done'), e => { console.error(e); process.exit(1); });
