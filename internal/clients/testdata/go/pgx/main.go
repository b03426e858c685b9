// pgx with its own pool, pgx behind database/sql, and lib/pq.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
)

func main() {
	if os.Args[1] == "versions" {
		info, _ := debug.ReadBuildInfo()
		for _, m := range info.Deps {
			if m.Path == "github.com/jackc/pgx/v5" || m.Path == "github.com/lib/pq" {
				fmt.Print(m.Path, " ", m.Version, " ")
			}
		}
		fmt.Println(info.GoVersion)
		return
	}
	ctx := context.Background()
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		config, err := pgxpool.ParseConfig("application_name=pgx statement_timeout=30000 pool_max_conns=2 default_query_exec_mode=" + mode)
		check(err)
		config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
			types, err := conn.LoadTypes(ctx, []string{"task_state", "_task_state", "labels"})
			conn.TypeMap().RegisterTypes(types)
			return err
		}
		pool, err := pgxpool.NewWithConfig(ctx, config)
		check(err)
		native(ctx, pool)
		pool.Close()
	}
	for _, driver := range []string{"pgx", "postgres"} {
		db, err := sql.Open(driver, "application_name=sql sslmode=disable")
		check(err)
		standard(ctx, db)
		check(db.Close())
	}
	fmt.Println("done")
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func native(ctx context.Context, pool *pgxpool.Pool) {
	check(pool.Ping(ctx))
	rows, err := pool.Query(ctx, "SELECT id, email FROM members WHERE active = $1 AND email LIKE $2 ORDER BY id", true, "%@%")
	check(err)
	type member struct {
		ID    int64
		Email string
	}
	members, err := pgx.CollectRows(rows, pgx.RowToStructByPos[member])
	check(err)
	fmt.Println(members)
	check(pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadWrite, DeferrableMode: pgx.NotDeferrable}, func(tx pgx.Tx) error {
		var id int64
		check(tx.QueryRow(ctx, "INSERT INTO projects (name, tags, starts_on) VALUES ($1, $2, $3) RETURNING id", "pgx", []string{"a", "b"}, time.Unix(0, 0)).Scan(&id))
		batch := &pgx.Batch{}
		for _, title := range []string{"x", "y"} {
			batch.Queue("INSERT INTO tasks (project_id, title, attributes) VALUES ($1, $2, $3)", id, title, `{"a": 1}`)
		}
		batch.Queue("SELECT count(*) FROM tasks WHERE project_id = $1", id)
		check(tx.SendBatch(ctx, batch).Close())
		_ = pgx.BeginFunc(ctx, tx, func(nested pgx.Tx) error { // a savepoint
			_, err := nested.Exec(ctx, "UPDATE tasks SET title = NULL WHERE project_id = $1", id)
			fmt.Println(err)
			return err
		})
		_, err := tx.Exec(ctx, "DELETE FROM projects WHERE id = ANY($1)", []int64{id})
		return err
	}))
	_, err = pool.Exec(ctx, "SELECT title FROM tasks WHERE id = @id", pgx.NamedArgs{"id": 1})
	check(err)
	conn, err := pool.Acquire(ctx)
	check(err)
	_, err = conn.Conn().PgConn().CopyTo(ctx, os.Stdout, "COPY (SELECT title FROM tasks) TO STDOUT")
	check(err)
	check(conn.Conn().DeallocateAll(ctx))
	conn.Release()
}

func standard(ctx context.Context, db *sql.DB) {
	check(db.PingContext(ctx))
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable, ReadOnly: true})
	check(err)
	statement, err := tx.Prepare("SELECT title FROM tasks WHERE state = $1 ORDER BY id LIMIT $2")
	check(err)
	rows, err := statement.Query("todo", 2)
	check(err)
	for rows.Next() {
		var title string
		check(rows.Scan(&title))
		fmt.Println(title)
	}
	check(rows.Close())
	check(tx.Commit())
	tx, err = db.Begin()
	check(err)
	_, err = tx.Exec("INSERT INTO labels (name) VALUES ($1) ON CONFLICT (org_id, name) DO UPDATE SET name = EXCLUDED.name", "go")
	check(err)
	check(tx.Rollback())
}
