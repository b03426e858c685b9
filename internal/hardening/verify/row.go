package verify

import (
	"context"
	"crypto/rand"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"tenantproxy/internal/hardening/schema"
)

// column is what a value is made for.
type column struct {
	Name string
	// Type is its type, or the one below its domain; Category that type's (manual,
	// "System Catalogs", pg_type.typcategory). Label is the first of an enum.
	Type, Category, Label string
	// Length is the most characters of a text; 0 is without a limit.
	Length int
}

// columnsQuery has $1 for the table's OID.
const columnsQuery = `WITH RECURSIVE base (number, type, modifier) AS (
	SELECT attnum, atttypid, atttypmod FROM pg_catalog.pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped
	UNION ALL SELECT b.number, t.typbasetype, t.typtypmod FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type WHERE t.typtype = 'd')
SELECT a.attname AS name, pg_catalog.format_type(b.type, NULL) AS type, t.typcategory::pg_catalog.text AS category,
	coalesce((SELECT enumlabel FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY enumsortorder LIMIT 1), '') AS label,
	CASE WHEN t.typcategory = 'S' AND b.modifier > 4 THEN b.modifier - 4 ELSE 0 END AS length
FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype <> 'd'
JOIN pg_catalog.pg_attribute a ON a.attrelid = $1 AND a.attnum = b.number ORDER BY b.number`

// unknownType is the error for a type that no value is known of.
type unknownType string

func (t unknownType) Error() string { return "no value is known for type " + string(t) }

// value makes one, as text, for the nth column; ok is false for a type that is not known.
func (c column) value(n int) (text string, ok bool) {
	random := strings.ToLower(rand.Text())
	switch c.Type {
	case "uuid":
		return fmt.Sprintf("%x", random[:16]), true
	case "json", "jsonb":
		return "{}", true
	case "bytea":
		return `\x` + fmt.Sprintf("%x", random), true
	case "xml":
		return "<x/>", true
	case "smallint":
		return fmt.Sprint(10_000 + int(random[0])*60 + int(random[1])), true
	}
	switch c.Category {
	case "S":
		if c.Length > 0 && c.Length < len(random) {
			random = random[:c.Length]
		}
		return random, true
	case "N":
		number := 0
		for _, b := range []byte(random[:6]) {
			number = number*32 + int(b)%32
		}
		return fmt.Sprint(1_000_000_000 + number), true
	case "D": // what ends often comes after what begins
		return time.Date(2026, 1, 1+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), true
	case "R":
		if strings.Contains(c.Type, "multirange") {
			return "{(,)}", true
		}
		return "(,)", true
	}
	text, ok = map[string]string{
		"A": "{}", "B": "false", "E": c.Label, "G": "(0,0)", "I": "192.0.2.1", "T": "0", "V": "0",
	}[c.Category]
	return text, ok
}

var (
	firstText   = regexp.MustCompile(`'((?:[^']|'')*)'`)
	firstNumber = regexp.MustCompile(`-?\b\d+(?:\.\d+)?\b`)
)

// hint gives a value that the column's CHECK constraints mention, such as the first of
// those that it may have; empty if there is none.
func (t *table) hint(c column, number int16) string {
	for _, check := range t.Checks {
		if len(check.Columns) != 1 || check.Columns[0] != number {
			continue
		}
		switch c.Category {
		case "S":
			if m := firstText.FindStringSubmatch(check.Definition); m != nil {
				return strings.ReplaceAll(m[1], "''", "'")
			}
		case "N":
			return firstNumber.FindString(check.Definition)
		}
	}
	return ""
}

// makeRow makes a row for an organization: a copy of one that is there, with new values
// in what is unique, or one of defaults and values that are made up. tried is why that
// failed; then there is none.
func (v *verifier) makeRow(ctx context.Context, tx pgx.Tx, t *table, org string) (tried error, err error) {
	for _, hints := range []bool{true, false} {
		if tried, err = v.tryRow(ctx, tx, t, org, hints); tried == nil || err != nil {
			break
		}
	}
	return tried, err
}

func (v *verifier) tryRow(ctx context.Context, tx pgx.Tx, t *table, org string, hints bool) (tried error, err error) {
	found, err := tx.Query(ctx, columnsQuery, t.OID)
	if err != nil {
		return nil, err
	}
	columns, err := pgx.CollectRows(found, pgx.RowToStructByName[column])
	if err != nil {
		return nil, err
	}
	like, err := v.anyRow(ctx, tx, t, columns)
	if err != nil {
		return nil, err
	}
	var names, places []string
	var values []any
	for i, c := range columns {
		of := t.Column(c.Name)
		var value *string
		switch {
		case of == nil || of.Generated != "":
			continue
		case c.Name == t.column:
			value = &org
		case of.HasDefault || of.Identity != "":
			if like == nil || t.inUniqueKey(of) || of.Identity == "a" {
				continue
			}
			value = like[i]
		case like != nil && !t.inUniqueKey(of):
			value = like[i]
		case !of.NotNull && !t.inUniqueKey(of):
			continue
		default:
			made, ok := c.value(i)
			if hint := t.hint(c, of.Number); hint != "" && hints && !t.inUniqueKey(of) {
				made, ok = hint, true
			}
			if !ok {
				return unknownType(c.Type), nil
			}
			value = &made
		}
		values = append(values, value)
		names = append(names, schema.Ident(c.Name))
		places = append(places, fmt.Sprintf("$%d::text::%s", len(values), of.Type))
	}
	return attemptKept(ctx, tx, "INSERT INTO "+t.sql+" ("+strings.Join(names, ", ")+") OVERRIDING SYSTEM VALUE VALUES ("+strings.Join(places, ", ")+")", values...)
}

// anyRow gives the values of some row; nil if there is none.
func (v *verifier) anyRow(ctx context.Context, tx pgx.Tx, t *table, columns []column) (values []*string, err error) {
	var list []string
	values = make([]*string, len(columns))
	into := make([]any, len(columns))
	for i, c := range columns {
		list = append(list, schema.Ident(c.Name)+"::text")
		into[i] = &values[i]
	}
	tried, err := attempt(ctx, tx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT "+strings.Join(list, ", ")+" FROM "+t.sql+" LIMIT 1").Scan(into...)
	})
	if tried != nil {
		return nil, err
	}
	return values, err
}

// inUniqueKey tells whether a column is in a key that no two rows may have, of whichever
// organization: one with the tenant column in it has no row of the organization yet.
func (t *table) inUniqueKey(c *schema.Column) bool {
	org := t.Column(t.column).Number
	return slices.ContainsFunc(t.Indexes, func(i *schema.Index) bool {
		return (i.Unique || i.Exclusion) && slices.Contains(i.Columns, c.Number) && !slices.Contains(i.Columns, org)
	})
}
