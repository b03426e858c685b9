// Package canary sends what nobody thought of: many random statements as one
// organization, while another one's rows, which carry random markers, lie in the
// same tables and its sessions take turns on the same upstream connections. The
// markers must never be in the bytes that the first one receives, nothing but its
// own rows may change, and the proxy has to be there in the end.
//
// Besides, what is allowed of PL/pgSQL is PL/pgSQL to Postgres, with the SQL in it
// that is judged and no other (TestBodiesCompile, TestBodiesAsPostgresReadsThem), and
// the plan property: of what is allowed Postgres itself says which relations
// and functions are in it (TestPlansOfGoldenCases, TestPlansOfGenerated, FuzzPlans).
//
// TestGrammar has a generator of its own, which knows the schema, the types and
// each function and operator of the server; TestSQLSmith has Debian's sqlsmith.
// `make test` runs a few statements, `make fuzz` CANARY of them. A failure names
// its seed:
//
//	go test ./internal/canary -args -statements 100000 -seed 42
package canary
