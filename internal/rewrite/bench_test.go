package rewrite

import "testing"

// BenchmarkCheck measures a miss of the verdict cache, with four texts: a
// short look-up, a join, an INSERT of 100 rows, an IN list of 10 kB.
func BenchmarkCheck(b *testing.B) {
	c := callCentre(b).checker(testPolicy())
	for name, sql := range map[string]string{
		"short": "SELECT name FROM contacts WHERE id = 1",
		"join": `SELECT c.id, c.name, c.phone, a.starts_at, a.note, k.name AS campaign, l.seconds, o.name AS organization
			FROM contacts c
			JOIN organizations o ON o.id = c.org_id
			LEFT JOIN appointments a ON a.contact_id = c.id AND a.starts_at > now() - interval '30 days'
			LEFT JOIN calls l ON l.contact_id = c.id AND l.seconds BETWEEN 10 AND 600
			LEFT JOIN campaigns k ON k.id = l.campaign_id
			WHERE c.status = 'open' AND (c.name ILIKE '%smith%' OR c.phone LIKE '+43%') AND l.started_at >= date_trunc('month', now())
			ORDER BY l.started_at DESC NULLS LAST, c.name LIMIT 50 OFFSET 100`,
		"insert100": "INSERT INTO contacts (id, name, phone, status) VALUES (1, 'Some Name', '+4312345678', 'open')" +
			repeat(", (1, 'Some Name', '+4312345678', 'open')", 99),
		"in10kB": "SELECT name FROM contacts WHERE id IN (100000" + repeat(", 123456", 1250) + ")",
	} {
		if v := c.Check(sql); !v.Allowed {
			b.Fatalf("%s: %s", name, v.Refusal.Message)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(sql)))
			for b.Loop() {
				c.Check(sql)
			}
		})
		b.Run(name+"/prescan", func(b *testing.B) {
			b.SetBytes(int64(len(sql)))
			for b.Loop() {
				if _, r := prescan(sql, defaultMaxBytes); r != nil {
					b.Fatal(r.Message)
				}
			}
		})
	}
}

// BenchmarkNew measures what a new catalog generation costs.
func BenchmarkNew(b *testing.B) {
	f := callCentre(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(testPolicy(), f.snap); err != nil {
			b.Fatal(err)
		}
	}
}
