package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tenantproxy/internal/hardening/audit"
)

// valueKind is what a shell offers for the value of a flag.
type valueKind struct {
	// words are the values there are.
	words []cobra.Completion
	// files has the names of files offered that end so; empty: of all.
	files []string
	// isFile and isDir say that the value is the name of one. Without all of these the
	// value is free, and a shell has nothing to offer.
	isFile, isDir bool
}

// flagValues says so for each flag that takes a value, by its name, or by the name of
// the command and its own where commands differ.
func flagValues() map[string]valueKind {
	var checks []cobra.Completion
	for _, check := range audit.Checks() {
		checks = append(checks, cobra.CompletionWithDesc(check.ID, check.Title))
	}
	file, free := valueKind{isFile: true}, valueKind{}
	return map[string]valueKind{
		"config":          {isFile: true, files: []string{"yaml", "yml"}},
		"audit --format":  {words: []cobra.Completion{"text", "json", "markdown", "html", "sarif"}},
		"check --format":  {words: []cobra.Completion{"text", "json", "sarif"}},
		"verify --format": {words: []cobra.Completion{"text", "json", "markdown", "html"}},
		"fail-on":         {words: []cobra.Completion{"critical", "high", "medium", "low", "none"}},
		"only":            {words: checks},
		"skip":            {words: checks},
		"alg": {words: []cobra.Completion{
			"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}},
		"out":            file,
		"harden --out":   {isDir: true},
		"man --out":      {isDir: true},
		"baseline":       {isFile: true, files: []string{"json"}},
		"write-baseline": {isFile: true, files: []string{"json"}},
		"evidence":       {isFile: true, files: []string{"json"}},
		"catalog":        {isFile: true, files: []string{"json"}},
		"check --file":   file,
		"add-seal-key":   file,
		"secret-file":    file,
		"key-file":       file,
		"token-file":     file,
		"admin-dsn":      free,
		"through-proxy":  free,
		"database":       free,
		"role":           free,
		"table-timeout":  free,
		"drain-timeout":  free,
		"listen":         free,
		"orgs":           free,
		"org":            free,
		"claim":          free,
		"sub":            free,
		"jti":            free,
		"kid":            free,
		"issuer":         free,
		"audience":       free,
		"ttl":            free,
		"set":            free,
	}
}

// addCompletions has shells complete the values of flags and the arguments of a
// command and of those below it.
func addCompletions(cmd *cobra.Command) {
	values := flagValues()
	cmd.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
		kind, ok := values[cmd.Name()+" --"+flag.Name]
		if !ok {
			kind, ok = values[flag.Name]
		}
		if ok {
			complete(cmd, flag.Name, kind)
		}
	})
	if cmd.ValidArgsFunction == nil && cmd.Runnable() {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
		if cmd.Name() == "check" {
			cmd.ValidArgsFunction = cobra.FixedCompletions([]cobra.Completion{"sql"}, cobra.ShellCompDirectiveFilterFileExt)
		}
	}
	for _, below := range cmd.Commands() {
		addCompletions(below)
	}
}

// complete says what is offered for a flag of the command. The errors of cobra are
// about flags that are not there.
func complete(cmd *cobra.Command, flag string, kind valueKind) {
	switch {
	case kind.isDir:
		_ = cmd.MarkFlagDirname(flag)
	case kind.isFile:
		_ = cmd.MarkFlagFilename(flag, kind.files...)
	default:
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(kind.words, cobra.ShellCompDirectiveNoFileComp))
	}
}
