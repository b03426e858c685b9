// Package pgtest gives tests a real Postgres: a private cluster for the test
// binary, and in it a fresh database with the demo schema for each test.
//
// A test package opts in with
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// and its tests then call NewDatabase, or EachVersion to run on every server
// version that is there. Clusters start on first use and end with the binary.
package pgtest
