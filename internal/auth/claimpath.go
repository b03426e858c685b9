package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// claimPath is where a claim is found: the names to follow from the top.
type claimPath []string

// parseClaimPath splits a dotted path. A backslash makes a dot or a backslash
// part of a name: https://example\.com/org is one name.
func parseClaimPath(path string) (claimPath, error) {
	var names claimPath
	var name strings.Builder
	for i := 0; i < len(path); i++ {
		switch c := path[i]; c {
		case '\\':
			i++
			if i == len(path) || path[i] != '.' && path[i] != '\\' {
				return nil, fmt.Errorf("claim path %q: a backslash goes before a dot or a backslash only", path)
			}
			name.WriteByte(path[i])
		case '.':
			names = append(names, name.String())
			name.Reset()
		default:
			name.WriteByte(c)
		}
	}
	names = append(names, name.String())
	if slices.Contains(names, "") {
		return nil, fmt.Errorf("claim path %q: a name is empty", path)
	}
	return names, nil
}

// ValidateClaimPath checks the path of a claim that tells a token's org or role. A
// claim that users can edit themselves, as Supabase's and Auth0's
// user_metadata, is refused: with it, anybody could join any org.
func ValidateClaimPath(path string) error {
	names, err := parseClaimPath(path)
	if err != nil {
		return err
	}
	for _, name := range names {
		switch strings.ToLower(name) {
		case "user_metadata", "raw_user_meta_data":
			return fmt.Errorf("claim path %q: users can edit %s themselves, so it must not decide the org or the role", path, name)
		}
	}
	return nil
}

var (
	errClaimMissing   = errors.New("is missing")
	errClaimAmbiguous = errors.New("has a sibling whose name differs in letter case only")
)

// find follows the path, comparing names byte by byte. Where a sibling has the
// same name but for case folding, another reader may take that one, so the
// claim counts as ambiguous.
func (p claimPath) find(claims map[string]any) (any, error) {
	var value any = claims
	for i, name := range p {
		object, ok := value.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("is missing: %s is %s, not an object", strings.Join(p[:i], "."), describe(value))
		}
		if value, ok = object[name]; !ok {
			return nil, errClaimMissing
		}
		for sibling := range object {
			if sibling != name && strings.EqualFold(sibling, name) {
				return nil, errClaimAmbiguous
			}
		}
	}
	return value, nil
}

// SetClaim puts a value into claims at a dotted path, making objects on the way.
// It is how a token for a Verifier with that Options.Claim is composed.
func SetClaim(claims map[string]any, path string, value any) error {
	names, err := parseClaimPath(path)
	if err != nil {
		return err
	}
	object := claims
	for _, name := range names[:len(names)-1] {
		next, ok := object[name].(map[string]any)
		if !ok {
			if object[name] != nil {
				return fmt.Errorf("claim path %q: %s is not an object", path, name)
			}
			next = make(map[string]any)
			object[name] = next
		}
		object = next
	}
	object[names[len(names)-1]] = value
	return nil
}

// describe names the JSON type of a value, for error messages.
func describe(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	}
	return "a number"
}
