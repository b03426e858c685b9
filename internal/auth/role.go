package auth

import (
	"errors"
	"fmt"
	"slices"
)

// roleReader takes the role from verified claims. Its zero value takes none.
type roleReader struct {
	claim string
	path  claimPath
	roles []string
}

func newRoleReader(claim string, roles []string) (roleReader, error) {
	if claim == "" {
		if len(roles) > 0 {
			return roleReader{}, errors.New("there are roles, but no claim that names one")
		}
		return roleReader{}, nil
	}
	if len(roles) == 0 || slices.Contains(roles, "") {
		return roleReader{}, errors.New("the claim of the role has no roles to name")
	}
	if err := ValidateClaimPath(claim); err != nil {
		return roleReader{}, err
	}
	path, err := parseClaimPath(claim)
	return roleReader{claim, path, slices.Clone(roles)}, err
}

// read gives the role, empty if tokens name none. A token that names none of the
// roles is refused: the connection's own role is not for it.
func (r *roleReader) read(claims map[string]any) (string, error) {
	if r.claim == "" {
		return "", nil
	}
	value, err := r.path.find(claims)
	if err != nil {
		return "", &ClaimError{Claim: r.claim, Problem: err.Error()}
	}
	role, ok := value.(string)
	if !ok {
		return "", &ClaimError{Claim: r.claim, Problem: fmt.Sprintf("is %s, not a string", describe(value))}
	}
	if !slices.Contains(r.roles, role) {
		return "", &ClaimError{Claim: r.claim, Problem: "names a role that is not served"}
	}
	return role, nil
}
