// Package story holds a schema as a team had it before it was hardened, with
// faults planted in it, for the tests of audit, harden and verify.
package story

import _ "embed"

// AppRole is the upstream role, and OwnerRole owns the schema. Both are
// cluster-wide.
const (
	AppRole   = "story_app"
	OwnerRole = "story_owner"
)

// Two organizations that are there.
const (
	OrgA = "11111111-1111-4111-8111-111111111111"
	OrgB = "22222222-2222-4222-8222-222222222222"
)

//go:embed schema.sql
var schemaSQL string

// SchemaSQL makes the roles, unless they exist, and the schema, with rows, in an
// empty database. It needs a superuser and a simple query.
func SchemaSQL() string { return schemaSQL }
