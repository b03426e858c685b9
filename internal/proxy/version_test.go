package proxy_test

import (
	"context"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/pgtest"
	"tenantproxy/internal/proxy"
)

// TestProtocolVersions has clients of several minor versions, of one that will
// never be (GREASE, as libpq sends it in tests), and with options that nobody knows.
func TestProtocolVersions(t *testing.T) {
	f := start(t)
	for _, c := range []struct {
		name   string
		minor  uint16
		option string
		answer string // the body of NegotiateProtocolVersion
		key    int    // length in bytes
	}{
		{"3.0", 0, "", "", 4},
		{"3.0 with an option", 0, "_pq_.wish", "\x00\x03\x00\x00\x00\x00\x00\x01_pq_.wish\x00", 4},
		{"3.2", 2, "", "", 32},
		{"3.2 with an option", 2, "_pq_.wish", "\x00\x03\x00\x02\x00\x00\x00\x01_pq_.wish\x00", 32},
		{"3.9999", 9999, "_pq_.test_protocol_negotiation", "\x00\x03\x00\x02\x00\x00\x00\x01_pq_.test_protocol_negotiation\x00", 32},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := f.rawConnect(t)
			params := []string{"user", "app", "database", f.DB.Name}
			if c.option != "" {
				params = append(params, c.option, "")
			}
			packet := startupPacket(params...)
			binary.BigEndian.PutUint16(packet[6:], c.minor)
			conn.Write(packet)
			reply, err := pgtest.ReadReply(conn)
			if err == nil && reply.Type == 'v' {
				if string(reply.Body) != c.answer {
					t.Errorf("negotiates %q, want %q", reply.Body, c.answer)
				}
				reply, err = pgtest.ReadReply(conn)
			} else if c.answer != "" {
				t.Errorf("got %v, want a negotiation", reply)
			}
			if err != nil || reply.Type != 'R' {
				t.Fatalf("got %v, %v", reply, err)
			}
			send(t, conn, &pgproto3.PasswordMessage{Password: f.Token(t, demo.OrgA)})
			for _, reply := range until(t, conn, 'Z') {
				if reply.Type == 'K' && len(reply.Body)-4 != c.key {
					t.Errorf("a key of %d bytes, want %d", len(reply.Body)-4, c.key)
				}
			}
		})
	}
}

// TestLongKeys cancels with keys of protocol 3.2, on both sides where the server
// has them.
func TestLongKeys(t *testing.T) {
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		f := start(t, func(s *setup) {
			s.DB = server.NewDatabase(t)
			s.Upstream = s.DB.App() + "&max_protocol_version=latest"
		})
		conn, err := pgconn.Connect(t.Context(), f.DSN(f.Token(t, demo.OrgA))+"&max_protocol_version=latest")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		if len(conn.SecretKey()) != 32 {
			t.Errorf("a key of %d bytes", len(conn.SecretKey()))
		}
		// The beginning of the right key is a wrong one, and so is one with more.
		for _, key := range [][]byte{conn.SecretKey()[:4], conn.SecretKey()[:31], append(conn.SecretKey()[:32:32], 0)} {
			forged := f.rawConnect(t)
			forged.Write(cancelPacket(conn.PID(), key))
			if rest := closes(t, forged); len(rest) != 0 {
				t.Errorf("answered %q", rest)
			}
		}
		f.cancels(t, conn)
	})
}

func cancelPacket(pid uint32, key []byte) []byte {
	packet := binary.BigEndian.AppendUint32(nil, uint32(12+len(key)))
	packet = append(packet, 0x04, 0xd2, 0x16, 0x2e)
	return append(binary.BigEndian.AppendUint32(packet, pid), key...)
}

// TestNewLibpq has psql with the newest libpq that there is: direct TLS, and
// protocol 3.2, which libpq 18 can be asked for.
func TestNewLibpq(t *testing.T) {
	psql, err := exec.LookPath("psql")
	if err != nil {
		t.Skip("psql is not installed")
	}
	cert := pgtest.NewCertificate(t)
	certificates, files := store(t, cert, nil)
	f := start(t, func(s *setup) { s.Options.TLS, s.Options.TLSMode = certificates.Config(), proxy.TLSAlways })
	pgtest.EachVersion(t, func(t *testing.T, server *pgtest.Server) {
		lib := filepath.Join(filepath.Dir(server.BinDir()), "lib")
		if _, err := os.Stat(filepath.Join(lib, "libpq.so.5")); err != nil || server.Major < 17 {
			return // psql's own libpq is looked at elsewhere
		}
		versions := []string{""}
		if server.Major >= 18 {
			versions = []string{"", "&max_protocol_version=3.0", "&max_protocol_version=latest", "&min_protocol_version=3.2&max_protocol_version=3.2"}
		}
		for _, version := range versions {
			for _, negotiation := range []string{"postgres", "direct"} {
				dsn := strings.Replace(f.DSN(f.Token(t, demo.OrgA)), "127.0.0.1", "localhost", 1)
				dsn = strings.Replace(dsn, "sslmode=disable", "sslmode=verify-full&sslrootcert="+files.Cert+"&sslnegotiation="+negotiation, 1) + version
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				cmd := exec.CommandContext(ctx, psql, "-XAt", "-c", "SELECT current_setting('app.org_id')", dsn)
				cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LD_LIBRARY_PATH=" + lib, "HOME=" + t.TempDir()}
				out, err := cmd.CombinedOutput()
				cancel()
				if err != nil || strings.TrimSpace(string(out)) != demo.OrgA {
					t.Errorf("%s%s: %v: %s", negotiation, version, err, out)
				}
			}
		}
	})
}
