package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tenantproxy/internal/config"
)

// roles are those that sessions run as; empty is the login role.
func roles(cfg config.Tenant) []string {
	if cfg.RoleClaim == "" {
		return []string{""}
	}
	return cfg.Roles
}

func (s *catalogSource) roleFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.role, "role", "", "the one of tenant.roles that statements run as (default: the first)")
}

// sessionRole is the role that the command is about, as it was asked for; empty for the
// login role.
func (s *catalogSource) sessionRole(cfg config.Tenant) (string, error) {
	if s.role == "" {
		return roles(cfg)[0], nil
	}
	if !slices.Contains(cfg.Roles, s.role) {
		return "", &exitError{exitUsage, fmt.Errorf("--role %s: tenant.roles has %s", s.role, cmp.Or(strings.Join(cfg.Roles, ", "), "none"))}
	}
	return s.role, nil
}

// upstreamRole is sessionRole, or the login role's name in its place.
func (s *catalogSource) upstreamRole(cfg *config.Config) (string, error) {
	role, err := s.sessionRole(cfg.Tenant)
	if err != nil || role != "" {
		return role, err
	}
	login, err := config.Upstream{DSN: cfg.Upstream.DSN}.ConnConfig()
	if err != nil {
		return "", &exitError{exitUsage, err}
	}
	return login.User, nil
}
