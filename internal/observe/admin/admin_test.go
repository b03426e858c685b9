package admin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tenantproxy/internal/observe/admin"
	"tenantproxy/internal/observe/metrics"
)

// options are of a proxy that is ready, with one database named app.
func options() admin.Options {
	m := metrics.New(metrics.Options{Rules: []string{"relation.rls_disabled"}})
	return admin.Options{
		Alive:   func() {},
		Metrics: m.Handler(),
		Status: func() admin.Status {
			return admin.Status{Version: "v1", Counts: m.Summary()}
		},
		Relations: func(database, _ string) *admin.Relations {
			if database != "app" {
				return nil
			}
			return &admin.Relations{Database: database}
		},
		Log: slog.New(slog.DiscardHandler),
	}
}

// start serves on loopback for the length of the test, and gives the address.
func start(t *testing.T, o admin.Options) string {
	t.Helper()
	server, err := admin.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	t.Cleanup(func() {
		server.Close()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return "http://" + ln.Addr().String()
}

// get asks, with headers in pairs; Host counts too.
func get(t *testing.T, url string, headers ...string) (code int, body string, header http.Header) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			request.Host = headers[i+1]
			continue
		}
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(content), response.Header
}

var pages = []string{"/", "/page/app.js", "/page/style.css", "/metrics", "/api/status", "/api/relations?database=app", "/nothing"}

func TestPages(t *testing.T) {
	address := start(t, options())
	for path, want := range map[string]string{
		"/": "text/html", "/page/app.js": "text/javascript", "/page/style.css": "text/css", "/page/icon.svg": "image/svg+xml",
		"/metrics": "text/plain", "/api/status": "application/json", "/api/relations?database=app": "application/json",
		"/healthz": "text/plain", "/readyz": "application/json",
	} {
		code, _, header := get(t, address+path)
		if code != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), want) {
			t.Errorf("%s: %d, %s", path, code, header.Get("Content-Type"))
		}
		if policy := header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
	}
	for path, want := range map[string]int{
		"/nothing": http.StatusNotFound, "/api/relations?database=other": http.StatusNotFound, "/api/relations": http.StatusNotFound,
		"/debug/pprof/": http.StatusNotFound, "/page/../server.go": http.StatusNotFound,
	} {
		if code, _, _ := get(t, address+path); code != want {
			t.Errorf("%s: %d", path, code)
		}
	}
	response, err := http.Post(address+"/api/status", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", response.StatusCode)
	}
}

// TestPprof serves profiles, and not the command line.
func TestPprof(t *testing.T) {
	o := options()
	o.Pprof = true
	address := start(t, o)
	if code, body, _ := get(t, address+"/debug/pprof/goroutine?debug=1"); code != http.StatusOK || !strings.Contains(body, "goroutine profile") {
		t.Errorf("%d: %s", code, body)
	}
	if code, body, _ := get(t, address+"/debug/pprof/cmdline"); code != http.StatusNotFound || strings.Contains(body, os.Args[0]) {
		t.Errorf("the command line: %d: %s", code, body)
	}
}

func TestToken(t *testing.T) {
	const token = "a-token-of-some-length"
	file := filepath.Join(t.TempDir(), "token")
	write := func(content string) {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(token + "\n")
	o := options()
	o.TokenFile = file
	o.Checks = []admin.Check{{Name: "upstream", Err: func() error { return errors.New("no route to db.internal") }}}
	address := start(t, o)
	for name, header := range map[string][]string{
		"none":          nil,
		"another":       {"Authorization", "Bearer a-token-of-some-lengtI"},
		"a part":        {"Authorization", "Bearer a-token-of-some-lengt"},
		"empty":         {"Authorization", "Bearer "},
		"another Basic": {"Authorization", "Basic b3BzOnB3"},
		"as a cookie":   {"Cookie", "token=" + token},
	} {
		for _, path := range append(pages, "/api/events") {
			code, body, answer := get(t, address+path, header...)
			if code != http.StatusUnauthorized || len(answer.Values("WWW-Authenticate")) != 2 {
				t.Errorf("%s, token %s: %d: %s", path, name, code, body)
			}
		}
	}
	if code, _, _ := get(t, address+"/api/status?token="+token); code != http.StatusUnauthorized {
		t.Errorf("in the address: %d", code)
	}
	for name, header := range map[string][]string{
		"bearer": {"Authorization", "Bearer " + token},
		"basic":  {"Authorization", "Basic b3BzOmEtdG9rZW4tb2Ytc29tZS1sZW5ndGg="},
		"a name": {"Authorization", "Bearer " + token, "Host", "proxy.internal"},
	} {
		if code, body, _ := get(t, address+"/api/status", header...); code != http.StatusOK {
			t.Errorf("%s: %d: %s", name, code, body)
		}
	}
	// Probes have no token: they learn yes or no.
	if code, body, _ := get(t, address+"/healthz"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("/healthz: %d %q", code, body)
	}
	if code, body, _ := get(t, address+"/readyz"); code != http.StatusServiceUnavailable || body != "{\"ready\":false}\n" {
		t.Errorf("/readyz: %d %q", code, body)
	}
	if code, body, _ := get(t, address+"/readyz", "Authorization", "Bearer "+token); code != http.StatusServiceUnavailable || !strings.Contains(body, "no route") {
		t.Errorf("/readyz with the token: %d %q", code, body)
	}
	// Another token counts at once, and one that cannot be one is nobody's.
	write("another-token-of-some-length")
	if code, _, _ := get(t, address+"/api/status", "Authorization", "Bearer "+token); code != http.StatusUnauthorized {
		t.Errorf("the old token: %d", code)
	}
	if code, _, _ := get(t, address+"/api/status", "Authorization", "Bearer another-token-of-some-length"); code != http.StatusOK {
		t.Errorf("the new token: %d", code)
	}
	for _, content := range []string{"", "\n", "short", "with a blank in the middle"} {
		write(content)
		code, body, _ := get(t, address+"/api/status", "Authorization", "Bearer "+strings.TrimSpace(content))
		if code == http.StatusOK || strings.Contains(body, file) {
			t.Errorf("the token %q: %d %s", content, code, body)
		}
		if err := admin.CheckToken(file); err == nil || content != "" && content != "\n" && strings.Contains(err.Error(), content) {
			t.Errorf("the token %q: %v", content, err)
		}
		if _, err := admin.New(o); err == nil {
			t.Errorf("a server with the token %q", content)
		}
	}
}

// TestForeignHost is a page from elsewhere whose name resolves to loopback.
func TestForeignHost(t *testing.T) {
	address := start(t, options())
	for host, want := range map[string]int{
		"localhost": 200, "localhost:9632": 200, "127.0.0.1:9632": 200, "[::1]:9632": 200, "LocalHost": 200, "192.0.2.1": 200,
		"attacker.example": 421, "attacker.example:9632": 421, "localhost.attacker.example": 421, "127.0.0.1.attacker.example": 421,
	} {
		for _, path := range pages[:5] {
			if code, _, _ := get(t, address+path, "Host", host); code != want {
				t.Errorf("%s of %s: %d", path, host, code)
			}
		}
	}
	o := options()
	o.AnyHost = true
	if code, _, _ := get(t, start(t, o)+"/", "Host", "attacker.example"); code != http.StatusOK {
		t.Errorf("on a unix socket: %d", code)
	}
}

// TestForeignPage has a page from elsewhere embed what is here.
func TestForeignPage(t *testing.T) {
	o := options()
	o.Pprof = true
	address := start(t, o)
	for _, path := range append(pages[:6:6], "/api/events", "/debug/pprof/profile?seconds=60") {
		for _, site := range []string{"cross-site", "same-site"} {
			if code, body, _ := get(t, address+path, "Sec-Fetch-Site", site, "Sec-Fetch-Mode", "no-cors"); code != http.StatusForbidden {
				t.Errorf("%s, %s: %d %s", path, site, code, body)
			}
		}
	}
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors"}, {"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate"},
		{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"}, // a link
	} {
		if code, body, _ := get(t, address+"/api/status", header...); code != http.StatusOK {
			t.Errorf("%v: %d %s", header, code, body)
		}
	}
}

// TestManyConnections has one client open as many as it can. The next is turned away,
// and when some are closed there is room again.
func TestManyConnections(t *testing.T) {
	address := strings.TrimPrefix(start(t, options()), "http://")
	healthy := func() bool {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); err != nil {
			return false
		}
		answer, _ := io.ReadAll(conn)
		return strings.HasPrefix(string(answer), "HTTP/1.1 200 ")
	}
	var open []net.Conn
	for range 64 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		open = append(open, conn)
	}
	if healthy() {
		t.Error("there are more than 64 connections")
	}
	for _, conn := range open[:4] {
		conn.Close()
	}
	for deadline := time.Now().Add(time.Minute); !healthy(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("there is no room again")
		}
	}
}

func TestReadiness(t *testing.T) {
	var down atomic.Bool
	o := options()
	o.Checks = []admin.Check{
		{Name: "accepting", Err: func() error { return nil }},
		{Name: "upstream", Err: func() error {
			if down.Load() {
				return errors.New("connection refused")
			}
			return nil
		}},
	}
	address := start(t, o)
	if code, body, _ := get(t, address+"/readyz"); code != 200 || body != `{"ready":true,"checks":[{"name":"accepting","ok":true},{"name":"upstream","ok":true}]}`+"\n" {
		t.Errorf("%d: %s", code, body)
	}
	down.Store(true)
	if code, body, _ := get(t, address+"/readyz"); code != 503 || body != `{"ready":false,"checks":[{"name":"accepting","ok":true},{"name":"upstream","ok":false,"reason":"connection refused"}]}`+"\n" {
		t.Errorf("%d: %s", code, body)
	}
	var status admin.Status
	_, body, _ := get(t, address+"/api/status")
	if err := json.Unmarshal([]byte(body), &status); err != nil || status.Ready || len(status.Checks) != 2 {
		t.Errorf("%v: %s", err, body)
	}
	if strings.Contains(body, "null") {
		t.Errorf("a list is null: %s", body)
	}
}

// TestEvents reads the stream, which the server's end ends.
func TestEvents(t *testing.T) {
	server, err := admin.New(options())
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	address := "http://" + ln.Addr().String() + "/api/events"
	open := func() (code int, body io.Reader) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		t.Cleanup(cancel)
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { response.Body.Close() })
		return response.StatusCode, response.Body
	}
	_, first := open()
	lines := bufio.NewScanner(first)
	for range 2 {
		var event []string
		for lines.Scan() && lines.Text() != "" {
			event = append(event, lines.Text())
		}
		if len(event) != 2 || event[0] != "event: status" {
			t.Fatalf("the event %q", event)
		}
		var status admin.Status
		if err := json.Unmarshal([]byte(strings.TrimPrefix(event[1], "data: ")), &status); err != nil || status.Version != "v1" {
			t.Errorf("%v: %s", err, event[1])
		}
	}
	// There are only so many.
	refused := 0
	for range 40 {
		if code, _ := open(); code == http.StatusServiceUnavailable {
			refused++
		}
	}
	if refused != 40-31 {
		t.Errorf("%d of 40 streams were refused", refused)
	}
	server.Close()
	for lines.Scan() {
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
