package auth

import (
	"context"
	"strings"
	"testing"
)

// roleOptions ask for a role too.
func roleOptions(tb testing.TB) Options {
	o := secretOptions(tb)
	o.RoleClaim, o.Roles = "app_metadata.role", []string{"editor", "Viewer"}
	return o
}

func TestRole(t *testing.T) {
	v := newVerifier(t, roleOptions(t))
	verify := func(members string) (*Identity, error) {
		return v.Verify(context.Background(), signRaw(t, plainHeader, payloadWith(members)))
	}
	for _, role := range []string{"editor", "Viewer"} {
		id, err := verify(`,"app_metadata":{"role":"` + role + `"}`)
		if err != nil || id.Role != role {
			t.Errorf("%s: %+v, %v", role, id, err)
		}
	}
	for members, problem := range map[string]string{
		"":                                                    "is missing",
		`,"role":"editor"`:                                    "is missing",
		`,"app_metadata.role":"editor"`:                       "is missing",
		`,"app_metadata":"editor"`:                            "is missing: app_metadata is a string, not an object",
		`,"app_metadata":{"role":null}`:                       "is null, not a string",
		`,"app_metadata":{"role":["editor"]}`:                 "is an array, not a string",
		`,"app_metadata":{"role":""}`:                         "names a role that is not served",
		`,"app_metadata":{"role":"none"}`:                     "names a role that is not served",
		`,"app_metadata":{"role":"Editor"}`:                   "names a role that is not served",
		`,"app_metadata":{"role":"viewer"}`:                   "names a role that is not served",
		`,"app_metadata":{"role":" editor"}`:                  "names a role that is not served",
		`,"app_metadata":{"role":"postgres"}`:                 "names a role that is not served",
		`,"app_metadata":{"role":"editor","Role":"postgres"}`: "has a sibling whose name differs in letter case only",
	} {
		_, err := verify(members)
		if err == nil || err.Error() != "token claim app_metadata.role "+problem {
			t.Errorf("%s: %v, want %q", members, err, problem)
		}
	}
	// A token that is not accepted for its roles must not be for its org either.
	expectClaimError(t, v, signRaw(t, plainHeader, `{"exp":1800003600,"app_metadata":{"role":"editor"}}`), "token claim organization_id is missing")

	without := newVerifier(t, secretOptions(t))
	if id, err := without.Verify(context.Background(), signRaw(t, plainHeader, payloadWith(`,"role":"postgres"`))); err != nil || id.Role != "" {
		t.Errorf("without a role claim: %+v, %v", id, err)
	}
}

// TestRoleOptions has roles and claims that make no sense, or that users could edit
// (JWT-011).
func TestRoleOptions(t *testing.T) {
	for want, change := range map[string]func(*Options){
		"no roles to name":    func(o *Options) { o.Roles = nil },
		"no claim that names": func(o *Options) { o.RoleClaim = "" },
		"users can edit":      func(o *Options) { o.RoleClaim = "user_metadata.role" },
		"has no roles":        func(o *Options) { o.Roles = []string{"a", ""} },
		"a name is empty":     func(o *Options) { o.RoleClaim = "app_metadata..role" },
	} {
		o := roleOptions(t)
		change(&o)
		if _, err := NewVerifier(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
