// Package clients holds tests only: the programs that people connect with, through the proxy, and what they send.
//
// testdata/programs has a program for each driver and object-relational mapper. TestClients runs those that are
// installed (scripts/ensure-clients.sh) through the proxy, as two organizations. testdata/orm has every statement that
// they send, recorded from runs without the proxy; TestRecorded decides about each.
//
// testdata/tokens has programs that ask for their tokens themselves, which TestTokens runs.
//
// To record a program again:
//
//	go test ./internal/clients -run TestRecord/django -record
package clients
