"""SQLAlchemy's mapper on psycopg2 and on asyncpg, with reflection and Alembic."""
import asyncio
import os
import sys
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql as pg

if sys.argv[1] == "versions":
    import alembic, asyncpg, psycopg2
    print("SQLAlchemy", sa.__version__, "psycopg2", psycopg2.__version__.split()[0], "asyncpg", asyncpg.__version__, "Alembic", alembic.__version__)
    sys.exit()

url = "{PGUSER}:{PGPASSWORD}@{PGHOST}:{PGPORT}/{PGDATABASE}".format(**os.environ)
engine = sa.create_engine("postgresql+psycopg2://" + url, future=True, pool_pre_ping=True, isolation_level="READ COMMITTED", executemany_mode="values_plus_batch")
Base = orm.declarative_base()


class Member(Base):
    __tablename__ = "members"
    id = sa.Column(sa.BigInteger, primary_key=True)
    email = sa.Column(sa.Text)
    name = sa.Column(sa.Text)
    settings = sa.Column(pg.JSONB, server_default="{}")
    projects = orm.relationship("Project", back_populates="owner")


class Project(Base):
    __tablename__ = "projects"
    id = sa.Column(sa.BigInteger, primary_key=True)
    owner_id = sa.Column(sa.ForeignKey("members.id"))
    name = sa.Column(sa.String(120))
    budget = sa.Column(sa.Numeric(12, 2))
    tags = sa.Column(pg.ARRAY(sa.Text))
    created_at = sa.Column(sa.DateTime(timezone=True), server_default=sa.func.now())
    owner = orm.relationship(Member, back_populates="projects")
    tasks = orm.relationship("Task", back_populates="project", cascade="all, delete-orphan")


task_labels = sa.Table("task_labels", Base.metadata, sa.Column("task_id", sa.ForeignKey("tasks.id")), sa.Column("label_id", sa.ForeignKey("labels.id")))


class Label(Base):
    __tablename__ = "labels"
    id = sa.Column(pg.UUID(as_uuid=True), primary_key=True)
    name = sa.Column(sa.Text)


class Task(Base):
    __tablename__ = "tasks"
    id = sa.Column(sa.BigInteger, primary_key=True)
    project_id = sa.Column(sa.ForeignKey("projects.id"))
    parent_id = sa.Column(sa.ForeignKey("tasks.id"))
    title = sa.Column(sa.Text)
    state = sa.Column(pg.ENUM("todo", "doing", "done", name="task_state", create_type=False), server_default="todo")
    priority = sa.Column(sa.Integer, server_default="0")
    attributes = sa.Column(pg.JSONB, server_default="{}")
    due_at = sa.Column(sa.DateTime(timezone=True))
    search = sa.Column(pg.TSVECTOR, sa.Computed("to_tsvector('english', title)", persisted=True))
    project = orm.relationship(Project, back_populates="tasks")
    labels = orm.relationship(Label, secondary=task_labels)


if sys.argv[1] == "refused":
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    with engine.begin() as conn:
        context = MigrationContext.configure(conn)
        print(context.get_current_revision())
        op = Operations(context)
        op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True), sa.Column("body", sa.Text, comment="x"))
        op.add_column("notes", sa.Column("rank", sa.Integer, server_default="1"))
        op.create_index("notes_rank", "notes", ["rank"])
        op.drop_table("notes")
        op.execute("TRUNCATE alembic_version")
    sa.MetaData().create_all(engine)
    print("done")
    sys.exit()


def rows(session, statement):
    print([tuple(str(v) for v in row) for row in session.execute(statement)])


Session = orm.sessionmaker(engine, future=True)
with Session.begin() as s:
    ada = s.execute(sa.select(Member).where(Member.email.startswith("ada", autoescape=True))).scalar_one()
    project = Project(owner=ada, name="SQLAlchemy", budget=10, tags=["a", "b"], tasks=[Task(title=f"task {n}", attributes={"n": n}, priority=n) for n in range(3)])
    s.add(project)
    s.flush()
    s.add_all([Project(name=f"bulk {n}", budget=n, tags=[]) for n in range(3)])
    s.flush()
    try:
        with s.begin_nested():
            s.add(Member(email=ada.email, name="twice"))
    except sa.exc.IntegrityError as e:
        print(e.orig.pgcode)
    upsert = pg.insert(Member).values([{"email": ada.email, "name": "Ada"}, {"email": "new@example.org", "name": "New"}])
    rows(s, upsert.on_conflict_do_update(index_elements=["org_id", "email"], set_={"name": upsert.excluded.name}).returning(Member.id, Member.email))
    s.execute(pg.insert(Member).values(email=ada.email, name="no").on_conflict_do_nothing())
    s.execute(sa.insert(Task), [{"project_id": project.id, "title": f"many {n}"} for n in range(3)])
    rows(s, sa.select(Task.id, Task.title).where(Task.project_id == project.id).with_for_update(skip_locked=True, of=Task).limit(2))
    rows(s, sa.select(Task.id).with_for_update(key_share=True, nowait=True))
    s.execute(sa.update(Task).where(Task.project_id == project.id).values(priority=Task.priority + 1).execution_options(synchronize_session="fetch"))
    rows(s, sa.update(Task).where(Task.project_id == Project.id, Project.name == "SQLAlchemy").values(due_at=sa.func.now() + sa.text("interval '1 day'")).returning(Task.id).execution_options(synchronize_session=False))
    project.tasks[0].title = "changed"
    project.tasks[0].labels = s.execute(sa.select(Label)).scalars().all()
with Session() as s:
    for option in (orm.joinedload(Project.tasks).joinedload(Task.labels), orm.selectinload(Project.tasks).selectinload(Task.labels), orm.subqueryload(Project.tasks)):
        for p in s.execute(sa.select(Project).options(option, orm.joinedload(Project.owner)).order_by(Project.id).limit(3)).unique().scalars():
            print(p.name, [t.title for t in p.tasks])
        s.expire_all()
    rows(s, sa.select(Project.name, sa.func.count(Task.id).filter(Task.state == "todo"), sa.func.sum(Task.priority)).outerjoin(Project.tasks).group_by(Project.id).having(sa.func.count(Task.id) > 0).order_by(sa.desc(Project.name).nulls_last()))
    rows(s, sa.select(Task.title, sa.func.row_number().over(partition_by=Task.project_id, order_by=Task.priority.desc()), sa.func.lag(Task.priority, 1).over(order_by=Task.id, rows=(None, 0))))
    tree = sa.select(Task.id, Task.parent_id).where(Task.priority > 1).cte("tree", recursive=True)
    tree = tree.union_all(sa.select(Task.id, Task.parent_id).join(tree, Task.parent_id == tree.c.id))
    rows(s, sa.select(sa.union_all(sa.select(tree.c.id), sa.select(Task.id)).subquery()))
    rows(s, sa.select(Project.name).where(sa.exists().where(Task.project_id == Project.id), Project.name.in_(["a", "b"]) | Project.name.ilike("%proj%"), sa.not_(Project.tags.contains(["q"])), Project.tags.any("red")))
    rows(s, sa.select(Task.attributes["colour"].astext, Task.attributes[("a", "b")], sa.cast(Task.attributes["size"].astext, sa.Integer)).where(Task.attributes.contains({"colour": "red"}), Task.attributes.has_key("size"), Task.attributes["size"].astext.cast(sa.Integer) > 0))
    rows(s, sa.select(Task.title, sa.func.ts_rank(Task.search, sa.func.plainto_tsquery("english", "report"))).where(Task.search.match("report", postgresql_regconfig="english")))
    rows(s, sa.select(sa.case((Task.priority > 2, "high"), else_="low"), sa.func.count(), sa.func.array_agg(pg.aggregate_order_by(Task.title, Task.id)), sa.func.string_agg(Task.title, ",")).group_by(sa.text("1")))
    rows(s, sa.select(sa.func.date_trunc("month", Project.created_at), sa.extract("year", Project.created_at)))
    latest = sa.select(Task.title).where(Task.project_id == Project.id).limit(1).lateral()
    rows(s, sa.select(Project.name, latest.c.title).join(latest, sa.true()))
    rows(s, sa.select(sa.func.percentile_cont(0.5).within_group(Task.priority), sa.func.jsonb_agg(sa.func.jsonb_build_object("id", Task.id)), sa.func.count(sa.distinct(Task.state))))
    rows(s, sa.select(sa.tablesample(Task.__table__, sa.func.bernoulli(50)).c.id))
    rows(s, sa.text("SELECT name FROM members WHERE settings @> CAST(:s AS jsonb)").bindparams(s="{}"))
    for row in s.execute(sa.select(Task.title).execution_options(stream_results=True, max_row_buffer=2)):
        print(row)
    s.query(Project).filter(Project.name.like("bulk%")).delete(synchronize_session=False)
    s.delete(s.execute(sa.select(Project).where(Project.name == "SQLAlchemy")).scalar_one())
    s.execute(sa.delete(Member).where(Member.email == "new@example.org"))
    s.commit()
inspector = sa.inspect(engine)
own = ["members", "projects", "tasks", "task_labels", "events"]
print(inspector.default_schema_name, inspector.get_schema_names(), inspector.get_table_names(), inspector.get_view_names(), inspector.get_sequence_names(), inspector.get_enums())
for table in own:
    print(inspector.get_columns(table), inspector.get_pk_constraint(table), inspector.get_foreign_keys(table), inspector.get_indexes(table), inspector.get_unique_constraints(table), inspector.get_check_constraints(table), inspector.get_table_comment(table))
print(inspector.get_view_definition("project_totals"), inspector.has_table("tasks"))
metadata = sa.MetaData()
metadata.reflect(engine, views=True, only=["projects", "project_totals"])
print(sorted(metadata.tables))
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
with engine.connect() as conn:
    context = MigrationContext.configure(conn, opts={"include_name": lambda name, kind, parents: kind != "table" or name in ("projects", "tasks")})
    print(context.get_current_heads(), len(compare_metadata(context, metadata)))
with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
    conn.execute(sa.text("SELECT 1"))
with engine.connect().execution_options(isolation_level="SERIALIZABLE", postgresql_readonly=True) as conn:
    conn.execute(sa.text("SELECT 1"))


async def main():
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
    e = create_async_engine("postgresql+asyncpg://" + url, pool_pre_ping=True)
    async with AsyncSession(e) as s, s.begin():
        print((await s.execute(sa.select(Task.title, Task.attributes, Task.state).where(Task.priority >= 0, Task.state == "todo").limit(3))).all())
        project = Project(name="async", budget=1, tags=["x"])
        s.add(project)
        await s.flush()
        async with s.begin_nested():
            await s.execute(sa.update(Project).where(Project.id == project.id).values(name="later"))
        await s.delete(project)
    await e.dispose()


asyncio.run(main())
engine.dispose()
print("done")
