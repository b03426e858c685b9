package pool

import (
	"slices"
	"testing"

	"tenantproxy/internal/wire"
)

// TestHas tells contexts apart, and knows equal ones of different makers, whatever of them
// is remembered by then (I1, I7).
func TestHas(t *testing.T) {
	context := func() Context {
		return Context{
			Role:   "editor",
			Client: []wire.Parameter{{Name: "datestyle", Value: "iso"}, {Name: "work_mem", Value: "7MB"}},
			Own:    []wire.Parameter{{Name: "app.org_id", Value: "a"}, {Name: "claims", Value: "{}"}},
		}
	}
	replaced := func(list []wire.Parameter, i int, p wire.Parameter) []wire.Parameter {
		list = slices.Clone(list)
		list[i] = p
		return list
	}
	changes := map[string]func(*Context){
		"role":             func(c *Context) { c.Role = "reader" },
		"no role":          func(c *Context) { c.Role = "" },
		"org":              func(c *Context) { c.Own = replaced(c.Own, 0, wire.Parameter{Name: "app.org_id", Value: "b"}) },
		"claims":           func(c *Context) { c.Own = replaced(c.Own, 1, wire.Parameter{Name: "claims", Value: "[]"}) },
		"name":             func(c *Context) { c.Own = replaced(c.Own, 0, wire.Parameter{Name: "app.org", Value: "_ida"}) },
		"client's":         func(c *Context) { c.Client = replaced(c.Client, 1, wire.Parameter{Name: "work_mem", Value: "8MB"}) },
		"order":            func(c *Context) { c.Client = []wire.Parameter{c.Client[1], c.Client[0]} },
		"fewer":            func(c *Context) { c.Client = c.Client[:1] },
		"the last ones":    func(c *Context) { c.Client = c.Client[1:] },
		"none":             func(c *Context) { c.Client = nil },
		"not the proxy's":  func(c *Context) { c.Own = nil },
		"in the other one": func(c *Context) { c.Client, c.Own = append(slices.Clone(c.Client), c.Own[0]), c.Own[1:] },
		"all":              func(c *Context) { *c = Context{} },
	}
	for name, change := range changes {
		for _, remembered := range []bool{false, true} {
			var u Upstream
			u.Become(context())
			c := context()
			check := func(what string, want bool) {
				t.Helper()
				if remembered {
					c.identify()
				}
				if u.has(&c) != want {
					t.Errorf("%s, remembered %v: %s: has says %v", name, remembered, what, !want)
				}
			}
			check("equal", true)
			change(&c)
			if u.has(&c) {
				t.Errorf("%s, remembered %v: what was remembered is taken for what there is", name, remembered)
			}
			check("changed", false)
			u.Become(c)
			check("both", true)
			was := c
			c = context()
			check("changed back", false)
			u.unknown = true
			c = was
			check("unknown", false)
		}
	}
}
