package audit

// Checks lists all checks in the order of their families.
func Checks() []Check {
	return []Check{
		{"D-NULL", Critical, "rows without an org", "A row without an org belongs to nobody: depending on the policy it is lost, or everybody's. It also keeps the column from becoming NOT NULL."},
		{"D-ORPHAN", Critical, "rows whose org does not exist", "Such rows outlive the organization that they were deleted with. Whoever gets that id next gets the rows."},
		{"D-XREF", Critical, "rows that refer to a row of another org", "The child's org differs from its parent's, so a join or a cascade crosses tenants. It is the trace of a write that no policy stopped."},
		{"C-COL", High, "tenant column missing, or of another type", "Without the column no policy can tell whose a row is. A column of another type than the tenants' key can be compared only by casts, which fail or match wrongly."},
		{"C-NN", High, "tenant column nullable", "A NULL is neither equal nor unequal to an org, so policies skip such rows or let them through. A constraint that is not validated says nothing of the rows that are there."},
		{"C-FK", High, "no sound foreign key to the tenants' table", "Without a validated key with ON DELETE CASCADE, rows survive their organization. A disabled trigger makes a key a mere comment."},
		{"C-IDX", Medium, "no index that leads with the tenant column", "Every statement has the policy's condition on that column. Without an index each reads the rows of all tenants, and its time tells how many there are."},
		{"I-XFK", High, "foreign key between tenant tables without the tenant column", "Key checks run past row-level security: a tenant can refer to another's row and so learn that it exists, and keep it from being deleted."},
		{"I-UNIQ", Medium, "unique index without the tenant column", "A duplicate-key error tells a tenant that another has the value. Uniqueness is checked past row-level security."},
		{"T-OFF", Critical, "row-level security off", "Every tenant reads and writes all rows of the table. Nothing but the proxy's refusal stands before them."},
		{"T-DORMANT", Critical, "row-level security off, with policies", "The policies look like protection and do nothing. ENABLE ROW LEVEL SECURITY is missing."},
		{"T-FORCE", High, "row-level security not forced", "The owner's sessions, and all code that runs as the owner, see all rows. FORCE ROW LEVEL SECURITY closes that."},
		{"T-CHILD", High, "partition or child without row-level security", "A parent's policies do not hold for a partition that is named itself. The upstream role can read it past them."},
		{"T-KIND", High, "materialized view or foreign table in reach", "Row-level security does not exist for them. Whoever may read one reads all of it."},
		{"T-CMD", High, "a command that nothing ties to the tenant", "A permissive policy lets rows through that no condition on the tenant column limits. Policies are OR-ed, so the widest one counts."},
		{"P-TRUE", Critical, "policy that is always true", "It lets every row through for its command. With others it is OR-ed, and so makes them void."},
		{"P-ROOT", Critical, "always-true policy on the tenants' table", "Any tenant lists all customers. Where it allows DELETE, one statement removes another tenant with all rows that cascade."},
		{"P-NULLOPEN", Critical, "rows without a context", "The policy lets rows through while the setting is unset or empty. A worker without a token, or a reset, then sees them."},
		{"P-GUC", Critical, "policy reads settings that the proxy does not protect", "A client can set any setting with a dot in its name. A policy that reads one that the proxy does not own takes the client's word for who it is."},
		{"P-FN", High, "policy helper that can be misled", "IMMUTABLE results are kept across contexts, and a function without a pinned search_path calls whatever the session's path finds first. Either way the policy decides by something else than was written."},
		{"P-META", Critical, "policy relies on user_metadata", "Users edit their own user_metadata. A policy that trusts it lets them name their organization."},
		{"P-REL", High, "policy reads a table that is not protected", "What the policy looks up decides who sees what. If the app can write it, it can make itself a member."},
		{"P-PERF", Medium, "policy calls a function for each row", "In (SELECT …) it is evaluated once a statement. Slow policies get switched off."},
		{"P-ROLE", Medium, "restrictive policy not TO PUBLIC", "A restrictive policy for some roles leaves others unrestricted (CVE-2026-116311). TO PUBLIC is what a floor needs."},
		{"P-USER", Medium, "policy keyed on current_user", "All tenants share the upstream role, so it cannot tell them apart. In a definer function it is the owner."},
		{"P-LIKE", Medium, "policy that matches by pattern", "Wildcards in a claim widen a LIKE. Compare for equality."},
		{"V-INV", Critical, "view that runs past row-level security", "Without security_invoker a view reads as its owner. This one's owner is not subject to the policies of a table below it."},
		{"S-DEF", High, "SECURITY DEFINER function executable by the app", "It runs with its owner's rights, so policies for the app do not hold in it. What it returns is up to its body alone."},
		{"S-PATH", High, "SECURITY DEFINER function with a mutable search_path", "Its names resolve by the caller's path, in which the caller's objects may come first. They then run with the owner's rights."},
		{"S-LEAK", High, "LEAKPROOF function of a user", "The planner runs it on rows before the policy has filtered them. If it tells anything of its argument, rows leak."},
		{"S-TAMPER", High, "function that changes the context or runs dynamic SQL", "Called by the app it can put another org into the settings that policies read. Dynamic SQL cannot be judged."},
		{"O-CODE", Medium, "code that runs without being named", "Operators, casts, aggregates, rules and definer triggers run where no function is called by name. Each is a way around a review."},
		{"R-ROLE", Critical, "upstream role that can escape", "Superusers and BYPASSRLS are exempt from all policies, and CREATEROLE, REPLICATION and ownership lead there. No policy protects from such a role."},
		{"R-SET", High, "stored setting or grant that touches the context", "A setting that is stored for the role or database holds for new sessions. On those that decide who a session is, it defeats the proxy's."},
		{"G-PRIV", High, "privilege past row-level security", "TRUNCATE ignores policies, REFERENCES and TRIGGER plant checks and code, CREATE and TEMP make objects that shadow others. An app needs none of them."},
		{"G-FN", Medium, "dangerous built-in executable", "It reaches other sessions, files or settings, or runs SQL text. Behind the proxy it is refused; on a direct connection only the grant counts."},
		{"C-SECRET", Critical, "secret in a setting or function body", "Every role can read pg_db_role_setting and pg_proc. A signing key there lets anyone mint tokens."},
		{"H-HBA", High, "the role can log in past the proxy", "A direct login has no token and sets its own context. Only the proxy's addresses should reach the role."},
		{"X-VER", Critical, "server without the fixes of row-level security", "Known holes in row-level security are open in this version. Minor releases only fix."},
		{"X-ENV", Medium, "surroundings that weaken isolation", "Each is a way for data to move between tenants that no policy sees. Remove what is not used."},
	}
}

func severityOf(id string) Severity {
	for _, c := range Checks() {
		if c.ID == id {
			return c.Severity
		}
	}
	return Critical // a finding of an unknown check must not be passed over
}
