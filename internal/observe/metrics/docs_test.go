package metrics

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

var update = flag.Bool("update", false, "write the table of docs/METRICS.md")

// everything gives metrics in which every metric has a value.
func everything() *Metrics {
	m, now := clocked(Options{Version: "v1", Rules: []string{"relation.rls_disabled", "relation.unknown"}})
	everyEvent(m)
	s := began(m, "b39cf0c7")
	s.Query()
	read := now.Add(-3 * time.Second)
	m.SetSources(Sources{
		ClientStates: func() map[string]int {
			return map[string]int{StateLogin: 0, StateIdle: 2, StateActive: 1, StateIdleInTransaction: 0}
		},
		Upstream: func() Upstream { return Upstream{InUse: 1, Free: 2, Max: 90} },
		Databases: func() []Database {
			return []Database{{Name: "app", Generation: 3, Read: read, InForce: true, Protected: 20, CacheEntries: 1, CacheBytes: 600}}
		},
		Keys: func() []KeySource {
			return []KeySource{{Name: "issuer.pem", Keys: 1, Read: read}, {Name: "issuer.pem", Keys: 1}}
		},
		Certificate: func() time.Time { return now.Add(time.Hour) },
		Ready:       func() map[string]bool { return map[string]bool{"upstream": true} },
		Draining:    func() bool { return false },
		AuditLog:    func() AuditLog { return AuditLog{Events: 3} },
	})
	return m
}

// families gives the metrics of the proxy, without those of Go and the process.
func families(t *testing.T) (list []*dto.MetricFamily) {
	t.Helper()
	all, err := everything().registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range all {
		if strings.HasPrefix(family.GetName(), prefix) {
			list = append(list, family)
		}
	}
	return list
}

const (
	metricsFile = "../../../docs/METRICS.md"
	begin       = "<!-- metrics -->\n"
	end         = "<!-- end of metrics -->\n"
)

// TestMetricsAreDocumented holds the table in docs/METRICS.md to what is served;
// -update writes it.
func TestMetricsAreDocumented(t *testing.T) {
	table := "| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n"
	for _, family := range families(t) {
		var labels []string
		for _, pair := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, "`"+pair.GetName()+"`")
		}
		table += fmt.Sprintf("| `%s` | %s | %s | %s |\n", family.GetName(), strings.ToLower(family.GetType().String()), strings.Join(labels, ", "), family.GetHelp())
	}
	content, err := os.ReadFile(metricsFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(content), begin)
	old, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no table", metricsFile)
	}
	if old == table {
		return
	}
	if !*update {
		t.Fatalf("%s is not up to date: go test ./internal/observe/metrics -run %s -update", metricsFile, t.Name())
	}
	if err := os.WriteFile(metricsFile, []byte(before+begin+table+end+after), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAllAreGathered fails for a metric that everything does not set, and which the
// documentation would so not have.
func TestAllAreGathered(t *testing.T) {
	m := everything()
	seen := make(map[string]bool)
	for _, family := range families(t) {
		seen[family.GetName()] = true
	}
	descs := make(chan *prometheus.Desc, 1000)
	m.registry.Describe(descs)
	close(descs)
	for desc := range descs {
		name := regexp.MustCompile(`fqName: "([^"]*)"`).FindStringSubmatch(desc.String())[1]
		if strings.HasPrefix(name, prefix) && !seen[name] {
			t.Errorf("%s has no value", name)
		}
	}
}

// promtool runs Debian's promtool.
func promtool(t *testing.T, stdin string, args ...string) {
	t.Helper()
	program, err := filepath.Abs("../../../.cache/prometheus/bin/promtool")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(program); err != nil {
		t.Skip("promtool is not here: make prometheus")
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "error while linting") {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// TestPromtool has promtool look at what is scraped and at the alerts.
func TestPromtool(t *testing.T) {
	recorder := httptest.NewRecorder()
	everything().Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	promtool(t, recorder.Body.String(), "check", "metrics")
	promtool(t, "", "check", "rules", "../../../deploy/prometheus/alerts.yml")
	promtool(t, "", "test", "rules", "../../../deploy/prometheus/alerts_test.yml")
}

// TestNamesInUse looks for metrics that the alerts, the dashboard and the documents
// name and that do not exist.
func TestNamesInUse(t *testing.T) {
	var names []string
	for _, family := range families(t) {
		names = append(names, family.GetName())
		if family.GetType() == dto.MetricType_HISTOGRAM {
			names = append(names, family.GetName()+"_bucket", family.GetName()+"_sum", family.GetName()+"_count")
		}
	}
	inUse := make(map[string]bool)
	for _, file := range []string{"deploy/prometheus/alerts.yml", "deploy/grafana/dashboard.json", "docs/METRICS.md"} {
		content, err := os.ReadFile(filepath.Join("../../..", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile(`\btenantproxy_[a-z0-9_]*[a-z0-9]\b`).FindAllString(string(content), -1) {
			inUse[name] = true
			if !slices.Contains(names, name) && !strings.HasPrefix(name, "tenantproxy_go_") {
				t.Errorf("%s names %s, which does not exist", file, name)
			}
		}
	}
	if len(inUse) < 30 {
		t.Errorf("only %d names were found", len(inUse))
	}
}

// TestDashboard reads the dashboard as Grafana would.
func TestDashboard(t *testing.T) {
	content, err := os.ReadFile("../../../deploy/grafana/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Title, UID string
		Panels     []struct {
			ID      int
			Type    string
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(content, &dashboard); err != nil {
		t.Fatal(err)
	}
	ids := make(map[int]bool)
	for _, panel := range dashboard.Panels {
		if ids[panel.ID] || panel.Title == "" {
			t.Errorf("panel %d: %q", panel.ID, panel.Title)
		}
		ids[panel.ID] = true
		for _, target := range panel.Targets {
			if !strings.Contains(target.Expr, `job="$job"`) {
				t.Errorf("%s is of all jobs: %s", panel.Title, target.Expr)
			}
		}
		if panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("%s shows nothing", panel.Title)
		}
	}
	if dashboard.UID == "" || len(ids) < 20 {
		t.Errorf("%q has %d panels", dashboard.UID, len(ids))
	}
}
