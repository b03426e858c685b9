package pool_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/localpg"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/pool"
	"tenantproxy/internal/wire"
)

// secured is a cluster that listens on TCP with TLS and asks each role for
// something else.
type secured struct {
	*localpg.Cluster
	cert *pgtest.Certificate
	// certFile and keyFile are the server's certificate, which its clients may
	// use too: it is for localhost, and so for the role of that name.
	certFile, keyFile string
}

func startSecured(t *testing.T) *secured {
	t.Helper()
	cert := pgtest.NewCertificate(t)
	cluster, err := localpg.Start(t.Context(), localpg.Options{
		TCP: true, TLSCert: cert.CertPEM, TLSKey: cert.KeyPEM,
		Settings: map[string]string{"ssl_ca_file": "server.crt", "password_encryption": "scram-sha-256"},
		HBA: []string{
			"host all trusting 127.0.0.1/32 trust",
			"host all plain 127.0.0.1/32 password",
			"hostnossl all scram 127.0.0.1/32 scram-sha-256",
			"hostssl all scram 127.0.0.1/32 scram-sha-256",
			"hostssl all localhost 127.0.0.1/32 cert",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	conn, err := pgconn.Connect(t.Context(), cluster.DSN("postgres", localpg.Superuser))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for _, sql := range []string{
		"CREATE ROLE trusting LOGIN; CREATE ROLE plain LOGIN PASSWORD 'p w'; CREATE ROLE localhost LOGIN",
		"CREATE ROLE scram LOGIN PASSWORD 'sec:ret@/'",
		"CREATE DATABASE other",
	} {
		if _, err := conn.Exec(t.Context(), sql).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	s := &secured{Cluster: cluster, cert: cert, certFile: filepath.Join(t.TempDir(), "crt"), keyFile: filepath.Join(t.TempDir(), "key")}
	for file, content := range map[string][]byte{s.certFile: cert.CertPEM, s.keyFile: cert.KeyPEM} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// dsn is a URL with the user information and parameters.
func (s *secured) dsn(host, user, password string, params ...string) string {
	query := url.Values{}
	for i := 0; i < len(params); i += 2 {
		query.Set(params[i], params[i+1])
	}
	u := url.URL{Scheme: "postgres", Host: fmt.Sprintf("%s:%d", host, s.Port()), Path: "/postgres", User: url.User(user), RawQuery: query.Encode()}
	if password != "" {
		u.User = url.UserPassword(user, password)
	}
	return u.String()
}

func newDialer(t *testing.T, dsn string, pinned ...wire.Parameter) *pool.Dialer {
	t.Helper()
	d, err := pool.NewDialer(pool.DialerOptions{
		Config: func() (*pgconn.Config, error) { return pgconn.ParseConfig(dsn) },
		Pinned: pinned,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// ask runs one Query on an upstream connection and gives the first row's columns.
func ask(t *testing.T, u *pool.Upstream, sql string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var columns []string
	err := u.Exchange(ctx, wire.AppendQuery(nil, sql), func(row []byte) error {
		var values pgproto3.DataRow
		if err := values.Decode(row); err != nil {
			return err
		}
		for _, v := range values.Values {
			columns = append(columns, string(v))
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return columns
}

// TestOpenAuthenticates goes through the ways to log in upstream, each with a
// look at how Postgres saw it.
func TestOpenAuthenticates(t *testing.T) {
	s := startSecured(t)
	for _, c := range []struct {
		name, dsn string
		tls       bool
		fails     string // SQLSTATE, or - for a failure of the client's side
	}{
		{"trust", s.dsn("127.0.0.1", "trusting", "", "sslmode", "disable"), false, ""},
		{"password", s.dsn("127.0.0.1", "plain", "p w", "sslmode", "disable"), false, ""},
		{"SCRAM", s.dsn("127.0.0.1", "scram", "sec:ret@/", "sslmode", "disable"), false, ""},
		{"SCRAM over TLS", s.dsn("127.0.0.1", "scram", "sec:ret@/", "sslmode", "require"), true, ""},
		{"SCRAM-PLUS", s.dsn("127.0.0.1", "scram", "sec:ret@/", "sslmode", "require", "channel_binding", "require"), true, ""},
		{"SCRAM-PLUS without TLS", s.dsn("127.0.0.1", "scram", "sec:ret@/", "sslmode", "disable", "channel_binding", "require"), false, "-"},
		{"verify-full", s.dsn("localhost", "trusting", "", "sslmode", "verify-full", "sslrootcert", s.certFile), true, ""},
		{"client certificate", s.dsn("localhost", "localhost", "", "sslmode", "verify-full", "sslrootcert", s.certFile, "sslcert", s.certFile, "sslkey", s.keyFile), true, ""},
		{"keywords", fmt.Sprintf("host=127.0.0.1 port=%d user=plain password='p w' dbname=postgres sslmode=disable", s.Port()), false, ""},
		{"the second host", fmt.Sprintf("postgres://trusting@127.0.0.1:1,127.0.0.1:%d/postgres?sslmode=disable", s.Port()), false, ""},
		{"read-write", fmt.Sprintf("postgres://trusting@127.0.0.1:%d/postgres?sslmode=disable&target_session_attrs=read-write", s.Port()), false, ""},
		{"standby only", fmt.Sprintf("postgres://trusting@127.0.0.1:%d/postgres?sslmode=disable&target_session_attrs=standby", s.Port()), false, "-"},
		{"wrong password", s.dsn("127.0.0.1", "scram", "wrong-one", "sslmode", "disable"), false, "28P01"},
		{"no client certificate", s.dsn("localhost", "localhost", "", "sslmode", "verify-full", "sslrootcert", s.certFile), true, "28000"},
		{"another authority", s.dsn("localhost", "trusting", "", "sslmode", "verify-full"), true, "-"},
		{"nobody there", "postgres://trusting@127.0.0.1:1/postgres?sslmode=disable", false, "-"},
		{"no such database", strings.Replace(s.dsn("127.0.0.1", "trusting", "", "sslmode", "disable"), "/postgres?", "/nosuch?", 1), false, "3D000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDialer(t, c.dsn)
			u, err := d.Open(t.Context(), d.DefaultDatabase(), pool.Context{}, nil)
			if c.fails != "" {
				var open *pool.OpenError
				if err == nil || !asOpenError(err, &open) {
					t.Fatalf("got %v", err)
				}
				if strings.Contains(err.Error(), "wrong-one") {
					t.Errorf("the error holds the password: %v", err)
				}
				if (open.Server == nil) != (c.fails == "-") || open.Server != nil && open.Server.Code != c.fails {
					t.Errorf("got %+v, %v", open.Server, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer u.Stream.Close()
			got := ask(t, u, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
			if want := map[bool]string{true: "t", false: "f"}[c.tls]; got[0] != want {
				t.Errorf("TLS is %s, want %s", got[0], want)
			}
		})
	}
}

func asOpenError(err error, to **pool.OpenError) bool {
	open, ok := err.(*pool.OpenError)
	*to = open
	return ok
}

// TestOpenContext looks at the settings of a connection, at first and after
// everything is reset.
func TestOpenContext(t *testing.T) {
	s := startSecured(t)
	dsn := s.dsn("127.0.0.1", "trusting", "", "sslmode", "disable", "Search_Path", "evil", "application_name", "the operator's", "work_mem", "5MB")
	d := newDialer(t, dsn, wire.Parameter{Name: "search_path", Value: "public, pg_catalog"}, wire.Parameter{Name: "client_encoding", Value: "UTF8"})
	for name, large := range map[string]string{
		"small": `{"organization_id":"x","note":"it's \"quoted\" \\ and ä"}`,
		"large": `{"note":"` + strings.Repeat("ä", 20_000) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			u, err := d.Open(t.Context(), "other", pool.Context{
				Client: []wire.Parameter{{Name: "application_name", Value: "the client's"}},
				Own:    []wire.Parameter{{Name: "app.org_id", Value: "org one"}, {Name: "request.jwt.claims", Value: large}},
			}, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer u.Stream.Close()
			if u.ResetLosesContext != (name == "large") {
				t.Errorf("ResetLosesContext is %v", u.ResetLosesContext)
			}
			settings := `SELECT current_setting('app.org_id'), current_setting('request.jwt.claims'), current_database(),
				current_setting('search_path'), current_setting('application_name'), current_setting('work_mem')`
			want := []string{"org one", large, "other", "public, pg_catalog", "the client's", "5MB"}
			if got := ask(t, u, settings); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got %.300q", got)
			}
			ask(t, u, "DISCARD ALL")
			if name == "large" {
				want[1] = ""
			}
			if got := ask(t, u, settings); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("after DISCARD ALL: %.300q", got)
			}
			if u.Parameter("client_encoding") != "UTF8" || u.Parameter("is_superuser") != "off" {
				t.Errorf("parameters %v", u.Parameters())
			}
		})
	}
}

// TestOpenReadsConfigEachTime rotates the password under a Dialer.
func TestOpenReadsConfigEachTime(t *testing.T) {
	s := startSecured(t)
	password := "wrong"
	d, err := pool.NewDialer(pool.DialerOptions{Config: func() (*pgconn.Config, error) {
		return pgconn.ParseConfig(s.dsn("127.0.0.1", "scram", password, "sslmode", "disable"))
	}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Open(t.Context(), "postgres", pool.Context{}, nil); err == nil {
		t.Fatal("a wrong password is accepted")
	}
	password = "sec:ret@/"
	u, err := d.Open(t.Context(), "postgres", pool.Context{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	u.Stream.Close()
}

func TestNewDialerRefuses(t *testing.T) {
	for _, param := range []string{"role=postgres", "session_authorization=postgres", "options=-c%20role%3Dpostgres", "replication=database", "ROLE=x"} {
		_, err := pool.NewDialer(pool.DialerOptions{Config: func() (*pgconn.Config, error) {
			return pgconn.ParseConfig("postgres://u@h/d?" + param)
		}})
		if err == nil || !strings.Contains(err.Error(), "not allowed") {
			t.Errorf("%s: %v", param, err)
		}
	}
}

// TestCancel cancels over TCP, over TLS and over the unix socket.
func TestCancel(t *testing.T) {
	s := startSecured(t)
	for name, dsn := range map[string]string{
		"tcp":  s.dsn("127.0.0.1", "trusting", "", "sslmode", "disable"),
		"tls":  s.dsn("127.0.0.1", "trusting", "", "sslmode", "require"),
		"unix": s.DSN("postgres", localpg.Superuser),
	} {
		t.Run(name, func(t *testing.T) {
			d := newDialer(t, dsn)
			u, err := d.Open(t.Context(), "postgres", pool.Context{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer u.Stream.Close()
			canceled := make(chan struct{})
			stop := make(chan struct{})
			go func() { // until it hits: the first may come before the query runs
				defer close(canceled)
				for {
					ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
					if err := u.Cancel(ctx); err != nil {
						t.Errorf("cancelling: %v", err)
					}
					cancel()
					select {
					case <-stop:
						return
					case <-time.After(50 * time.Millisecond):
					}
				}
			}()
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err = u.Exchange(ctx, wire.AppendQuery(nil, "SELECT pg_sleep(600)"), nil)
			var answer *pgconn.PgError
			if !errors.As(err, &answer) || answer.Code != "57014" {
				t.Errorf("got %v", err)
			}
			close(stop)
			<-canceled
		})
	}
}
