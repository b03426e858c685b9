package config

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

//go:generate go test -run ^TestKeysAreDocumented$ -update .

const referenceFile = "../../docs/CONFIGURATION.md"

// documented are the comments of the fields of Config and what is in it, by the
// name of their type.
type documented map[string][]documentedField

type documentedField struct {
	name, key, comment string
}

func readComments(t *testing.T) documented {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	found := make(documented)
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.TypeSpec)
		if !ok {
			return true
		}
		structure, ok := spec.Type.(*ast.StructType)
		if !ok {
			return false
		}
		for _, f := range structure.Fields.List {
			key, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("yaml"), ",")
			comment := strings.Join(strings.Fields(f.Doc.Text()), " ")
			found[spec.Name.Name] = append(found[spec.Name.Name], documentedField{f.Names[0].Name, key, comment})
		}
		return false
	})
	return found
}

// keyText is what the reference says of a key: the comment of its field, without
// the field's name in front and the default, which has a column of its own.
func (d documented) keyText(t *testing.T, typeName, path string) (text, defaultText string) {
	t.Helper()
	fields := d[typeName]
	at := slices.IndexFunc(fields, func(f documentedField) bool { return f.key == lastName(path) })
	if at < 0 || fields[at].comment == "" {
		t.Errorf("%s has no comment in config.go", path)
		return "", ""
	}
	text, ok := strings.CutPrefix(fields[at].comment, fields[at].name+" ")
	if !ok {
		t.Errorf("the comment of %s does not begin with %s", path, fields[at].name)
	}
	for _, verb := range []string{"is ", "are "} {
		text = strings.TrimPrefix(text, verb)
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if match := regexp.MustCompile(` Default:? (\S*?)(; [^.]*)?\.$`).FindStringSubmatch(text); match != nil {
		text, defaultText = strings.TrimSuffix(text, match[0]), match[1]
	}
	section := strings.TrimSuffix(path, lastName(path))
	for _, f := range fields { // other keys by their names, not those of the fields
		if len(f.name) > 1 && strings.ToUpper(f.name[1:]) != f.name[1:] && strings.ContainsAny(f.name[1:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			text = regexp.MustCompile(`\b`+f.name+`\b`).ReplaceAllString(text, "`"+section+f.key+"`")
		}
	}
	return strings.ReplaceAll(text, "|", `\|`), strings.Trim(defaultText, "`")
}

// defaultOf is how the reference shows a default.
func defaultOf(s setting) string {
	if slices.Contains([]string{"upstream.dsn", "auth.algorithms", "auth.keys"}, s.path) {
		return "required"
	}
	switch v := s.value.Interface().(type) {
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	case map[string]any:
		return "{}"
	}
	text := textOf(s.value)
	if text == "-" {
		text = `"-"` // as YAML needs it
	}
	return text
}

// keyTable is the part of the reference about sections of the configuration.
func (d documented) keyTable(t *testing.T, sections []string) string {
	t.Helper()
	types := make(map[string]string)
	for i, config := 0, reflect.TypeFor[Config](); i < config.NumField(); i++ {
		types[keyName(config.Field(i))] = config.Field(i).Type.Name()
	}
	var table strings.Builder
	row := func(path, defaultText, text string) {
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", path, defaultText, text)
	}
	table.WriteString("| key | default | meaning |\n| --- | --- | --- |\n")
	for _, s := range settings(Default()) {
		section, _, nested := strings.Cut(s.path, ".")
		if !slices.Contains(sections, section) {
			continue
		}
		typeName := "Config"
		if nested {
			typeName = types[section]
		}
		text, said := d.keyText(t, typeName, s.path)
		is := defaultOf(s)
		if is != said && (said != "" || !slices.Contains([]string{"", "[]", "{}", "required"}, is)) {
			t.Errorf("the comment of %s says that its default is %q, which is %q", s.path, said, is)
		}
		switch is {
		case "":
			is = "empty"
		case "required":
			text = strings.TrimSuffix(text, " Required.")
		default:
			is = "`" + is + "`"
		}
		row(s.path, is, text)
		if s.path == "auth.keys" {
			for _, f := range d["KeySource"] {
				text, _ := d.keyText(t, "KeySource", "auth.keys[]."+f.key)
				row("auth.keys[]."+f.key, "", text)
			}
		}
	}
	return table.String()
}

// TestKeysAreDocumented holds the tables in docs/CONFIGURATION.md to the comments
// and the defaults of the code. -update writes them.
func TestKeysAreDocumented(t *testing.T) {
	written, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	comments := readComments(t)
	missing := make(map[string]bool)
	for _, s := range settings(Default()) {
		section, _, _ := strings.Cut(s.path, ".")
		missing[section] = true
	}
	want := regexp.MustCompile(`(?s)(<!-- keys: ([a-z_ ]+) -->\n).*?(<!-- end of keys -->\n)`).ReplaceAllStringFunc(string(written), func(part string) string {
		head, _, _ := strings.Cut(part, "\n")
		sections := strings.Fields(strings.TrimSuffix(strings.TrimPrefix(head, "<!-- keys: "), " -->"))
		for _, section := range sections {
			delete(missing, section)
		}
		return head + "\n" + comments.keyTable(t, sections) + "<!-- end of keys -->\n"
	})
	if len(missing) > 0 {
		t.Errorf("docs/CONFIGURATION.md has no table of %v", slices.Sorted(maps.Keys(missing)))
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(referenceFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(written) != want {
		t.Error("docs/CONFIGURATION.md is stale: run go generate ./internal/config")
	}
}

// textOf is a value as it would be written in the environment.
func textOf(value reflect.Value) string {
	switch v := value.Interface().(type) {
	case time.Duration:
		return formatDuration(v)
	case []string:
		return strings.Join(v, ",")
	default:
		return fmt.Sprint(v)
	}
}
