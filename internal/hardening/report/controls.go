package report

import (
	"fmt"
	"strings"

	"tenantproxy/internal/hardening/audit"
)

// Control is a requirement of a standard, with what this run says about it.
type Control struct {
	Name string `json:"control"`
	// State is supported, not supported, or outside: no fact of an audit bears on
	// it.
	State string `json:"state"`
	Facts string `json:"facts"`
}

// Controls maps the findings to requirements. It states facts of this run; it
// certifies nothing.
func Controls(findings []audit.Finding, c audit.Coverage, dataChecked bool) []Control {
	of := func(prefixes ...string) (n int, unknown int) {
		for _, f := range findings {
			for _, p := range prefixes {
				if strings.HasPrefix(f.Check, p) && f.Severity.Rank() >= audit.High.Rank() {
					n++
					if f.Unknown {
						unknown++
					}
				}
			}
		}
		return n, unknown
	}
	control := func(name, about string, prefixes ...string) Control {
		n, unknown := of(prefixes...)
		state := "supported"
		if n > 0 {
			state = "not supported"
		}
		facts := fmt.Sprintf("%s: %d critical or high findings", about, n)
		if unknown > 0 {
			facts += fmt.Sprintf(", %d of them unknown", unknown)
		}
		return Control{name, state, facts}
	}
	isolation := control("GDPR Art. 32(1)(b), confidentiality", fmt.Sprintf("%d of %d tables isolated", c.Isolated, c.Tables), "T-", "P-", "V-", "S-", "R-", "C-SECRET")
	if c.Isolated < c.Tables {
		isolation.State = "not supported"
	}
	access := isolation
	access.Name = "SOC 2 CC6.1, logical access"
	erasure := control("GDPR Art. 17, erasure", "keys that cascade from the tenants' table, and orphan rows", "C-FK", "C-NN", "C-COL", "D-")
	if !dataChecked {
		erasure.State, erasure.Facts = "not supported", erasure.Facts+"; rows were not looked at"
	}
	return []Control{
		isolation, erasure, access,
		control("SOC 2 CC6.3, least privilege", "the upstream role's attributes and privileges", "R-", "G-"),
		control("SOC 2 CC7.1, known vulnerabilities", "server version", "X-VER"),
		{"HIPAA", "outside", "its safeguards for health data are not covered by this audit"},
	}
}
