package catalog_test

import (
	"fmt"
	"testing"

	"tenantproxy/internal/pgtest"
)

// manyTables is a schema of that many further tenant tables of 20 columns,
// each with a policy and a view.
func manyTables(tables int) string {
	return fmt.Sprintf(`
DO $$
DECLARE
    columns text := (SELECT string_agg(format('c%%s text', n), ', ') FROM generate_series(1, 18) n);
BEGIN
    FOR n IN 1..%d LOOP
        EXECUTE format('CREATE TABLE many%%s (org_id uuid, id uuid, %%s)', n, columns);
        EXECUTE format('ALTER TABLE many%%s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', n);
        EXECUTE format('CREATE POLICY own ON many%%s USING (org_id IS NOT NULL)', n);
        EXECUTE format('CREATE VIEW many_view%%s AS SELECT * FROM many%%s', n, n);
        IF n %% 500 = 0 THEN COMMIT; END IF; -- each holds locks
    END LOOP;
END
$$`, tables)
}

func BenchmarkLoad(b *testing.B) {
	for _, tables := range []int{0, 1000, 10_000} {
		d := pgtest.NewDatabase(b)
		d.Exec(b, manyTables(tables))
		d.Exec(b, "VACUUM ANALYZE")
		conn := d.Connect(b, d.App())
		b.Run(fmt.Sprintf("tables=%d/full", tables), func(b *testing.B) {
			for b.Loop() {
				load(b, conn, nil)
			}
		})
		snap := load(b, conn, nil)
		b.Run(fmt.Sprintf("tables=%d/unchanged", tables), func(b *testing.B) {
			for b.Loop() {
				if load(b, conn, snap) != snap {
					b.Fatal("the catalog changed")
				}
			}
		})
	}
}
