package proxy

import (
	"strings"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/hardening/seal"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// PinnedSettings are the settings that have the proxy's values in every session
// (I3): how SQL text is read, how names resolve and whether policies apply is
// never up to a client.
func PinnedSettings(policy rewrite.Policy) []wire.Parameter {
	return []wire.Parameter{
		{Name: "client_encoding", Value: "UTF8"},
		{Name: "standard_conforming_strings", Value: "on"},
		{Name: "backslash_quote", Value: "safe_encoding"},
		{Name: "row_security", Value: "on"},
		{Name: "search_path", Value: policy.SearchPath()},
	}
}

// sessionContext is the context of an identity's session, and the settings that
// the client asked for at startup, which checked lets through.
func (o *Options) sessionContext(id *auth.Identity, client []wire.Parameter) pool.Context {
	c := pool.Context{Role: id.Role, Client: client, Own: []wire.Parameter{{Name: o.TenantSetting, Value: id.Org}}}
	if o.ClaimsSetting != "" {
		c.Own = append(c.Own, wire.Parameter{Name: o.ClaimsSetting, Value: id.ClaimsJSON})
	}
	if o.Seal != nil {
		c.Seal = func(b seal.Backend) wire.Parameter { return o.Seal(id.Org, b) }
	}
	return c
}

// clientSettings gives the settings of a startup message that become defaults of
// the session, those in its options among them. Each must be one that SET may
// change; the error says which is not.
func (o *Options) clientSettings(rules *rules, p *wire.StartupPacket) ([]wire.Parameter, error) {
	var asked []wire.Parameter
	for _, param := range p.Parameters {
		switch name := wire.FoldASCII(param.Name); {
		case name == "user", name == "database", strings.HasPrefix(name, "_pq_."):
		case name == "replication":
			if !isFalse(param.Value) {
				return nil, refusalError(wire.SeverityFatal, rewrite.Refuse(rewrite.RuleReplication,
					"replication connections are not allowed", ""))
			}
		case name == "options":
			options, err := wire.ParseOptions(param.Value)
			if err != nil {
				return nil, refusalError(wire.SeverityFatal, rewrite.Refuse(rewrite.RuleOptions,
					"startup options hold a switch that is not allowed",
					"Use -c name=value or --name=value with settings that SET may change."))
			}
			asked = append(asked, options...)
		default:
			asked = append(asked, param)
		}
	}
	pinned := make(map[string]bool)
	for _, param := range o.Pinned {
		pinned[param.Name] = true
	}
	settings := make(map[string]int)
	var accepted []wire.Parameter
	for _, param := range asked {
		name := wire.FoldASCII(param.Name)
		if name == "client_encoding" && wire.FoldASCII(param.Value) == "sql_ascii" {
			// What psql sends in the C locale. It means that the client does not
			// look at encodings, so it is served with the pinned one.
			continue
		}
		if refusal := rules.checkSetting(param.Name, param.Value); refusal != nil {
			return nil, refusalError(wire.SeverityFatal, refusal)
		}
		if pinned[name] {
			continue // allowed because it asks for the pinned value
		}
		if i, ok := settings[name]; ok {
			accepted[i].Value = param.Value
			continue
		}
		settings[name] = len(accepted)
		accepted = append(accepted, wire.Parameter{Name: name, Value: param.Value})
	}
	return accepted, nil
}

// isFalse tells whether Postgres reads value as a boolean false (parse_bool in
// utils/adt/bool.c), in the spellings that clients send.
func isFalse(value string) bool {
	switch wire.FoldASCII(value) {
	case "false", "off", "no", "0":
		return true
	}
	return false
}

// refusalError is a refusal as a client sees it: FATAL where it ends a login.
func refusalError(severity string, r *rewrite.Refusal) *wire.Error {
	return &wire.Error{Severity: severity, SQLSTATE: r.SQLSTATE, Message: r.Message, Detail: r.Detail, Hint: r.Hint}
}
