// Package demo holds the schema and data of a call-centre product for many
// organizations, which `tenantproxy demo` serves and the tests run on.
package demo

import (
	_ "embed"
	"fmt"
)

// Roles that SchemaSQL makes. Both are cluster-wide and without a password.
const (
	// OwnerRole owns the schema. It cannot log in, and row-level security is
	// forced on it.
	OwnerRole = "callcenter_owner"
	// AppRole is the unprivileged role for the proxy's upstream connections.
	AppRole = "app_tenant"
)

// The two organizations that are there at every scale.
const (
	OrgA     = "a1c5e7f0-3b2d-4c6a-8e19-5d70b4f2a901"
	OrgAName = "Aurora Dental Group"
	OrgB     = "b27d90c4-81fe-4a35-9c02-6e4bd813f7b2"
	OrgBName = "Borealis Solar"
)

// TenantTables are the tables with a column org_id and row-level security,
// all in schema public; organizations itself is not among them.
func TenantTables() []string {
	return []string{
		"calendar_connections", "integration_settings", "agent_configurations", "campaigns", "contacts",
		"cold_call_logs", "appointments", "appointment_holds", "appointment_bookings", "sms_confirmation_logs",
	}
}

// Marker is a text that is in every row of the organization's tenant tables,
// and in no row of another's.
func Marker(orgID string) string { return "mk-" + orgID[:8] }

//go:embed schema.sql
var schemaSQL string

//go:embed seed.sql
var seedSQL string

// SchemaSQL makes the roles, unless they exist, and the schema, in the database
// it runs in, which must be empty. It needs a superuser and a simple query.
func SchemaSQL() string { return schemaSQL }

// Scale says how much data SeedSQL makes.
type Scale struct {
	// OtherOrgs is the number of organizations besides OrgA and OrgB.
	OtherOrgs int
	// NamedOrgCalls and OtherOrgCalls are the rows of cold_call_logs for each
	// of OrgA and OrgB, and for each other organization.
	NamedOrgCalls, OtherOrgCalls int
}

// FullScale is a realistic volume: 302 organizations, 101,000 calls.
var FullScale = Scale{OtherOrgs: 300, NamedOrgCalls: 10_000, OtherOrgCalls: 270}

// TestScale is enough to tell tenants apart: 8 organizations, 260 calls.
var TestScale = Scale{OtherOrgs: 6, NamedOrgCalls: 100, OtherOrgCalls: 10}

// SeedSQL fills the schema with data that is the same on every run. It needs
// a superuser and a simple query.
func SeedSQL(scale Scale) string {
	return fmt.Sprintf("SET demo.other_orgs = %d; SET demo.named_org_calls = %d; SET demo.other_org_calls = %d;\n%s",
		scale.OtherOrgs, scale.NamedOrgCalls, scale.OtherOrgCalls, seedSQL)
}
