package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newManCommand writes the manual pages. It is for those who package the program.
func newManCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "man --out DIR",
		Short: "Write the manual pages",
		Long: `Write a manual page for each command to a directory. Their date is that of
SOURCE_DATE_EPOCH, if it is set, so that a build can be repeated.`,
		Example: `  tenantproxy man --out man && man -l man/tenantproxy-serve.1`,
		Args:    cobra.NoArgs,
		Hidden:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return errors.New("--out is needed")
			}
			date, err := buildDate()
			if err != nil {
				return err
			}
			if err := os.MkdirAll(out, 0o755); err != nil { //nolint:gosec // manual pages are for everybody
				return fmt.Errorf("making --out: %w", err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			header := &doc.GenManHeader{Section: "1", Date: &date, Source: "tenantproxy " + versionText(), Manual: "tenantproxy"}
			err = doc.GenManTreeFromOpts(root, doc.GenManTreeOptions{Header: header, Path: out, CommandSeparator: "-"})
			if err != nil {
				return fmt.Errorf("writing manual pages: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "directory for the pages; it is made")
	return cmd
}

// buildDate is the time of SOURCE_DATE_EPOCH (reproducible-builds.org), else now.
func buildDate() (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return time.Now(), nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is %q, not a number of seconds", text)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
