package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"
)

// maxDepth bounds the nesting of objects and arrays in a token.
const maxDepth = 32

// Errors of decodeObject. They are reasons for the log.
var (
	errNotObject    = errors.New("not a JSON object")
	errDuplicateKey = errors.New("an object names a key twice")
	errTooDeep      = errors.New("nested too deeply")
	errText         = errors.New("text that Postgres cannot hold: a NUL, a lone surrogate or invalid UTF-8")
)

// decodeObject reads one JSON object so that no two readers can disagree on
// what it says: names are kept as they are, a name that occurs twice in an
// object is an error at any depth (encoding/json and jsonb keep the last, other
// libraries the first), text must be UTF-8 without lone
// surrogates (encoding/json would replace them) and without NUL (Postgres would
// refuse it). Numbers are kept as json.Number.
func decodeObject(text []byte) (map[string]any, error) {
	if !json.Valid(text) {
		return nil, errNotObject
	}
	if !storableText(text) {
		return nil, errText
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	value, err := decodeValue(dec, maxDepth)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errNotObject
	}
	return object, nil
}

func decodeValue(dec *json.Decoder, depth int) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, errNotObject
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token, nil
	}
	if depth == 0 {
		return nil, errTooDeep
	}
	if delim == '[' {
		return decodeArray(dec, depth)
	}
	return decodeMembers(dec, depth)
}

func decodeArray(dec *json.Decoder, depth int) (any, error) {
	array := []any{}
	for dec.More() {
		element, err := decodeValue(dec, depth-1)
		if err != nil {
			return nil, err
		}
		array = append(array, element)
	}
	_, err := dec.Token() // the closing bracket
	return array, err
}

func decodeMembers(dec *json.Decoder, depth int) (any, error) {
	object := make(map[string]any)
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, errNotObject
		}
		name, ok := token.(string)
		if !ok {
			return nil, errNotObject
		}
		if _, taken := object[name]; taken {
			return nil, errDuplicateKey
		}
		if object[name], err = decodeValue(dec, depth-1); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token() // the closing brace
	return object, err
}

// storableText reports whether all strings in valid JSON can be held by a
// Postgres text in UTF-8. Escapes occur only within strings, so they can be
// looked for without telling strings apart.
func storableText(text []byte) bool {
	if !utf8.Valid(text) {
		return false
	}
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		if text[i] != 'u' {
			continue
		}
		unit := hexUnit(text[i+1:])
		i += 4
		switch {
		case unit == 0:
			return false
		case unit >= 0xDC00 && unit <= 0xDFFF: // a low surrogate that no high one precedes
			return false
		case unit >= 0xD800 && unit <= 0xDBFF:
			if !bytes.HasPrefix(text[i+1:], []byte(`\u`)) {
				return false
			}
			if low := hexUnit(text[i+3:]); low < 0xDC00 || low > 0xDFFF {
				return false
			}
			i += 6
		}
	}
	return true
}

// hexUnit reads the four digits that valid JSON has after \u.
func hexUnit(digits []byte) uint64 {
	unit, _ := strconv.ParseUint(string(digits[:4]), 16, 16)
	return unit
}

// encodeObject writes an object that decodeObject returned as compact JSON.
// Numbers are written digit by digit as they came; nothing is escaped for HTML.
func encodeObject(object map[string]any) (string, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(object); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(out.Bytes(), []byte("\n"))), nil
}
