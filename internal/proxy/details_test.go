package proxy

import "testing"

func TestLeadsWith(t *testing.T) {
	const org = "11111111-1111-1111-1111-111111111111"
	for detail, want := range map[string]bool{
		"Key (org_id, code)=(" + org + ", x) already exists.":            true,
		"Key (org_id)=(" + org + ") already exists.":                     true,
		"Schlüssel »(org_id, code)=(" + org + ", x)« existiert bereits.": true,
		"Key (code, org_id)=(x, " + org + ") already exists.":            false,
		"Key (org_id2, code)=(" + org + ", x) already exists.":           false,
		"Key (org_id, code)=(" + org + "1, x) already exists.":           false,
		"Key (org_id, code)=(2" + org + ", x) already exists.":           false,
		`Key ("org_id", code)=(` + org + `, x) already exists.`:          false,
		"Key (lower(org_id), code)=(" + org + ", x) already exists.":     false,
		"Failing row contains (" + org + ", secret).":                    false,
		"Key (code)=(org_id)=(" + org + ", x) already exists.":           false,
		"Key (org_id":  false,
		"Key (org_id)": false,
		"":             false,
	} {
		if got := leadsWith(detail, "org_id", org); got != want {
			t.Errorf("%s: %v", detail, got)
		}
		if leadsWith(detail, "", org) || leadsWith(detail, "org_id", "") {
			t.Errorf("%s: passes without column or org", detail)
		}
	}
}
