package config

import (
	"reflect"
	"strings"
)

// setting is one key of the configuration that has a value of its own.
type setting struct {
	path  string // auth.max_token_bytes
	value reflect.Value
}

// settings lists all keys of a configuration, in the order of its fields. The
// values can be set.
func settings(c *Config) []setting {
	return appendSettings(nil, reflect.ValueOf(c).Elem(), "")
}

func appendSettings(list []setting, section reflect.Value, prefix string) []setting {
	for i := range section.NumField() {
		path := prefix + keyName(section.Type().Field(i))
		if field := section.Field(i); field.Kind() == reflect.Struct {
			list = appendSettings(list, field, path+".")
		} else {
			list = append(list, setting{path, field})
		}
	}
	return list
}

// keyName is a field's name in the file.
func keyName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
	return name
}

// fieldNamed finds a key of a section.
func fieldNamed(section reflect.Value, name string) (reflect.Value, bool) {
	for i := range section.NumField() {
		if keyName(section.Type().Field(i)) == name {
			return section.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func keyNames(section reflect.Type) []string {
	var names []string
	for i := range section.NumField() {
		names = append(names, keyName(section.Field(i)))
	}
	return names
}
