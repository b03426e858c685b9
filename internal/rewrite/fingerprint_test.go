package rewrite

import "testing"

func TestFingerprint(t *testing.T) {
	c := NewCache(callCentre(t).checker(testPolicy()), 1<<20)
	of := func(sql string) string { return c.Check([]byte(sql)).Fingerprint() }
	contacts := of("SELECT * FROM contacts WHERE id = 1")
	if len(contacts) != 16 {
		t.Fatalf("fingerprint %q", contacts)
	}
	// It is documented, and so has to stay what it is.
	if want := "3cb212b71a9e5b0f"; contacts != want {
		t.Errorf("fingerprint %s, was %s", contacts, want)
	}
	for _, same := range []string{
		"SELECT * FROM contacts WHERE id = 2", "select *\nfrom contacts where id = 3 -- four", "SELECT * FROM contacts WHERE id = $1",
	} {
		if got := of(same); got != contacts {
			t.Errorf("%s: %s, want %s", same, got, contacts)
		}
	}
	for _, other := range []string{"SELECT * FROM contacts WHERE name = 'x'", "DELETE FROM contacts WHERE id = 1", "SELECT * FROM import_staging"} {
		if got := of(other); got == contacts || len(got) != 16 {
			t.Errorf("%s: %s", other, got)
		}
	}
	for _, none := range []string{"SELECT FROM WHERE 'x'", "", "SELECT '\xff'"} {
		if got := of(none); got != "" {
			t.Errorf("%q: %s, want none", none, got)
		}
	}
}

// TestFingerprintOfHostileTexts holds that what the parser takes, the fingerprint
// survives: it walks the tree in C.
func TestFingerprintOfHostileTexts(t *testing.T) {
	c := callCentre(t).checker(testPolicy())
	for _, sql := range []string{
		"SELECT " + repeat("(", 2000) + "1" + repeat(")", 2000),
		"SELECT " + repeat("abs(", 500) + "1" + repeat(")", 500),
		"SELECT " + repeat("(SELECT ", 300) + "1" + repeat(")", 300),
		"SELECT 1" + repeat(" + 1", 1000),
		"SELECT " + repeat("ARRAY[", 500) + "1" + repeat("]", 500),
		"SELECT 1 IN (1" + repeat(", 1", 20000) + ")",
		"SELECT 1" + repeat(" UNION SELECT 1", 1000),
		repeat("SELECT 1;", 5000),
	} {
		d := Decision{Text: sql, Verdict: c.Check(sql)}
		if f := d.Fingerprint(); d.Refusal.Rule == "" && len(f) != 16 {
			t.Errorf("%.40s…: %q", sql, f)
		}
	}
}
