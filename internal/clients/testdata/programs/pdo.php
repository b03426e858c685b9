<?php
// PDO with pgsql, and PHP's own pg_ functions.
if ($argv[1] === 'versions') {
    if (!extension_loaded('pdo_pgsql') || !extension_loaded('pgsql')) {
        fwrite(STDERR, "no pgsql extension\n");
        exit(1);
    }
    echo 'PHP ', PHP_VERSION, ', libpq ', PGSQL_LIBPQ_VERSION, "\n";
    exit;
}
foreach ([false, true] as $emulate) {
    $pdo = new PDO(sprintf('pgsql:host=%s;port=%s;dbname=%s;sslmode=disable', getenv('PGHOST'), getenv('PGPORT'), getenv('PGDATABASE')), getenv('PGUSER'), getenv('PGPASSWORD'),
        [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION, PDO::ATTR_EMULATE_PREPARES => $emulate]);
    // What Laravel sends when it connects.
    $pdo->prepare("set names 'utf8'")->execute();
    $pdo->prepare("set time zone 'UTC'")->execute();
    $pdo->prepare("set application_name to 'php'")->execute();
    $query = $pdo->prepare('SELECT id, email, settings FROM members WHERE active = :active AND email LIKE :q ORDER BY id LIMIT 5');
    $query->execute(['active' => 't', 'q' => '%@%']);
    print_r($query->fetchAll(PDO::FETCH_ASSOC));
    $pdo->beginTransaction();
    $insert = $pdo->prepare('insert into "projects" ("name", "tags") values (?, ?) returning "id"');
    $insert->execute(["it's \\ php", '{a,b}']);
    $id = $insert->fetchColumn();
    $pdo->exec('SAVEPOINT trans2');
    try {
        $pdo->prepare('update "projects" set "name" = null where "id" = ?')->execute([$id]);
    } catch (PDOException $e) {
        echo $e->getCode(), "\n";
        $pdo->exec('ROLLBACK TO SAVEPOINT trans2');
    }
    echo $pdo->lastInsertId(), $pdo->lastInsertId('projects_id_seq'), "\n";
    $pdo->prepare('delete from "projects" where "id" in (?)')->execute([$id]);
    $pdo->commit();
    if ($argv[1] === 'refused') {
        $pdo->prepare('SELECT title FROM tasks', [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL])->execute();
        $pdo->pgsqlCopyFromArray('labels', ["00000000-0000-0000-0000-00000000000" . (int) $emulate . "\t" . getenv('ORG_ID') . "\tcopied $emulate\t#888888"]);
    }
    print_r($pdo->query('SELECT title, now() AS t FROM tasks')->getColumnMeta(0));
    echo $pdo->getAttribute(PDO::ATTR_SERVER_VERSION), $pdo->getAttribute(PDO::ATTR_CONNECTION_STATUS), "\n";
    $pdo = null;
}
$conn = pg_connect('sslmode=disable');
pg_set_client_encoding($conn, 'UTF8');
print_r(pg_fetch_all(pg_query_params($conn, 'SELECT title FROM tasks WHERE id > $1', [0])));
pg_prepare($conn, 'one', 'SELECT name FROM members WHERE name = $1');
print_r(pg_fetch_all(pg_execute($conn, 'one', ['Ada'])));
print_r(pg_meta_data($conn, 'projects'));
echo pg_escape_literal($conn, "it's \\ "), pg_ping($conn), "\n";
print_r(pg_copy_to($conn, 'labels'));
pg_close($conn);
echo "done\n";
