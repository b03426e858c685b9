package clients

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"tenantproxy/internal/demo"
	"tenantproxy/internal/localpg"
	"tenantproxy/internal/pgtest"
)

var record = flag.Bool("record", false, "write testdata/orm anew")

// TestRecord writes down what each program that is installed sends to Postgres,
// without the proxy, and the verdict on it. Only with -record.
func TestRecord(t *testing.T) {
	if !*record {
		t.Skip("records with -record")
	}
	for _, p := range programs(t) {
		t.Run(p.name, func(t *testing.T) {
			versions := p.versions(t)
			recordWord(t, p, "work", p.name, versions)
			if p.refused {
				recordWord(t, p, "refused", p.name+refusedSuffix, versions)
			}
		})
	}
}

func recordWord(t *testing.T, p program, word, file, versions string) {
	db := pgtest.NewDatabase(t, schema)
	invokerView(t, db)
	checker := newChecker(t, db) // before the program changes the schema
	role := demo.AppRole
	if word == "refused" {
		role = localpg.Superuser
	}
	r := &recorder{t: t, db: db, role: role, org: demo.OrgA}
	address := r.listen()
	out, err := p.run(t, word, environment(t, address, db.Name, "unused", demo.OrgA)...)
	r.stop()
	if err != nil || !strings.HasSuffix(strings.TrimSpace(out), "done") {
		t.Fatalf("%s: %v: %s", word, err, end(out))
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, "-- %s\n-- PostgreSQL %s, %s. Recorded by\n", versions, db.Query(t, "SHOW server_version")[0][0], time.Now().UTC().Format(time.DateOnly))
	fmt.Fprintf(&text, "--     go test ./internal/clients -run TestRecord/%s -record\n", p.name)
	for _, startup := range r.startups {
		fmt.Fprintf(&text, "-- startup: %s\n", startup)
	}
	text.WriteString("\n")
	for _, sql := range r.texts {
		fmt.Fprintf(&text, "%s\n%s\n\n", sql, verdict(checker, sql))
	}
	if err := os.WriteFile(filepath.Join("testdata/orm", file+".sql"), text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// recorder stands between a client and Postgres and notes each text that goes
// by for the first time. The session gets the context that the proxy would give it.
type recorder struct {
	t         *testing.T
	db        *pgtest.Database
	role, org string
	listener  net.Listener
	running   sync.WaitGroup

	mu              sync.Mutex
	startups, texts []string
}

// listen gives the address for the client.
func (r *recorder) listen() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	r.listener = listener
	r.running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			r.running.Go(func() {
				defer client.Close()
				if err := r.session(client); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, net.ErrClosed) {
					r.t.Logf("recording: %v", err)
				}
			})
		}
	})
	return listener.Addr().String()
}

// stop waits for the clients to leave.
func (r *recorder) stop() {
	r.listener.Close()
	r.running.Wait()
}

func (r *recorder) note(list *[]string, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(*list, text) {
		*list = append(*list, text)
	}
}

func (r *recorder) session(client net.Conn) error {
	backend := pgproto3.NewBackend(client, client)
	parameters, err := r.startup(client, backend)
	if err != nil || parameters == nil {
		return err
	}
	config, err := pgconn.ParseConfig(r.db.As(r.role))
	if err != nil {
		return err
	}
	network, address := pgconn.NetworkAddress(config.Host, config.Port)
	server, err := net.Dial(network, address)
	if err != nil {
		return err
	}
	defer server.Close()
	parameters["user"], parameters["database"] = r.role, r.db.Name
	parameters["app.org_id"] = r.org
	parameters["request.jwt.claims"] = fmt.Sprintf(`{"organization_id": %q}`, r.org)
	if err := send(server, &pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: parameters}); err != nil {
		return err
	}
	r.running.Go(func() {
		io.Copy(client, server)
		client.Close()
	})
	for {
		message, err := backend.Receive()
		if err != nil {
			return err
		}
		switch m := message.(type) {
		case *pgproto3.Query:
			r.note(&r.texts, m.String)
		case *pgproto3.Parse:
			r.note(&r.texts, m.Query)
		}
		if err := send(server, message); err != nil {
			return err
		}
	}
}

// startup reads to the startup message and gives its parameters; nil for a
// connection that is not for statements.
func (r *recorder) startup(client net.Conn, backend *pgproto3.Backend) (map[string]string, error) {
	for {
		message, err := backend.ReceiveStartupMessage()
		if err != nil {
			return nil, err
		}
		switch m := message.(type) {
		case *pgproto3.SSLRequest, *pgproto3.GSSEncRequest:
			if _, err := client.Write([]byte{'N'}); err != nil {
				return nil, err
			}
		case *pgproto3.StartupMessage:
			var words []string
			for name, value := range m.Parameters {
				if name != "user" && name != "database" {
					words = append(words, fmt.Sprintf("%s=%q", name, value))
				}
			}
			slices.Sort(words)
			r.note(&r.startups, strings.Join(words, " "))
			return m.Parameters, nil
		default:
			return nil, nil
		}
	}
}

func send(to io.Writer, message pgproto3.FrontendMessage) error {
	encoded, err := message.Encode(nil)
	if err != nil {
		return err
	}
	_, err = to.Write(encoded)
	return err
}
