package pool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"tenantproxy/internal/wire"
)

// defaultConnectTimeout bounds one host's connect and login where the DSN has
// no connect_timeout.
const defaultConnectTimeout = 10 * time.Second

// DialerOptions configure a Dialer.
type DialerOptions struct {
	// Config gives what to connect with: user, password, hosts,
	// target_session_attrs, TLS and so on, made by pgconn.ParseConfig. It is called for every
	// connection, so that passwords and certificates can be rotated, and gives a new one each
	// time. Run-time parameters in it are the defaults of every session.
	Config func() (*pgconn.Config, error)
	// Databases are the databases that clients may ask for. Empty: the one of
	// Config only.
	Databases []string
	// Pinned are the settings that have the proxy's values on every connection,
	// whatever Config says.
	Pinned []wire.Parameter
}

// Dialer makes upstream connections. It is immutable and safe for concurrent use.
type Dialer struct {
	opts      DialerOptions
	database  string
	databases []string
}

// forbiddenParams may not be among the run-time parameters of the
// configuration: they would choose another role or protocol than the one that
// is checked (I9), or hide settings from us.
var forbiddenParams = []string{"role", "session_authorization", "options", "replication"}

// NewDialer checks the options; it does not connect.
func NewDialer(opts DialerOptions) (*Dialer, error) {
	d := &Dialer{opts: opts, databases: opts.Databases}
	config, err := d.config()
	if err != nil {
		return nil, err
	}
	d.database = config.Database
	if d.database == "" {
		d.database = config.User // as Postgres has it
	}
	if len(d.databases) == 0 {
		d.databases = []string{d.database}
	}
	return d, nil
}

// config gives a configuration for one connection.
func (d *Dialer) config() (*pgconn.Config, error) {
	config, err := d.opts.Config()
	if err != nil {
		return nil, err
	}
	for name := range config.RuntimeParams {
		if slices.Contains(forbiddenParams, wire.FoldASCII(name)) {
			return nil, fmt.Errorf("upstream.dsn: the parameter %q is not allowed", name)
		}
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = defaultConnectTimeout
	}
	dialer, err := takeTCPParams(config.RuntimeParams)
	if err != nil {
		return nil, err
	}
	dialer.Timeout = config.ConnectTimeout
	config.DialFunc = dialer.DialContext
	setParams(config, d.opts.Pinned)
	return config, nil
}

// Databases are those that clients may ask for. The caller does not change it.
func (d *Dialer) Databases() []string { return d.databases }

// DefaultDatabase is the database of the configuration: that of clients which
// ask for none.
func (d *Dialer) DefaultDatabase() string { return d.database }

// Dial connects to database with the configuration's run-time parameters and
// the pinned settings, as the catalog's connection does, and as role unless that is
// empty. It tries the hosts in turn. onNotification, unless nil, is called with each
// notification that the connection reads. The caller owns the connection. The error
// is a *RoleError if the login role cannot become role.
func (d *Dialer) Dial(ctx context.Context, database, role string, onNotification pgconn.NotificationHandler) (*pgconn.PgConn, error) {
	config, err := d.config()
	if err != nil {
		return nil, err
	}
	config.Database = database
	config.OnNotification = onNotification
	if role == "" {
		return pgconn.ConnectConfig(ctx, config)
	}
	setParams(config, []wire.Parameter{{Name: "role", Value: role}})
	conn, err := pgconn.ConnectConfig(ctx, config)
	var server *pgconn.PgError
	if errors.As(err, &server) && slices.Contains(roleRefused, server.Code) {
		return nil, &RoleError{Role: role, Login: config.User, Err: server}
	}
	return conn, err
}

// roleRefused are the SQLSTATEs of a role at startup that does not exist, or that the
// login role may not become (check_role in commands/variable.c).
var roleRefused = []string{"42704", "42501", "22023"}

// RoleError means that the login role cannot become a role.
type RoleError struct {
	Role, Login string
	Err         *pgconn.PgError
}

// Error names the roles, and what Postgres says.
func (e *RoleError) Error() string {
	return fmt.Sprintf("the login role %s cannot become role %s: %s", e.Login, e.Role, e.Err.Message)
}

// Unwrap gives Postgres's error.
func (e *RoleError) Unwrap() error { return e.Err }

// setParams sets params in config, replacing those of the same name in any case.
func setParams(config *pgconn.Config, params []wire.Parameter) {
	for _, p := range params {
		folded := wire.FoldASCII(p.Name)
		for name := range config.RuntimeParams {
			if wire.FoldASCII(name) == folded {
				delete(config.RuntimeParams, name)
			}
		}
		config.RuntimeParams[p.Name] = p.Value
	}
}

// startupLen is the length in bytes of the startup packet that config makes.
func startupLen(config *pgconn.Config) int {
	n := 4 + 4 + len("user\x00") + len(config.User) + 1 + len("database\x00") + len(config.Database) + 1 + 1
	for name, value := range config.RuntimeParams {
		n += len(name) + 1 + len(value) + 1
	}
	return n
}

// OpenError means that there is no upstream connection.
type OpenError struct {
	// Server is the error that Postgres answered with; nil when it was not
	// reached or broke off.
	Server *pgconn.PgError
	Err    error
}

// Error is for logs: it may name hosts and roles, never a password.
func (e *OpenError) Error() string { return "opening upstream connection: " + e.Err.Error() }

// Unwrap gives the cause.
func (e *OpenError) Unwrap() error { return e.Err }

func openError(err error) *OpenError {
	e := &OpenError{Err: err}
	errors.As(err, &e.Server)
	return e
}
