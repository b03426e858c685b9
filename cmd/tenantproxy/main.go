// Command tenantproxy is a Postgres wire-protocol proxy that enforces tenant
// isolation. See `tenantproxy --help` and the README.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// The exit codes that scripts can rely on.
const (
	exitFine        = 0
	exitFindings    = 1 // findings or refused statements; an audit log that is not complete
	exitUsage       = 2 // usage or configuration
	exitUnreachable = 3 // could not connect
)

// exitError is an error with its exit code. Others exit with exitUsage: what
// cobra finds wrong with a command line.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func main() {
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	root := newRootCommand()
	root.SetArgs(args)
	err := root.ExecuteContext(context.Background())
	if err == nil {
		return exitFine
	}
	fmt.Fprintln(os.Stderr, "tenantproxy:", err)
	var exit *exitError
	if errors.As(err, &exit) {
		return exit.code
	}
	return exitUsage
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "tenantproxy",
		Short: "A Postgres proxy that enforces tenant isolation",
		Long: `tenantproxy sits between apps and Postgres. It authenticates each connection by
its JWT, injects the org claim as a setting that row-level-security policies
read, and refuses statements that reach relations without row-level security.

Results go to stdout, everything else to stderr. Exit codes: 0 fine; 1 findings or
refused statements; 2 usage or configuration; 3 could not connect. NO_COLOR turns
colors off.`,
		Example: `  tenantproxy demo
  tenantproxy serve --config tenantproxy.yaml`,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddCommand(newServeCommand(), newCheckCommand(), newCatalogCommand(), newAuditCommand(), newHardenCommand(), newVerifyCommand(), newTokenCommand(), newDemoCommand(), newVersionCommand(), newManCommand())
	root.InitDefaultCompletionCmd()
	addExamples(root)
	addCompletions(root)
	return root
}

// addExamples gives those of cobra's own commands one.
func addExamples(root *cobra.Command) {
	for shell, example := range map[string]string{
		"bash":       "  tenantproxy completion bash > /usr/share/bash-completion/completions/tenantproxy",
		"zsh":        "  tenantproxy completion zsh > /usr/share/zsh/vendor-completions/_tenantproxy",
		"fish":       "  tenantproxy completion fish > ~/.config/fish/completions/tenantproxy.fish",
		"powershell": "  tenantproxy completion powershell | Out-String | Invoke-Expression",
	} {
		if cmd, _, err := root.Find([]string{"completion", shell}); err == nil {
			cmd.Example = example
		}
	}
}
