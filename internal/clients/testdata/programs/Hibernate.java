import java.math.BigDecimal;
import java.util.*;
import javax.persistence.*;
import org.hibernate.*;
import org.hibernate.cfg.Configuration;
import org.hibernate.criterion.*;

/** Hibernate 3.6 on pgjdbc, the newest that Debian has. */
public class Hibernate {
    @Entity(name = "Person") @Table(name = "members")
    public static class Person {
        @Id @GeneratedValue(strategy = GenerationType.IDENTITY) public Long id;
        @Column public String email;
        @Column public String name;
        @Column public boolean active = true;
        @OneToMany(mappedBy = "owner") @org.hibernate.annotations.BatchSize(size = 10) public Set<Project> projects = new HashSet<>();
    }

    @Entity(name = "Project") @Table(name = "projects")
    public static class Project {
        @Id @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "p") @SequenceGenerator(name = "p", sequenceName = "projects_id_seq", allocationSize = 1) public Long id;
        @Column public String name;
        @Column public BigDecimal budget = BigDecimal.ZERO;
        @Column(name = "starts_on") @Temporal(TemporalType.DATE) public Date startsOn;
        @ManyToOne(fetch = FetchType.LAZY) @JoinColumn(name = "owner_id") public Person owner;
        @OneToMany(mappedBy = "project", cascade = CascadeType.ALL) public Set<Task> tasks = new HashSet<>();
    }

    @Entity(name = "Task") @Table(name = "tasks")
    public static class Task {
        @Id @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "t") @SequenceGenerator(name = "t", sequenceName = "tasks_id_seq", allocationSize = 1) public Long id;
        @Column public String title;
        @Column public int priority;
        @Column(name = "due_at") @Temporal(TemporalType.TIMESTAMP) public Date dueAt;
        @ManyToOne @JoinColumn(name = "project_id") public Project project;
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("versions")) {
            Class.forName("org.hibernate.Session");
            String[] jars = new java.io.File("/usr/share/java").list((dir, name) -> name.matches("hibernate-core-[0-9].*[.]jar"));
            System.out.println((jars.length > 0 ? jars[0].replace("hibernate-core-", "Hibernate ").replace(".jar", "") : "Hibernate") + ", pgjdbc " + org.postgresql.util.DriverInfo.DRIVER_VERSION + ", Java " + System.getProperty("java.version"));
            return;
        }
        Thread.currentThread().setContextClassLoader(Hibernate.class.getClassLoader()); // for a program run from its source
        Configuration configuration = new Configuration().addAnnotatedClass(Person.class).addAnnotatedClass(Project.class).addAnnotatedClass(Task.class)
            .setProperty("hibernate.connection.url", String.format("jdbc:postgresql://%s:%s/%s?sslmode=disable", System.getenv("PGHOST"), System.getenv("PGPORT"), System.getenv("PGDATABASE")))
            .setProperty("hibernate.connection.username", System.getenv("PGUSER")).setProperty("hibernate.connection.password", System.getenv("PGPASSWORD"))
            .setProperty("hibernate.connection.driver_class", "org.postgresql.Driver").setProperty("hibernate.dialect", "org.hibernate.dialect.PostgreSQLDialect")
            .setProperty("javax.persistence.validation.mode", "none").setProperty("hibernate.jdbc.batch_size", "10")
            .setProperty("hibernate.hbm2ddl.auto", args[0].equals("refused") ? "update" : "validate");
        SessionFactory factory = configuration.buildSessionFactory();
        if (args[0].equals("work")) work(factory);
        else new org.hibernate.tool.hbm2ddl.SchemaExport(configuration).create(false, true);
        factory.close();
        System.out.println("done");
    }

    static void work(SessionFactory factory) {
        Session s = factory.openSession();
        Transaction t = s.beginTransaction();
        Person ada = (Person) s.createQuery("from Person m where m.active = true and m.email like :q").setString("q", "ada@%").uniqueResult();
        System.out.println(ada.email);
        Project project = new Project();
        project.name = "Hibernate";
        project.owner = ada;
        project.startsOn = new Date(0);
        for (int i = 0; i < 3; i++) {
            Task task = new Task();
            task.title = "task " + i;
            task.project = project;
            project.tasks.add(task);
        }
        s.save(project);
        s.flush();
        project.name = "renamed";
        s.flush();
        s.refresh(project);
        s.buildLockRequest(LockOptions.UPGRADE).lock(project);
        s.get(Project.class, project.id, new LockOptions(LockMode.PESSIMISTIC_READ));
        s.createQuery("update Task t set t.priority = t.priority + 1, t.dueAt = current_timestamp() where t.project = :p").setEntity("p", project).executeUpdate();
        s.createQuery("from Task t where t.project = :p order by t.id").setEntity("p", project).setLockOptions(LockOptions.UPGRADE).list();
        t.commit();
        s.clear();
        t = s.beginTransaction();
        for (Object o : s.createQuery("select distinct p from Project p left join fetch p.tasks join fetch p.owner where p.name like '%Project%' order by p.name").list()) System.out.println(((Project) o).name + ((Project) o).tasks.size());
        System.out.println(s.createQuery("from Task t where t.priority between 0 and 9").setFirstResult(1).setMaxResults(2).list().size());
        System.out.println(s.createQuery("select t.project.id, count(*), avg(t.priority), max(case when t.priority > 1 then 1 else 0 end) from Task t group by t.project.id having count(*) > 1").list().size());
        System.out.println(s.createQuery("select p.name from Project p where exists (select 1 from Task t where t.project = p) and size(p.tasks) > 0 and upper(p.name) in ('A', 'B') and year(p.startsOn) > 2000").list());
        System.out.println(s.createCriteria(Task.class).createAlias("project", "p").add(Restrictions.ilike("title", "report", MatchMode.ANYWHERE)).add(Restrictions.or(Restrictions.isNull("dueAt"), Restrictions.in("priority", new Integer[] {1, 2}))).setProjection(Projections.projectionList().add(Projections.groupProperty("p.id")).add(Projections.rowCount())).list().size());
        for (Object name : s.createSQLQuery("SELECT name FROM project_totals WHERE tasks > :n").setInteger("n", 0).list()) System.out.println(name);
        for (Object m : s.createQuery("from Person").list()) System.out.println(((Person) m).projects.size());
        ScrollableResults rows = s.createQuery("select t.title from Task t").setFetchSize(2).scroll(ScrollMode.FORWARD_ONLY);
        while (rows.next()) System.out.println(rows.get(0));
        s.delete(s.get(Project.class, project.id));
        t.commit();
        s.close();
    }
}
