package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The YAML is walked as a tree rather than decoded by the library, whose errors
// quote the lines around: those may hold a secret.

// readYAML takes a whole file.
func (l *loader) readYAML(content []byte) {
	body := l.parseYAML(content)
	if body == nil {
		return
	}
	mapping, ok := body.(*ast.MappingNode)
	if !ok {
		l.fail(start(body), "the file must be a list of keys with values, not %s", describe(body))
		return
	}
	l.readSection(mapping, reflect.ValueOf(l.config).Elem(), "")
}

// parseYAML gives the one document in content, nil if it is empty or wrong.
func (l *loader) parseYAML(content []byte) ast.Node {
	file, err := parser.ParseBytes(content, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil {
			l.fail(syntax.GetToken(), "not valid YAML: %s", syntax.GetMessage())
		} else {
			l.problems = append(l.problems, fmt.Errorf("%s: not valid YAML", l.source))
		}
		return nil
	}
	var body ast.Node
	for _, document := range file.Docs {
		if document.Body == nil {
			continue
		}
		if body != nil {
			l.fail(start(document.Body), "a second document: the configuration is one")
			return nil
		}
		body = document.Body
	}
	return body
}

// readSection takes a mapping into a struct whose fields are the known keys.
func (l *loader) readSection(mapping *ast.MappingNode, section reflect.Value, prefix string) {
	seen := make(map[string]int) // name to line
	for _, entry := range mapping.Values {
		name, ok := l.key(entry)
		if !ok {
			continue
		}
		at := entry.Key.GetToken()
		if line := seen[name]; line != 0 {
			l.fail(at, "key %s is given twice, first in line %d", quoteKey(prefix+name), line)
			continue
		}
		seen[name] = at.Position.Line
		field, ok := fieldNamed(section, name)
		if !ok {
			l.fail(at, "%s", unknownKey(l.config, section.Type(), prefix, name))
			continue
		}
		l.readValue(entry.Value, field, prefix+name)
	}
}

// key gives the name of a mapping's entry, which must be plain text.
func (l *loader) key(entry *ast.MappingValueNode) (string, bool) {
	name, ok := entry.Key.(*ast.StringNode)
	if !ok {
		l.fail(entry.Key.GetToken(), "a key must be a plain name")
		return "", false
	}
	return name.Value, true
}

// readValue takes a node into the field for the key at path.
func (l *loader) readValue(node ast.Node, field reflect.Value, path string) {
	at := start(node)
	l.given(path, l.position(at))
	var err error
	switch field.Interface().(type) {
	case []string:
		err = l.readList(node, field, path, "a list such as [a, b]")
	case []KeySource:
		err = l.readList(node, field, path, "a list of key sources such as [{jwks_file: keys.json}]")
	case map[string]any:
		err = l.readClaims(node, field, path)
	default:
		if field.Kind() == reflect.Struct {
			switch section := node.(type) {
			case *ast.MappingNode:
				l.readSection(section, field, path+".")
			case *ast.NullNode: // a section whose keys are all commented out
			default:
				err = fmt.Errorf("must be keys with values, not %s", describe(node))
			}
			break
		}
		err = readScalar(node, field)
	}
	if err != nil {
		l.fail(at, "%s: %s", path, err)
	}
}

// readList reads a list of any type; what says what it must be.
func (l *loader) readList(node ast.Node, field reflect.Value, path, what string) error {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		return fmt.Errorf("must be %s, not %s", what, describe(node))
	}
	list := reflect.MakeSlice(field.Type(), len(sequence.Values), len(sequence.Values))
	for i, element := range sequence.Values {
		l.readValue(element, list.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	field.Set(list)
	return nil
}

// readClaims takes required_claims, whose names are not ours and whose values
// keep the type that they have in YAML.
func (l *loader) readClaims(node ast.Node, field reflect.Value, path string) error {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		return fmt.Errorf("must be claims with values such as {token_use: access}, not %s", describe(node))
	}
	claims := make(map[string]any)
	for _, entry := range mapping.Values {
		name, ok := l.key(entry)
		if !ok {
			continue
		}
		at := entry.Key.GetToken()
		if _, given := claims[name]; given {
			l.fail(at, "%s: claim %s is given twice", path, quoteKey(name))
			continue
		}
		value, err := claimValue(entry.Value)
		if err != nil {
			l.fail(entry.Value.GetToken(), "%s: claim %s %s", path, quoteKey(name), err)
			continue
		}
		claims[name] = value
	}
	field.Set(reflect.ValueOf(claims))
	return nil
}

func claimValue(node ast.Node) (any, error) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, nil
	case *ast.BoolNode:
		return n.Value, nil
	case *ast.IntegerNode:
		number, err := parseInt(n.Token.Value)
		return int64(number), err
	}
	return nil, fmt.Errorf("must be text, true, false or a whole number, not %s", describe(node))
}

// readScalar takes a node that holds one value.
func readScalar(node ast.Node, field reflect.Value) error {
	text := node.GetToken().Value
	switch n := node.(type) {
	case *ast.LiteralNode:
		text = n.Value.Value
	case *ast.StringNode, *ast.BoolNode, *ast.IntegerNode:
	default:
		return fmt.Errorf("must be %s, not %s", wanted(field), describe(node))
	}
	_, isText := node.(*ast.StringNode)
	if _, ok := node.(*ast.LiteralNode); ok {
		isText = true
	}
	_, isBool := node.(*ast.BoolNode)
	switch field.Interface().(type) {
	case string, DSN:
		if !isText {
			return fmt.Errorf("must be text, not %s: put it in quotes", describe(node))
		}
	case bool:
		if !isBool {
			return fmt.Errorf("must be true or false, not %s", describe(node))
		}
	case int:
		if isText || isBool {
			return fmt.Errorf("must be a whole number, not %s", describe(node))
		}
	}
	return setText(field, text)
}

// setText sets a field that holds one value from its text form.
func setText(field reflect.Value, text string) error {
	var value any
	var err error
	switch field.Interface().(type) {
	case string:
		value = text
	case DSN:
		value = DSN(text)
	case bool:
		value, err = parseBool(text)
	case int:
		value, err = parseInt(text)
	case time.Duration:
		value, err = parseDuration(text)
	case ByteSize:
		value, err = ParseByteSize(text)
	default:
		err = fmt.Errorf("no text form for %s", field.Type())
	}
	if err != nil {
		return err
	}
	field.Set(reflect.ValueOf(value))
	return nil
}

func wanted(field reflect.Value) string {
	switch field.Interface().(type) {
	case bool:
		return "true or false"
	case int:
		return "a whole number"
	case time.Duration:
		return "a duration such as 30s"
	case ByteSize:
		return "a size such as 8KiB"
	}
	return "text"
}

// describe names the kind of a node, for error messages.
func describe(node ast.Node) string {
	switch node.(type) {
	case *ast.NullNode:
		return "nothing"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.BoolNode:
		return "a boolean"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode:
		return "keys with values"
	case *ast.AnchorNode, *ast.AliasNode:
		return "an anchor or alias"
	case *ast.TagNode:
		return "a tag"
	}
	return "something else"
}

// unknownKey composes the message for a key that is not known, with the key
// that was probably meant: one like it in the same section, or one of the same
// name in another.
func unknownKey(c *Config, section reflect.Type, prefix, name string) string {
	text := "unknown key " + quoteKey(prefix+name)
	if near := nearest(name, keyNames(section)); near != "" {
		return text + fmt.Sprintf(": did you mean %q?", prefix+near)
	}
	for _, s := range settings(c) {
		if lastName(s.path) == name {
			return text + fmt.Sprintf(": did you mean %q?", s.path)
		}
	}
	return text
}

// quoteKey quotes a key that the user wrote, unless it does not look like one:
// then it may be a value that slipped.
func quoteKey(key string) string {
	if !regexp.MustCompile(`^[A-Za-z0-9_.\[\]-]{1,100}$`).MatchString(key) {
		return "(not a plain name)"
	}
	return fmt.Sprintf("%q", key)
}

// start is the first token of a node. The library gives the colon after the
// first key for a mapping without braces.
func start(node ast.Node) *token.Token {
	mapping, ok := node.(*ast.MappingNode)
	if ok && !mapping.IsFlowStyle && len(mapping.Values) > 0 {
		return mapping.Values[0].Key.GetToken()
	}
	return node.GetToken()
}

// fail records what is wrong at a place in the source.
func (l *loader) fail(at *token.Token, format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf("%s: %s", l.position(at), fmt.Sprintf(format, args...)))
}

func (l *loader) position(at *token.Token) string {
	if l.environment {
		return l.source
	}
	return fmt.Sprintf("%s:%d:%d", l.source, at.Position.Line, at.Position.Column)
}
