package auth

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestOrgTypes(t *testing.T) {
	number := func(s string) any { return json.Number(s) }
	for _, test := range []struct {
		orgType string
		claim   any
		org     string
		problem string // empty: accepted
	}{
		{"uuid", orgA, orgA, ""},
		{"uuid", strings.ToUpper(orgA), orgA, ""},
		{"uuid", "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000001", ""},
		{"uuid", nilUUID, "", "is the nil uuid"},
		{"uuid", orgA + "0", "", "is not a uuid in the form 8-4-4-4-12"},
		{"uuid", strings.Replace(orgA, "-", "_", 1), "", "is not a uuid in the form 8-4-4-4-12"},
		{"uuid", "６" + orgA[1:], "", "is not a uuid in the form 8-4-4-4-12"}, // a digit, but not in ASCII
		{"uuid", number("1"), "", "is a number, not a uuid string"},

		{"bigint", number("42"), "42", ""},
		{"bigint", "42", "42", ""},
		{"bigint", "-42", "-42", ""},
		{"bigint", number("0"), "0", ""},
		{"bigint", "9223372036854775807", "9223372036854775807", ""},
		{"bigint", number("-9223372036854775808"), "-9223372036854775808", ""},
		{"bigint", number("9223372036854775808"), "", "is out of range for bigint"},
		{"bigint", "-9223372036854775809", "", "is out of range for bigint"},
		{"bigint", "18446744073709551658", "", "is not a bigint in plain decimal form"}, // 2^64 + 42
		{"bigint", number("42.0"), "", "is not a bigint in plain decimal form"},
		{"bigint", number("4.2e1"), "", "is not a bigint in plain decimal form"},
		{"bigint", number("-0"), "", "is not a bigint in plain decimal form"},
		{"bigint", "042", "", "is not a bigint in plain decimal form"},
		{"bigint", "+42", "", "is not a bigint in plain decimal form"},
		{"bigint", " 42", "", "is not a bigint in plain decimal form"},
		{"bigint", "42\n", "", "is not a bigint in plain decimal form"},
		{"bigint", "0x2a", "", "is not a bigint in plain decimal form"},
		{"bigint", "4_2", "", "is not a bigint in plain decimal form"},
		{"bigint", "٤٢", "", "is not a bigint in plain decimal form"}, // Arabic digits
		{"bigint", "", "", "is not a bigint in plain decimal form"},
		{"bigint", true, "", "is a boolean, not a bigint"},
		{"bigint", nil, "", "is null, not a bigint"},
		{"bigint", []any{number("42")}, "", "is an array, not a bigint"},

		{"text", "acme", "acme", ""},
		{"text", "Zoë & Söhne", "Zoë & Söhne", ""},
		{"text", strings.Repeat("x", 1024), strings.Repeat("x", 1024), ""},
		{"text", strings.Repeat("x", 1025), "", "is longer than 1024 bytes"},
		{"text", "", "", "is empty"},
		{"text", "a\nb", "", "has control characters"},
		{"text", "a\x7f", "", "has control characters"},
		{"text", "a\u0085b", "", "has control characters"},
		{"text", "a\x00b", "", "has control characters"},
		{"text", "a\xffb", "", "has control characters"},
		{"text", number("1"), "", "is a number, not a string"},
		{"text", map[string]any{}, "", "is an object, not a string"},
		{"text", nil, "", "is null, not a string"},
	} {
		read, err := newOrgReader(test.orgType)
		if err != nil {
			t.Fatal(err)
		}
		org, err := read(test.claim)
		problem := ""
		if err != nil {
			problem = err.Error()
		}
		if org != test.org || problem != test.problem {
			t.Errorf("%s %#v: got %q, %q; want %q, %q", test.orgType, test.claim, org, problem, test.org, test.problem)
		}
	}
}

func TestClaimPath(t *testing.T) {
	claims := map[string]any{
		"organization_id":           "top",
		"app_metadata":              map[string]any{"org": map[string]any{"id": "deep"}},
		"https://issuer.example/id": "dots",
		`a\b`:                       "backslash",
		"null":                      nil,
	}
	for path, want := range map[string]any{
		"organization_id":            "top",
		"app_metadata.org.id":        "deep",
		`https://issuer\.example/id`: "dots",
		`a\\b`:                       "backslash",
		"null":                       nil,
	} {
		parsed, err := parseClaimPath(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parsed.find(claims); err != nil || got != want {
			t.Errorf("%s: got %v, %v; want %v", path, got, err, want)
		}
	}
	for path, want := range map[string]string{
		"https://issuer.example/id": "is missing",
		"organization_id.x":         "is missing: organization_id is a string, not an object",
		"app_metadata.org.id.x":     "is missing: app_metadata.org.id is a string, not an object",
		"app_metadata.id":           "is missing",
	} {
		parsed, err := parseClaimPath(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parsed.find(claims); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, %v; want %s", path, got, err, want)
		}
	}
}
