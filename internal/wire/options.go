package wire

import (
	"errors"
	"strings"
)

// ErrOptions means startup options with something other than settings.
var ErrOptions = errors.New("startup options hold a switch other than a setting")

// ParseOptions reads the value of the startup parameter "options" as the
// postgres command line that it is: words are split at white space, with a
// backslash making the next character literal (pg_split_opts in
// utils/init/postinit.c); settings come as "-c name=value", "-cname=value" or
// "--name=value", with a dash in the name standing for an underscore
// (ParseLongOption in utils/misc/guc.c). Any other switch gives
// ErrOptions: it is not needed by any client that we know, and unknown is refused (I4).
func ParseOptions(options string) ([]Parameter, error) {
	words := splitOptions(options)
	var params []Parameter
	for i := 0; i < len(words); i++ {
		var assignment string
		switch word := words[i]; {
		case word == "-c":
			i++
			if i == len(words) {
				return nil, ErrOptions
			}
			assignment = words[i]
		case strings.HasPrefix(word, "-c"):
			assignment = word[len("-c"):]
		case strings.HasPrefix(word, "--") && len(word) > len("--"):
			assignment = word[len("--"):]
		default:
			return nil, ErrOptions
		}
		name, value, ok := strings.Cut(assignment, "=")
		if !ok || name == "" {
			return nil, ErrOptions
		}
		params = append(params, Parameter{strings.ReplaceAll(name, "-", "_"), value})
	}
	return params, nil
}

// splitOptions splits at white space as C's isspace has it. A backslash takes
// the special meaning of the character behind it away; one at the very end
// stands for nothing.
func splitOptions(options string) []string {
	var words []string
	var word []byte
	inWord := false
	for i := 0; i < len(options); i++ {
		c := options[i]
		switch {
		case c == ' ' || '\t' <= c && c <= '\r':
			if inWord {
				words = append(words, string(word))
				word, inWord = word[:0], false
			}
			continue
		case c == '\\':
			inWord = true
			i++
			if i == len(options) {
				continue
			}
			c = options[i]
		}
		inWord = true
		word = append(word, c)
	}
	if inWord {
		words = append(words, string(word))
	}
	return words
}
