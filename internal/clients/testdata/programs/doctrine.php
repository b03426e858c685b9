<?php
// Doctrine's mapper on PDO.
@include 'Doctrine/ORM/autoload.php';
use Doctrine\DBAL\DriverManager;
use Doctrine\DBAL\LockMode;
use Doctrine\ORM\EntityManager;
use Doctrine\ORM\Mapping as ORM;

if ($argv[1] === 'versions') {
    if (!class_exists(EntityManager::class) || !extension_loaded('pdo_pgsql')) {
        fwrite(STDERR, "no Doctrine\n");
        exit(1);
    }
    $version = fn($package) => trim(shell_exec("dpkg-query -W -f '\${Version}' $package") ?? '');
    echo 'Doctrine ORM ', $version('php-doctrine-orm'), ', DBAL ', $version('php-doctrine-dbal'), ', PHP ', PHP_VERSION, "\n";
    exit;
}

#[ORM\Entity, ORM\Table(name: 'members')]
class Person
{
    #[ORM\Id, ORM\Column(type: 'bigint'), ORM\GeneratedValue(strategy: 'IDENTITY')] public $id;
    #[ORM\Column] public string $email;
    #[ORM\Column] public string $name;
    #[ORM\Column(type: 'boolean')] public bool $active = true;
}
#[ORM\Entity, ORM\Table(name: 'projects')]
class Project
{
    #[ORM\Id, ORM\Column(type: 'bigint'), ORM\GeneratedValue(strategy: 'SEQUENCE'), ORM\SequenceGenerator(sequenceName: 'projects_id_seq', allocationSize: 1)] public $id;
    #[ORM\Column] public string $name;
    #[ORM\Column(type: 'decimal', precision: 12, scale: 2)] public $budget = '0';
    #[ORM\ManyToOne(targetEntity: Person::class), ORM\JoinColumn(name: 'owner_id')] public ?Person $owner = null;
    #[ORM\OneToMany(targetEntity: Task::class, mappedBy: 'project', cascade: ['all'])] public $tasks;
}
#[ORM\Entity, ORM\Table(name: 'tasks')]
class Task
{
    #[ORM\Id, ORM\Column(type: 'bigint'), ORM\GeneratedValue(strategy: 'SEQUENCE'), ORM\SequenceGenerator(sequenceName: 'tasks_id_seq', allocationSize: 1)] public $id;
    #[ORM\Column] public string $title = '';
    #[ORM\Column(type: 'integer')] public int $priority = 0;
    #[ORM\Column(type: 'json')] public array $attributes = [];
    #[ORM\ManyToOne(targetEntity: Project::class, inversedBy: 'tasks')] public ?Project $project = null;
}

$connection = DriverManager::getConnection(['driver' => 'pdo_pgsql', 'host' => getenv('PGHOST'), 'port' => getenv('PGPORT'), 'dbname' => getenv('PGDATABASE'), 'user' => getenv('PGUSER'), 'password' => getenv('PGPASSWORD'), 'sslmode' => 'disable', 'charset' => 'utf8']);
foreach (['_text', 'task_state', 'tsvector', 'colour'] as $type) {
    $connection->getDatabasePlatform()->registerDoctrineTypeMapping($type, 'string');
}
$configuration = new Doctrine\ORM\Configuration;
$configuration->setMetadataDriverImpl(new Doctrine\ORM\Mapping\Driver\AttributeDriver([]));
$configuration->setProxyDir(sys_get_temp_dir());
$configuration->setProxyNamespace('Proxies');
$configuration->setAutoGenerateProxyClasses(Doctrine\Common\Proxy\AbstractProxyFactory::AUTOGENERATE_EVAL);
$em = new EntityManager($connection, $configuration);
if ($argv[1] === 'refused') {
    $connection->getConfiguration()->setSchemaAssetsFilter(fn($asset) => preg_match('/^(members|projects|tasks)/', is_string($asset) ? $asset : $asset->getName()));
    $tool = new Doctrine\ORM\Tools\SchemaTool($em);
    echo count($tool->getUpdateSchemaSql(array_map($em->getClassMetadata(...), [Person::class, Project::class, Task::class]), true)), "\n";
    $manager = $connection->createSchemaManager();
    $table = new Doctrine\DBAL\Schema\Table('notes');
    $table->addColumn('id', 'integer', ['autoincrement' => true]);
    $table->addColumn('body', 'string', ['length' => 10, 'comment' => 'x']);
    $table->setPrimaryKey(['id']);
    $manager->createTable($table);
    $manager->dropTable('notes');
    exit("done\n");
}
$ada = $em->createQuery("SELECT m FROM Person m WHERE m.active = true AND m.email LIKE 'ada%'")->getSingleResult();
echo $ada->email, "\n";
$connection->setNestTransactionsWithSavepoints(true);
$em->wrapInTransaction(function ($em) use ($ada, $connection) {
    $project = new Project;
    [$project->name, $project->owner] = ['Doctrine', $ada];
    foreach ([1, 2] as $n) {
        $task = new Task;
        [$task->title, $task->project, $task->attributes] = ["task $n", $project, ['n' => $n]];
        $em->persist($task);
    }
    $em->persist($project);
    $em->flush();
    $project->name = 'renamed';
    $em->flush();
    $em->lock($project, LockMode::PESSIMISTIC_WRITE);
    $em->find(Project::class, $project->id, LockMode::PESSIMISTIC_READ);
    $em->refresh($project);
    $connection->beginTransaction();
    $connection->insert('labels', ['name' => 'doctrine']);
    $connection->update('labels', ['name' => 'doctrine 2'], ['name' => 'doctrine']);
    $connection->rollBack();
    $em->createQuery('UPDATE Task t SET t.priority = t.priority + 1 WHERE t.project = ?1')->setParameter(1, $project)->execute();
    $em->createQuery('DELETE Task t WHERE t.project = ?1')->setParameter(1, $project)->execute();
    $em->remove($project);
});
$em->clear();
foreach ($em->createQuery('SELECT p, t, o FROM Project p LEFT JOIN p.tasks t JOIN p.owner o WHERE p.name LIKE :q ORDER BY p.id')->setParameter('q', '%Project%')->getResult() as $p) {
    echo $p->name, $p->owner->name, count($p->tasks), "\n";
}
print_r(array_map(fn($p) => $p->name, iterator_to_array(new Doctrine\ORM\Tools\Pagination\Paginator($em->createQuery('SELECT p, t FROM Project p JOIN p.tasks t ORDER BY p.name')->setFirstResult(0)->setMaxResults(2)))));
print_r($em->createQuery('SELECT IDENTITY(t.project), COUNT(t), AVG(t.priority), CASE WHEN MAX(t.priority) > 2 THEN 1 ELSE 0 END FROM Task t GROUP BY t.project HAVING COUNT(t) > 1')->getScalarResult());
print_r($em->createQuery('SELECT p.name FROM Project p WHERE EXISTS (SELECT t FROM Task t WHERE t.project = p AND t.priority IN (:n)) AND SIZE(p.tasks) > 1')->setParameter('n', [1, 2])->getArrayResult());
print_r(array_map(fn($t) => $t->title, $em->getRepository(Task::class)->findBy(['priority' => [1, 2]], ['id' => 'DESC'], 3, 1)));
print_r($connection->createQueryBuilder()->select('name')->from('labels')->where('name LIKE ?')->setParameter(0, '%urgent%')->setMaxResults(2)->fetchAllAssociative());
print_r($connection->fetchAllAssociative('SELECT title FROM tasks WHERE id IN (?)', [[1, 2, 3]], [Doctrine\DBAL\Connection::PARAM_INT_ARRAY]));
$manager = $connection->createSchemaManager();
print_r([$manager->listTableNames(), count($manager->listTableColumns('projects')), count($manager->listTableIndexes('tasks')), count($manager->listTableForeignKeys('tasks')), count($manager->listSequences()), count($manager->listViews()), $manager->listSchemaNames(), $manager->listTableDetails('projects')->getComment()]);
$connection->transactional(fn($c) => $c->setTransactionIsolation(Doctrine\DBAL\TransactionIsolationLevel::SERIALIZABLE));
$connection->close();
echo "done\n";
