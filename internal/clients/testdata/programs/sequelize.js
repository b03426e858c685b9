// Sequelize on node-postgres.
'use strict';
const { DataTypes, Op, Sequelize, Transaction } = require('sequelize');

if (process.argv[2] === 'versions') {
  const version = require('../node/version.js');
  console.log('Sequelize', version('sequelize'), 'node-postgres', version('pg'), 'Node', process.version);
  process.exit();
}

const { PGDATABASE, PGUSER, PGPASSWORD, PGHOST, PGPORT } = process.env;
const sequelize = new Sequelize(PGDATABASE, PGUSER, PGPASSWORD, { host: PGHOST, port: PGPORT, dialect: 'postgres', logging: false, pool: { max: 2 }, define: { underscored: true, timestamps: false } });
const Member = sequelize.define('member', { email: DataTypes.TEXT, name: DataTypes.TEXT, active: DataTypes.BOOLEAN, settings: DataTypes.JSONB });
const Project = sequelize.define('project', { name: DataTypes.STRING(120), budget: DataTypes.DECIMAL(12, 2), tags: DataTypes.ARRAY(DataTypes.TEXT), startsOn: DataTypes.DATEONLY }, { timestamps: true });
const Task = sequelize.define('task', { title: DataTypes.TEXT, state: DataTypes.ENUM('todo', 'doing', 'done'), priority: DataTypes.INTEGER, attributes: DataTypes.JSONB, dueAt: DataTypes.DATE, search: DataTypes.TSVECTOR });
const Label = sequelize.define('label', { id: { type: DataTypes.UUID, primaryKey: true, defaultValue: DataTypes.UUIDV4 }, orgId: DataTypes.UUID, name: DataTypes.TEXT });
Member.hasMany(Project, { foreignKey: 'ownerId' });
Project.belongsTo(Member, { as: 'owner', foreignKey: 'ownerId' });
Project.hasMany(Task, { onDelete: 'CASCADE' });
Task.belongsTo(Project);
Task.belongsToMany(Label, { through: 'task_labels' });
Label.belongsToMany(Task, { through: 'task_labels' });
const show = async query => console.log(JSON.stringify(await query));

async function refused() {
  const qi = sequelize.getQueryInterface();
  await show(qi.describeTable('tasks'));
  await sequelize.sync();
  await sequelize.define('note', { body: { type: DataTypes.TEXT, comment: 'x' }, state: DataTypes.ENUM('a', 'b') }).sync({ alter: true });
  await qi.addColumn('notes', 'rank', { type: DataTypes.INTEGER, defaultValue: 1 });
  await qi.addIndex('notes', ['rank'], { concurrently: true });
  await qi.dropTable('notes', {});
  await Label.truncate({ cascade: true });
}

async function work() {
  await sequelize.authenticate();
  await show(sequelize.databaseVersion());
  const ada = await Member.findOne({ where: { active: true, email: { [Op.startsWith]: 'ada' } }, attributes: { exclude: ['createdAt'] } });
  await show(Project.findAndCountAll({ include: [{ model: Member, as: 'owner', required: true }, { model: Task, separate: true, order: [['id', 'DESC']] }], limit: 2, offset: 0, order: [['name', 'ASC NULLS LAST']] }));
  await show(Task.findAll({ include: [{ model: Label, through: { attributes: [] }, where: { name: { [Op.iLike]: '%urgent%' } } }, { model: Project, include: ['owner'] }], limit: 3, subQuery: true }));
  await sequelize.transaction({ isolationLevel: Transaction.ISOLATION_LEVELS.REPEATABLE_READ }, async transaction => {
    const project = await Project.create({ name: 'Sequelize', budget: 3.5, tags: ['a', 'b'], startsOn: '2025-01-01', ownerId: ada.id, tasks: [{ title: 'one' }, { title: 'two', attributes: { n: 1 } }] }, { include: [Task], transaction });
    await Task.bulkCreate([{ title: 'a', projectId: project.id }, { title: 'b', projectId: project.id }], { transaction, returning: ['id'] });
    await sequelize.transaction({ transaction }, t => Member.create({ email: ada.email, name: 'twice' }, { transaction: t })).catch(e => console.log(e.name));
    await show(Task.findAll({ where: { projectId: project.id }, lock: transaction.LOCK.UPDATE, skipLocked: true, transaction }));
    await show(Task.findAll({ where: { projectId: project.id }, lock: { level: transaction.LOCK.NO_KEY_UPDATE, of: Task }, include: [{ model: Project, required: true }], transaction }));
    await Task.update({ priority: 4 }, { where: { projectId: project.id, title: { [Op.or]: [{ [Op.like]: 'o%' }, { [Op.in]: ['a', 'b'] }] } }, returning: true, transaction });
    await Task.increment({ priority: 1 }, { where: { projectId: project.id }, transaction });
    await Label.upsert({ name: 'seq', orgId: process.env.ORG_ID }, { conflictFields: ['org_id', 'name'], transaction });
    await Label.bulkCreate([{ name: 'seq', orgId: process.env.ORG_ID }], { updateOnDuplicate: ['name'], conflictAttributes: ['orgId', 'name'], transaction });
    await Label.bulkCreate([{ name: 'seq', orgId: process.env.ORG_ID }], { ignoreDuplicates: true, transaction });
    await Label.findOrCreate({ where: { name: 'seq' }, defaults: { orgId: process.env.ORG_ID }, transaction });
    const task = await Task.findOne({ where: { projectId: project.id }, transaction });
    await task.addLabel(await Label.findOne({ where: { name: 'seq' }, transaction }), { transaction });
    await task.update({ title: "it's", attributes: { a: 'b' } }, { transaction });
    await task.reload({ transaction });
    await Label.destroy({ where: { name: 'seq' }, transaction });
    await project.destroy({ transaction });
  });
  await show(Task.findAll({ attributes: ['projectId', [sequelize.fn('COUNT', sequelize.col('id')), 'n'], [sequelize.literal('sum(priority) FILTER (WHERE priority > 1)'), 's']], group: ['projectId'], having: sequelize.where(sequelize.fn('COUNT', sequelize.col('id')), Op.gt, 1) }));
  await show(Task.findAll({ where: { attributes: { colour: 'red', size: { [Op.gte]: 1 } }, [Op.and]: [sequelize.where(sequelize.fn('lower', sequelize.col('title')), 'write the report')] } }));
  await show(Task.findAll({ where: { attributes: { [Op.contains]: { colour: 'red' } }, search: { [Op.match]: sequelize.fn('to_tsquery', 'report') }, title: { [Op.iRegexp]: '^w' } } }));
  await show(Project.findAll({ where: { tags: { [Op.contains]: ['red'], [Op.overlap]: ['blue'] }, id: { [Op.between]: [1, 100000], [Op.any]: sequelize.literal('ARRAY(SELECT project_id FROM tasks)') } } }));
  console.log(await Task.count({ distinct: true, col: 'state' }), await Task.max('priority'), await Task.sum('priority'));
  await show(sequelize.query('SELECT title, rank() OVER (ORDER BY priority) FROM tasks WHERE title LIKE :like', { replacements: { like: "%'report%" } }));
  await show(sequelize.query('SELECT * FROM project_totals WHERE tasks > $1', { bind: [0], type: 'SELECT' }));
  const qi = sequelize.getQueryInterface();
  await show(qi.showAllTables());
  await show(qi.tableExists('tasks'));
  await show(qi.showIndex('tasks'));
  await show(qi.getForeignKeyReferencesForTable('tasks'));
  await show(qi.showConstraint('tasks'));
  await show(qi.showAllSchemas());
  await show(sequelize.query('SELECT "name" FROM "SequelizeMeta" AS "SequelizeMeta" ORDER BY "SequelizeMeta"."name" ASC;'));
}

(process.argv[2] === 'refused' ? refused : work)().then(() => sequelize.close()).then(() => console.log('done'), e => { console.error(e); process.exit(1); });
