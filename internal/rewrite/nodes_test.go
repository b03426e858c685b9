package rewrite

import (
	"testing"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// everyType calls f with an empty message of each type of pg_query's schema.
func everyType(t *testing.T, f func(protoreflect.Message)) {
	t.Helper()
	messages := (&pg_query.Node{}).ProtoReflect().Descriptor().ParentFile().Messages()
	if messages.Len() < 250 {
		t.Fatalf("the schema has only %d types", messages.Len())
	}
	for i := 0; i < messages.Len(); i++ {
		typ, err := protoregistry.GlobalTypes.FindMessageByName(messages.Get(i).FullName())
		if err != nil {
			t.Fatal(err)
		}
		f(typ.New())
	}
}

// TestEveryNodeIsClassified fails when an upgrade of the parser brings a type
// of node that nobody has thought about.
func TestEveryNodeIsClassified(t *testing.T) {
	everyType(t, func(m protoreflect.Message) {
		if classOf(m) == unclassified {
			t.Errorf("%s is not classified", m.Descriptor().Name())
		}
	})
}

// TestLeavesHoldNothing holds that no node is passed over that could have an
// expression, relation or type in it. Two fields are never set by the parser.
func TestLeavesHoldNothing(t *testing.T) {
	parserNever := map[protoreflect.FullName]bool{
		"pg_query.SQLValueFunction.xpr":            true,
		"pg_query.SetToDefault.xpr":                true,
		"pg_query.CurrentOfExpr.xpr":               true,
		"pg_query.Alias.colnames":                  true, // names only
		"pg_query.CTESearchClause.search_col_list": true, // names only
		"pg_query.JsonReturning.format":            true, // a leaf too
		"pg_query.A_Const.ival":                    true,
		"pg_query.A_Const.fval":                    true,
		"pg_query.A_Const.boolval":                 true,
		"pg_query.A_Const.sval":                    true,
		"pg_query.A_Const.bsval":                   true,
	}
	everyType(t, func(m protoreflect.Message) {
		if classOf(m) != leaf {
			return
		}
		for fields, i := m.Descriptor().Fields(), 0; i < fields.Len(); i++ {
			if field := fields.Get(i); field.Kind() == protoreflect.MessageKind && !parserNever[field.FullName()] {
				t.Errorf("%s is passed over", field.FullName())
			}
		}
	})
}

// TestEveryJudgedNodeHasARule holds that judge knows each type that classOf
// sends to it. An empty node may be refused, or be more than a rule expects.
func TestEveryJudgedNodeHasARule(t *testing.T) {
	c := callCentre(t).checker(testPolicy())
	everyType(t, func(m protoreflect.Message) {
		if classOf(m) != judged {
			return
		}
		w := &walker{c: c, v: &Verdict{}, path: c.path, root: &pg_query.Node{}}
		name := string(m.Descriptor().Name())
		if r := w.judge(m); r != nil && r.Rule == RuleNodeUnknown && r.Message == "statement holds a "+name+", which has no rule here" {
			t.Error(r.Message)
		}
	})
}

// TestStatementTable holds that every statement of the grammar is either
// walked, in the table of allowed ones, or refused by name, and never two of
// them.
func TestStatementTable(t *testing.T) {
	c := callCentre(t).checker(testPolicy())
	seen := 0
	everyType(t, func(m protoreflect.Message) {
		name := m.Descriptor().Name()
		_, refused := refusedStatements[name]
		if refused {
			seen++
		}
		if refused && (allowedStatement(m.Interface()) || classOf(m) == judged) {
			t.Errorf("%s is both allowed and refused", name)
		}
		if refused {
			w := &walker{c: c, v: &Verdict{}, path: c.path}
			if r := w.utility(m.Interface()); r == nil || r.Rule != RuleStatement {
				t.Errorf("%s: %v", name, r)
			}
		}
	})
	if seen != len(refusedStatements) {
		t.Errorf("%d of %d refused statements are in the schema", seen, len(refusedStatements))
	}
}
