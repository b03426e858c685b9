package catalog_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/pgtest"
)

func TestSnapshotSurvivesJSON(t *testing.T) {
	d := pgtest.NewDatabase(t, everything, "CREATE EXTENSION citext SCHEMA public")
	snap := load(t, d.Connect(t, d.App()), nil)
	written, err := json.Marshal(snap)
	if err != nil {
		t.Fatal(err)
	}
	read, err := catalog.Read(bytes.NewReader(written))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "relations", read.Relations, snap.Relations)
	equal(t, "relations by OID", read.RelationsByOID, snap.RelationsByOID)
	equal(t, "functions", read.Functions, snap.Functions)
	equal(t, "functions by OID", read.FunctionsByOID, snap.FunctionsByOID)
	equal(t, "operators", read.Operators, snap.Operators)
	equal(t, "operator families", read.Families, snap.Families)
	equal(t, "types", read.Types, snap.Types)
	equal(t, "casts", read.Casts, snap.Casts)
	equal(t, "role", read.Role, snap.Role)
	equal(t, "schemas", read.Schemas, snap.Schemas)
	again, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, written) {
		t.Error("written again it differs")
	}
	// What was read is never taken for what the database has.
	if next := load(t, d.Connect(t, d.App()), read); next.Generation != read.Generation+1 {
		t.Errorf("generation %d after %d", next.Generation, read.Generation)
	}
}

func TestReadRefusesWhatIsNotASnapshot(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"format": 3}`, ""},
		{``, "EOF"},
		{`[]`, "cannot unmarshal"},
		{`{}`, "format 0"},
		{`{"format": 4}`, "format 4"},
		{`{"format": 3} {"format": 3}`, "something follows"},
		{`{"format": 3, "relation": []}`, "unknown field"},
		{`{"format": 3, "relations": [{"schema": "s", "name": "a", "oid": 1, "kind": "table"}]}`, "not one letter"},
		{`{"format": 3, "relations": [{"schema": "s", "name": "a", "oid": 1, "kind": "r"}, {"schema": "s", "name": "a", "oid": 2, "kind": "r"}]}`, "there twice"},
		{`{"format": 3, "relations": [{"schema": "s", "name": "a", "oid": 1, "kind": "r"}, {"schema": "s", "name": "b", "oid": 1, "kind": "r"}]}`, "there twice"},
		{`{"format": 3, "relations": [null]}`, "missing"},
		{`{"format": 3, "functions": [null]}`, "missing"},
		{`{"format": 3, "functions": [{"oid": 1}, {"oid": 1}]}`, "there twice"},
		{`{"format": 3, "types": [null]}`, "missing"},
		{`{"format": 3, "types": [{"name": "t"}, {"name": "t"}]}`, "there twice"},
		{`{"format": 3, "operators": [null]}`, "missing"},
		{`{"format": 3, "operator_families": [null]}`, "missing"},
		{`{"format": 3, "casts": [null]}`, "missing"},
	} {
		snap, err := catalog.Read(strings.NewReader(c.text))
		switch {
		case c.want == "" && (err != nil || snap.Schemas == nil || snap.Relations == nil):
			t.Errorf("%s: %v", c.text, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || snap != nil):
			t.Errorf("%s: error %v lacks %q", c.text, err, c.want)
		}
	}
}
