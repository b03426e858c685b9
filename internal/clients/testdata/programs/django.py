"""Django's mapper on psycopg2, with its introspection and migrations."""
import os
import sys
import types

import django
from django.apps import AppConfig
from django.conf import settings
from django.core.management import call_command

if sys.argv[1] == "versions":
    import psycopg2
    print("Django", django.get_version(), "psycopg2", psycopg2.__version__.split()[0])
    sys.exit()

# The application "app" is this file.
app = sys.modules["app"] = types.ModuleType("app")
app.Config = type("Config", (AppConfig,), {"name": "app", "path": os.path.dirname(__file__), "__module__": "app"})
settings.configure(
    SECRET_KEY="x", USE_TZ=True, TIME_ZONE="Europe/Berlin", INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.postgres", "app.Config"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"], "NAME": os.environ["PGDATABASE"],
        "USER": os.environ["PGUSER"], "PASSWORD": os.environ["PGPASSWORD"], "OPTIONS": {"sslmode": "disable"}}})
django.setup()

from django.contrib.postgres.aggregates import ArrayAgg, StringAgg
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector, SearchVectorField
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Avg, Case, Count, Exists, F, OuterRef, Prefetch, Q, Subquery, Sum, Value, When, Window
from django.db.models.functions import Coalesce, Concat, Extract, Lower, Now, Rank, TruncMonth


class Base(models.Model):
    class Meta:
        abstract = True
        app_label = "app"
        managed = False


class Member(Base):
    email = models.TextField()
    name = models.TextField()
    active = models.BooleanField(default=True)
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(Base.Meta):
        db_table = "members"


class Project(Base):
    owner = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="projects")
    name = models.CharField(max_length=120)
    budget = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    tags = ArrayField(models.TextField(), default=list)
    starts_on = models.DateField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(Base.Meta):
        db_table = "projects"


class Label(Base):
    id = models.UUIDField(primary_key=True)
    name = models.TextField()

    class Meta(Base.Meta):
        db_table = "labels"


class Task(Base):
    project = models.ForeignKey(Project, models.CASCADE, related_name="tasks")
    parent = models.ForeignKey("self", models.SET_NULL, null=True)
    title = models.TextField()
    state = models.TextField(default="todo")
    priority = models.IntegerField(default=0)
    attributes = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True)
    labels = models.ManyToManyField(Label, db_table="task_labels")

    class Meta(Base.Meta):
        db_table = "tasks"


def show(query):
    print(list(query))


if sys.argv[1] == "refused":
    with connection.schema_editor() as editor:
        class Note(models.Model):
            task = models.ForeignKey(Task, models.CASCADE)
            body = models.TextField(db_index=True)
            class Meta:
                app_label = "app"
        editor.create_model(Note)
        field = models.IntegerField(default=1)
        field.set_attributes_from_name("rank")
        editor.add_field(Note, field)
        editor.remove_field(Note, field)
        editor.delete_model(Note)
    call_command("migrate", verbosity=1)
    print([task.title for task in Task.objects.iterator()])  # outside a transaction
    print("done")
    sys.exit()

show(Member.objects.filter(active=True).exclude(email__endswith="@nowhere").order_by("-created_at").values("email", "name")[:10])
ada = Member.objects.get(email__startswith="ada")
project = Project.objects.create(owner=ada, name="Django 100%", tags=["a", "b"])
Project.objects.bulk_create([Project(owner=ada, name=f"bulk {n}") for n in range(3)])
with transaction.atomic():
    tasks = Task.objects.bulk_create([Task(project=project, title=f"task {n}", attributes={"n": n, "tags": ["x"]}) for n in range(3)])
    try:
        with transaction.atomic():  # a savepoint
            Member.objects.create(email=ada.email, name="twice")
    except IntegrityError as e:
        print(type(e))
    show(Task.objects.select_for_update(skip_locked=True, of=("self",)).filter(project=project).select_related("project"))
    show(Task.objects.select_for_update(no_key=True, nowait=True).filter(pk__in=[t.pk for t in tasks]))
Task.objects.filter(project=project).update(priority=F("priority") + 1, title=Concat("title", Value("!")))
tasks[0].title = "changed"
Task.objects.bulk_update(tasks, ["title"])
tasks[1].save(update_fields=["priority"])
Task.objects.update_or_create(title="task 2", project=project, defaults={"priority": 9})
Label.objects.bulk_create([Label(id="00000000-0000-0000-0000-000000000001", name="x")], ignore_conflicts=True)
tasks[0].labels.add("00000000-0000-0000-0000-000000000001")
tasks[0].labels.set(Label.objects.all())
show(Task.objects.select_related("project__owner").prefetch_related("labels").order_by("id"))
show(Project.objects.prefetch_related(Prefetch("tasks", queryset=Task.objects.filter(priority__gt=0))))
show(Project.objects.annotate(n=Count("tasks", filter=Q(tasks__state="todo"), distinct=True), total=Coalesce(Sum("tasks__priority"), 0)).filter(n__gte=1).values_list("name", "n", "total"))
show(Task.objects.annotate(r=Window(Rank(), partition_by=[F("project_id")], order_by=F("priority").desc())).values("title", "r"))
show(Task.objects.annotate(size=Case(When(priority__gt=5, then=Value("big")), default=Value("small"), output_field=models.TextField())).values("size").annotate(n=Count("*")))
show(Project.objects.filter(Exists(Task.objects.filter(project=OuterRef("pk"), state="done"))))
show(Project.objects.annotate(last=Subquery(Task.objects.filter(project=OuterRef("pk")).order_by("-id").values("title")[:1])))
show(Project.objects.filter(tags__contains=["red"]) | Project.objects.filter(tags__overlap=["x"], tags__len=2))
show(Task.objects.filter(attributes__size__gte=2, attributes__contains={"colour": "red"}, attributes__has_key="size").values("attributes__colour"))
show(Task.objects.annotate(v=SearchVector("title", config="english")).annotate(rank=SearchRank("v", SearchQuery("report", search_type="websearch"))).filter(v=SearchQuery("report")).order_by("-rank"))
show(Task.objects.filter(title__icontains="REP_%").values_list("title"), ); show(Task.objects.filter(title__iregex=r"^w.*\d$", title__search="report"))
show(Project.objects.annotate(month=TruncMonth("created_at"), year=Extract("created_at", "year")).values("month", "year").annotate(n=Count("id"), avg=Avg("budget")).order_by("month"))
show(Project.objects.values("owner").annotate(names=ArrayAgg("name", ordering="name"), text=StringAgg("name", delimiter=",")))
show(Member.objects.values("name").union(Project.objects.values("name")).order_by("name"))
show(Member.objects.filter(created_at__date__gte="2020-01-01", created_at__lte=Now()).distinct("name").order_by("name"))
show(Task.objects.extra(select={"lower": "lower(title)"}).values("lower")); show(Task.objects.dates("due_at", "month"))
show(Task.objects.raw("SELECT * FROM tasks WHERE priority > %s", [0]))
print(Task.objects.filter(project=project).explain(), Task.objects.exists(), Task.objects.count(), Task.objects.in_bulk([1]), Task.objects.aggregate(Avg("priority")))
with transaction.atomic():
    for task in Task.objects.iterator(chunk_size=2):
        print(task.title)
project.delete()
Project.objects.filter(name__startswith="bulk").delete()
Label.objects.filter(name="x").delete()
with connection.cursor() as cursor:
    i = connection.introspection
    print(i.get_table_list(cursor))
    for table in ("projects", "tasks"):
        print(i.get_table_description(cursor, table), i.get_constraints(cursor, table), i.get_relations(cursor, table), i.get_sequences(cursor, table))
call_command("inspectdb", "projects", "tasks")
call_command("showmigrations")
connection.close()
print("done")
