package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secret is the password in all DSNs of these tests.
const secret = "s3cr3t"

func TestDSNRedacted(t *testing.T) {
	for dsn, want := range map[DSN]string{
		"postgres://app@db:5432/app?sslmode=verify-full":  "postgres://app@db:5432/app?sslmode=verify-full",
		"postgres://app:s3cr3t@db:5432/app":               "postgres://app:xxxxx@db:5432/app",
		"postgresql://app:s3cr3t@a:1,b:2/app?x=y":         "postgresql://app:xxxxx@a:1,b:2/app?x=y",
		"postgres://:s3cr3t@db":                           "postgres://:xxxxx@db",
		"postgres://app:s3:cr3t%40@db/app":                "postgres://app:xxxxx@db/app",
		"postgres://db/app?user=app&password=s3cr3t":      "postgres://db/app?user=app&password=xxxxx",
		"postgres://db/app?sslpassword=s3cr3t&x=1":        "postgres://db/app?sslpassword=xxxxx&x=1",
		"postgres://db/app?pass%77ord=s3cr3t":             "postgres://db/app?pass%77ord=xxxxx",
		"postgres://app:pa/s3cr3t@db/app":                 "postgres://xxxxx",
		"postgres://app:s@s3cr3t@db/app":                  "postgres://xxxxx",
		"postgres://app:what?s3cr3t=@db/app":              "postgres://app:xxxxx@db/app",
		"mysql://app:s3cr3t@db/app":                       "xxxxx",
		"host=db user=app dbname=app":                     "host=db user=app dbname=app",
		"host=db password=s3cr3t user=app":                "host=db password=xxxxx user=app",
		"host=db password = 's3cr3t and more' user=app":   "host=db password = xxxxx user=app",
		`host=db password='s\'s3cr3t' user=app`:           "host=db password=xxxxx user=app",
		`host=db password=s\ s3cr3t user=app`:             "host=db password=xxxxx user=app",
		"host=db password='s3cr3t":                        "host=db password=xxxxx",
		"host=db sslpassword=s3cr3t passfile=/run/pgpass": "host=db sslpassword=xxxxx passfile=/run/pgpass",
		"": "",
	} {
		if got := dsn.Redacted(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestDSNNeverPrinted prints a configuration in all the ways that Go has.
func TestDSNNeverPrinted(t *testing.T) {
	c := mustLoad(t, strings.Replace(minimal, "app_tenant@", "app_tenant:"+secret+"@", 1))
	if !strings.Contains(string(c.Upstream.DSN), secret) {
		t.Fatal("the password is not there at all")
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "dsn", c.Upstream.DSN, "upstream", c.Upstream, "config", c)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "dsn", c.Upstream.DSN, "upstream", c.Upstream, "config", c)
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	summary, err := c.Summary()
	if err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{
		fmt.Sprint(c.Upstream.DSN), fmt.Sprintf("%v %+v %#v %s %q", *c, *c, *c, c.Upstream.DSN, c.Upstream.DSN),
		log.String(), string(asJSON), summary,
	} {
		if strings.Contains(printed, secret) || strings.Contains(printed, fmt.Sprintf("%x", secret)) {
			t.Errorf("printed: %s", printed)
		}
		if !strings.Contains(printed, "app_tenant:xxxxx@db") {
			t.Errorf("the rest of the DSN is not printed: %s", printed)
		}
	}
}

// TestDSNErrorsHideSecrets has broken DSNs, each with a password somewhere.
func TestDSNErrorsHideSecrets(t *testing.T) {
	const shown = "upstream.dsn: not a connection string such as postgres://user@host:5432/database?sslmode=verify-full " +
		"(with special characters in it percent-encoded); it is not shown since it may hold a password"
	for _, dsn := range []string{
		"postgres://app:s3cr3t@db:port/app",
		"postgres://app:s3cr3t/@db:5432/app",
		"postgres://app:s3cr3t%zz@db/app",
		"postgres://app:s3cr3t@db/app?sslmode=maybe",
		"postgres://app:s3cr3t",
		"postgres://db/app?pass%77ord=s3cr3t&sslmode=maybe",
		"mysql://app:s3cr3t@db/app",
		"app:s3cr3t@db/app",
		"host=db password='s3cr3t",
		"host=db sslmode=maybe PassWord=s3cr3t",
	} {
		_, err := Load("", []string{
			"TENANTPROXY_UPSTREAM_DSN=" + dsn, "TENANTPROXY_AUTH_ALGORITHMS=ES256", "TENANTPROXY_AUTH_KEYS=[{public_key_file: x}]",
		})
		if err == nil || err.Error() != "TENANTPROXY_UPSTREAM_DSN: "+shown {
			t.Errorf("%s: got %v", dsn, err)
		}
	}
	// Without a password, and for a missing file, the reason is told.
	for dsn, want := range map[string]string{
		"postgres://app@db:5432/app?sslmode=maybe":                            "sslmode is invalid",
		"host=db user=app target_session_attrs=sometimes":                     "unknown target_session_attrs value",
		"postgres://app:s3cr3t@db/app?sslmode=verify-full&sslrootcert=/no/ca": "a file that it needs cannot be read: open /no/ca: no such file or directory",
	} {
		_, err := parseDSN(DSN(dsn))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: got %v, want %s", dsn, err, want)
		}
	}
}

// TestYAMLErrorsHideSecrets has a DSN in a file that does not parse: what is
// around a mistake must not be shown.
func TestYAMLErrorsHideSecrets(t *testing.T) {
	for _, content := range []string{
		"upstream:\n  dsn: postgres://app:s3cr3t@db/app\n dsn: x",
		"upstream:\n  dsn: \"postgres://app:s3cr3t@db/app",
		"upstream: {dsn: host=db password: s3cr3t",
		"upstream:\n  dsn: host=db: s3cr3t: x",
		"upstream:\n  s3cr3t word: x",
		"upstream:\n  dsn: [s3cr3t]",
		"upstream:\n  dsn: !!binary s3cr3t",
		"upstream:\n  dsn: &s3cr3t x",
		"upstream: s3cr3t",
		"s3cr3t",
	} {
		_, err := load(t, content)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: got %v", content, err)
		}
	}
}

func TestConnConfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	upstream := Upstream{DSN: "postgres://app:fromdsn@a:1,b:2/app?target_session_attrs=read-write&sslmode=disable"}
	config, err := upstream.ConnConfig()
	if err != nil {
		t.Fatal(err)
	}
	if config.Host != "a" || config.User != "app" || config.Database != "app" || config.Password != "fromdsn" || len(config.Fallbacks) != 1 {
		t.Errorf("got %+v", config)
	}
	upstream.PasswordFile = file
	for content, want := range map[string]string{"first\n": "first", "second": "second", " spaces \r\n": " spaces "} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if config, err = upstream.ConnConfig(); err != nil || config.Password != want {
			t.Errorf("got %+v, %v; want the password %q", config, err, want)
		}
	}
	if err := os.WriteFile(file, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := upstream.ConnConfig(); err == nil || err.Error() != "reading upstream.password_file: "+file+" is empty" {
		t.Errorf("an empty password file: %v", err)
	}
	upstream.PasswordFile += ".none"
	if _, err := upstream.ConnConfig(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no password file: %v", err)
	}
}
