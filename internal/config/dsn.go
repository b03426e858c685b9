package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// DSN is a libpq connection string, which may hold a password. Printing it in
// any way gives Redacted; string(dsn) is the whole.
type DSN string

// hidden stands for what is not shown.
const hidden = "xxxxx"

// Redacted gives the DSN without passwords. A DSN that is not well-formed is
// hidden altogether, since where its password is cannot be told.
func (d DSN) Redacted() string {
	for _, scheme := range []string{"postgres://", "postgresql://"} {
		if rest, ok := strings.CutPrefix(string(d), scheme); ok {
			return scheme + redactURL(rest)
		}
	}
	if strings.Contains(string(d), "://") {
		return hidden
	}
	password := regexp.MustCompile(`(?i)((?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'?|(?:[^\s\\]|\\.)*)`)
	return password.ReplaceAllString(string(d), "${1}"+hidden)
}

// redactURL hides the passwords in what follows the scheme. As in libpq the
// user's part ends with the first @, unless a slash comes before.
func redactURL(rest string) string {
	var shown strings.Builder
	if at := strings.IndexAny(rest, "@/"); at >= 0 && rest[at] == '@' {
		user, _, hasPassword := strings.Cut(rest[:at], ":")
		shown.WriteString(user)
		if hasPassword {
			shown.WriteString(":" + hidden)
		}
		shown.WriteString("@")
		rest = rest[at+1:]
	}
	address, query, hasQuery := strings.Cut(rest, "?")
	if strings.Contains(address, "@") {
		return hidden // a password with an @ or a slash that is not encoded
	}
	shown.WriteString(address)
	if !hasQuery {
		return shown.String()
	}
	for i, pair := range strings.Split(query, "&") {
		shown.WriteByte("?&"[min(i, 1)])
		name, value, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil || strings.Contains(strings.ToLower(plain), "password") || strings.Contains(value, "@") {
			pair = name + "=" + hidden
		}
		shown.WriteString(pair)
	}
	return shown.String()
}

// String gives Redacted.
func (d DSN) String() string { return d.Redacted() }

// GoString gives Redacted, for %#v.
func (d DSN) GoString() string { return d.Redacted() }

// LogValue gives Redacted.
func (d DSN) LogValue() slog.Value { return slog.StringValue(d.Redacted()) }

// MarshalText gives Redacted, for YAML and JSON.
func (d DSN) MarshalText() ([]byte, error) { return []byte(d.Redacted()), nil }

// ConnConfig gives what pgconn connects with: the DSN over the PG* variables of
// the process, and the password of PasswordFile, which is read anew each time.
// The result is the caller's. Errors hold no password.
func (u Upstream) ConnConfig() (*pgconn.Config, error) {
	config, err := parseDSN(u.DSN)
	if err != nil {
		return nil, fmt.Errorf("reading upstream.dsn: %w", err)
	}
	if u.PasswordFile != "" {
		content, err := os.ReadFile(u.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("reading upstream.password_file: %w", err)
		}
		config.Password = string(bytes.TrimSuffix(bytes.TrimSuffix(content, []byte("\n")), []byte("\r")))
		if config.Password == "" {
			return nil, fmt.Errorf("reading upstream.password_file: %s is empty", u.PasswordFile)
		}
	}
	return config, nil
}

func parseDSN(d DSN) (*pgconn.Config, error) {
	config, err := pgconn.ParseConfig(string(d))
	if err == nil {
		return config, nil
	}
	// The library hides passwords in its messages as well as it can, and can
	// not where the DSN is broken just there.
	var file *fs.PathError
	switch {
	case errors.As(err, &file):
		return nil, fmt.Errorf("a file that it needs cannot be read: %w", file)
	case !mayHoldPassword(string(d)):
		return nil, err
	}
	return nil, errors.New("not a connection string such as postgres://user@host:5432/database?sslmode=verify-full " +
		"(with special characters in it percent-encoded); it is not shown since it may hold a password")
}

// mayHoldPassword tells whether a DSN that could not be parsed might hold a
// password. In doubt it does.
func mayHoldPassword(dsn string) bool {
	if strings.ContainsAny(dsn, "%") || strings.Contains(strings.ToLower(dsn), "password") {
		return true
	}
	_, rest, isURL := strings.Cut(dsn, "://")
	if !isURL {
		return strings.ContainsAny(dsn, "@:") // a URL without its scheme
	}
	// user@host:port/… and nothing else that has a colon or an at-sign
	return !regexp.MustCompile(`^([^@:/?]*@)?[^@:/?]*(:[0-9]*)?([/?][^@:]*)?$`).MatchString(rest)
}
