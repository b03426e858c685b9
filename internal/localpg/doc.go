// Package localpg runs a private PostgreSQL cluster: a data directory of its
// own, a server process that ends with this process, nothing left behind.
// `tenantproxy demo` and the tests use it.
//
// A cluster is for trying things out, not for keeping data: Stop removes it.
package localpg
