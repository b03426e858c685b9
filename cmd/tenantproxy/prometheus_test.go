package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tenantproxy/internal/auth/authtest"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/localpg"
	"tenantproxy/internal/pgtest"
)

// prometheus is a running Prometheus that scrapes one proxy every second.
type prometheus struct{ address string }

func startPrometheus(t *testing.T, target, tokenFile string) *prometheus {
	t.Helper()
	program, err := filepath.Abs("../../.cache/prometheus/bin/prometheus")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		t.Skip("prometheus is not here: make prometheus")
	}
	alerts, err := filepath.Abs("../../deploy/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	port, err := localpg.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(file, fmt.Appendf(nil, `global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [%s]
scrape_configs:
  - job_name: tenantproxy
    authorization: {credentials_file: %s}
    static_configs: [{targets: ["%s"]}]
`, alerts, tokenFile, target), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &prometheus{fmt.Sprintf("127.0.0.1:%d", port)}
	var log strings.Builder
	cmd := exec.CommandContext(t.Context(), program, "--config.file="+file, "--storage.tsdb.path="+dir, "--web.listen-address="+p.address, "--log.level=warn")
	cmd.Stderr, cmd.Dir = &log, dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("Prometheus says:\n%s", log.String())
		}
	})
	return p
}

// get asks the API of Prometheus. ok is false as long as there is no answer.
func (p *prometheus) get(t *testing.T, path string, values url.Values, data any) (ok bool) {
	t.Helper()
	response, err := http.Get("http://" + p.address + path + "?" + values.Encode())
	if err != nil {
		return false
	}
	defer response.Body.Close()
	var answer struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return false
	}
	if answer.Status != "success" {
		t.Fatalf("%s %v: %s", path, values, answer.Error)
	}
	if err := json.Unmarshal(answer.Data, data); err != nil {
		t.Fatalf("%s %v: %v", path, values, err)
	}
	return true
}

// value is that of the first series of an expression; empty if there is none.
func (p *prometheus) value(t *testing.T, expression string) string {
	t.Helper()
	var data struct {
		Result []struct{ Value [2]any }
	}
	if !p.get(t, "/api/v1/query", url.Values{"query": {expression}}, &data) || len(data.Result) == 0 {
		return ""
	}
	value, _ := data.Result[0].Value[1].(string)
	return value
}

// await waits until the expression has the value.
func (p *prometheus) await(t *testing.T, expression, want string) {
	t.Helper()
	got := ""
	for deadline := time.Now().Add(2 * patience); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if got = p.value(t, expression); got == want {
			return
		}
	}
	t.Fatalf("%s stays at %q, want %q", expression, got, want)
}

// TestPrometheus has a real Prometheus scrape the proxy, with a token, also while it
// drains, and evaluate the alerts and the dashboard.
func TestPrometheus(t *testing.T) {
	db := pgtest.NewDatabase(t)
	issuer := authtest.NewIssuer(t)
	configFile, dir := writeConfig(t, db.App(), issuer, "")
	tokenFile := filepath.Join(dir, "admin.token")
	if err := os.WriteFile(tokenFile, []byte("a-token-for-prometheus\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, configFile, adminOnAnyPort, "TENANTPROXY_ADMIN_TOKEN_FILE="+tokenFile)
	p := startPrometheus(t, s.operators(t), tokenFile)

	conn := login(t, clientDSN(s.address(t), db.Name, issuer.OrgToken(t, demo.OrgA, nil)))
	for range 20 {
		if got := run1(t, conn, "SELECT count(*) FROM contacts"); got != "" {
			t.Fatal(got)
		}
	}
	if got := run1(t, conn, "SELECT set_config('app.org_id', 'x', false)"); got != "42501" {
		t.Fatal(got)
	}
	if got := run1(t, conn, "BEGIN"); got != "" {
		t.Fatal(got)
	}
	for expression, want := range map[string]string{
		`up{job="tenantproxy"}`:                                                                 "1",
		`tenantproxy_executions_total{protocol="simple"}`:                                       "21",
		`sum(tenantproxy_statements_total{verdict="refused",rule="setting.protected"})`:         "1",
		`tenantproxy_org_sessions{org="` + demo.OrgA + `"}`:                                     "1",
		`tenantproxy_client_connections{state="idle_in_transaction"}`:                           "1",
		`min(tenantproxy_ready)`:                                                                "1",
		`histogram_quantile(0.5, tenantproxy_login_duration_seconds_bucket) > bool 0`:           "1",
		`sum(tenantproxy_relations{protection="refused"}) > bool 0`:                             "1",
		`count(tenantproxy_check_duration_seconds_count{cached="none"})`:                        "1",
		`scrape_samples_post_metric_relabeling{job="tenantproxy"} < bool 1500`:                  "1",
		`count(count by (__name__) ({job="tenantproxy",__name__=~"tenantproxy_.*"})) > bool 40`: "1",
	} {
		p.await(t, expression, want)
	}

	// Prometheus can evaluate every rule, and everything that the dashboard shows.
	var rules struct {
		Groups []struct {
			Rules []struct{ Name, Health, LastError, State string }
		}
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		unknown := 0
		if p.get(t, "/api/v1/rules", nil, &rules) {
			for _, rule := range rules.Groups[0].Rules {
				if rule.Health == "unknown" {
					unknown++
				}
			}
			if unknown == 0 {
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("the rules are not evaluated")
		}
	}
	for _, rule := range rules.Groups[0].Rules {
		if rule.Health != "ok" {
			t.Errorf("%s: %s", rule.Name, rule.LastError)
		}
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	content, err := os.ReadFile("../../deploy/grafana/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &dashboard); err != nil {
		t.Fatal(err)
	}
	// Rates need two scrapes with something between them.
	if got := run1(t, conn, "SELECT count(*) FROM contacts"); got != "" {
		t.Fatal(got)
	}
	p.await(t, `sum(rate(tenantproxy_executions_total[1m])) > bool 0`, "1")
	shown := 0
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			expression := strings.NewReplacer("$job", "tenantproxy", "$instance", ".*", "$__rate_interval", "1m").Replace(target.Expr)
			if p.value(t, expression) != "" { // fails the test if it is not valid
				shown++
			} else {
				t.Logf("no value: %s: %s", panel.Title, expression)
			}
		}
	}
	if shown < 25 {
		t.Errorf("only %d of the dashboard's expressions have a value", shown)
	}

	s.process.Signal(syscall.SIGTERM) // the open transaction keeps it draining
	p.await(t, "tenantproxy_draining", "1")
	p.await(t, `tenantproxy_ready{check="accepting"}`, "0")
	if got := run1(t, conn, "COMMIT"); got != "" {
		t.Error(got)
	}
	if code := s.exit(t); code != exitFine {
		t.Errorf("exit code %d", code)
	}
}
