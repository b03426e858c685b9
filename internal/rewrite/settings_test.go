package rewrite

import (
	"slices"
	"testing"
)

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

// TestSets tells what of a text's settings may outlive its transaction.
func TestSets(t *testing.T) {
	c := callCentre(t).checker(testPolicy())
	for _, test := range []struct {
		sql       string
		sets      []string
		transacts bool
	}{
		{"SET work_mem = '7MB'", []string{"work_mem"}, false},
		{"SET SESSION TimeZone TO 'UTC'", []string{"timezone"}, false},
		{"SET TIME ZONE LOCAL", nil, false}, // a reset
		{"SET LOCAL work_mem = '7MB'", nil, false},
		{"SET transaction_isolation = 'serializable'", nil, false},
		{"SET TRANSACTION READ ONLY", nil, false},
		{"SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", []string{"default_transaction_isolation", "default_transaction_read_only", "default_transaction_deferrable"}, false},
		{"SELECT set_config('work_mem', '7MB', false)", []string{"work_mem"}, false},
		{"SELECT set_config('timezone', $1, true)", nil, false},
		{"SELECT set_config('timezone', $1, $2)", []string{"timezone"}, false},
		{"SELECT set_config('timezone', 'UTC', 1 = 1)", []string{"timezone"}, false},
		{"SET work_mem = '7MB'; RESET work_mem", nil, false},
		{"RESET work_mem; SET work_mem = '7MB'", []string{"work_mem"}, false},
		{"SET work_mem = '7MB'; DISCARD ALL", nil, false},
		{"BEGIN; SET work_mem = '7MB'", []string{"work_mem"}, true},
		{"SAVEPOINT s", nil, true},
		{"SELECT 1", nil, false},
	} {
		v := c.Check(test.sql)
		if !v.Allowed || !slices.Equal(v.Sets, test.sets) || v.Transacts != test.transacts || v.KeepsState {
			t.Errorf("%s: allowed %v, sets %q, transacts %v, keeps state %v", test.sql, v.Allowed, v.Sets, v.Transacts, v.KeepsState)
		}
	}
}
