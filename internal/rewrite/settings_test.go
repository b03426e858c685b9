package rewrite

import "testing"

func TestCheckSetting(t *testing.T) {
	c := callCentre(t).checker(testPolicy())
	for _, test := range []struct {
		name, value string
		rule        Rule
	}{
		{"application_name", "x", ""},
		{"DateStyle", "ISO, MDY", ""},
		{"TimeZone", "Europe/Vienna", ""},
		{"extra_float_digits", "2", ""},
		{"client_encoding", "UTF8", ""},
		{"client_encoding", "'utf-8'", ""},
		{"client_encoding", "unicode", ""},
		{"client_encoding", "SQL_ASCII", RuleSettingValue},
		{"client_encoding", "utf16", RuleSettingValue},
		{"client_encoding", "", RuleSettingValue},
		{"standard_conforming_strings", "ON", ""},
		{"standard_conforming_strings", "off", RuleSettingValue},
		{"row_security", "1", ""},
		{"row_security", "0", RuleSettingValue},
		{"search_path", "public, pg_catalog", ""},
		{"search_path", ` PUBLIC ,"pg_catalog"`, ""},
		{"search_path", "public", ""},
		{"search_path", `"Public"`, RuleSettingValue},
		{"search_path", `"$user", public`, RuleSettingValue},
		{"search_path", "public,", RuleSettingValue},
		{"search_path", "", RuleSettingValue},
		{"work_mem", "256MB", ""},
		{"work_mem", " 1 GB ", RuleSettingValue},
		{"work_mem", "262144", ""},
		{"work_mem", "262145", RuleSettingValue},
		{"work_mem", "9999999999999999999", RuleSettingValue},
		{"work_mem", "", RuleSettingValue},
		{"work_mem", "-1", RuleSettingValue},
		{"work_mem", "010MB", RuleSettingValue},
		{"work_mem", "1e9", RuleSettingValue},
		{"client_min_messages", "Warning", ""},
		{"client_min_messages", "debug1", RuleSettingValue},
		{"app.org_id", "x", RuleSettingProtected},
		{"APP.Org_ID", "x", RuleSettingProtected},
		{"request.jwt.claims", "{}", RuleSettingProtected},
		{"role", "postgres", RuleSettingRole},
		{"Session_Authorization", "postgres", RuleSettingRole},
		{"session_replication_role", "replica", RuleSettingUnknown},
		{"local_preload_libraries", "x", RuleSettingUnknown},
		{"app.other", "x", RuleSettingUnknown},
		{"", "x", RuleSettingUnknown},
		{"enable_seqscan", "off", ""},
		{"statement_timeout", "0", ""},
		// Only A–Z fold: the Kelvin sign is no k.
		{"wor\u212a_mem", "1MB", RuleSettingUnknown},
	} {
		if got := rule(c.CheckSetting(test.name, test.value)); got != test.rule {
			t.Errorf("%s = %q: %q, want %q", test.name, test.value, got, test.rule)
		}
	}
}
