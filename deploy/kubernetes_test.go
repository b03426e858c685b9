package deploy

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"tenantproxy/internal/auth"
	"tenantproxy/internal/demo"
	"tenantproxy/internal/localpg"
)

// manifests are what `kubectl apply -k` would send.
type manifests struct {
	deployment appsv1.Deployment
	config     corev1.ConfigMap
	policy     networkingv1.NetworkPolicy
}

// readManifests builds them with kustomize, and reads them strictly into the types of
// Kubernetes: a key that there is not, or one of another type, is an error.
func readManifests(t *testing.T) manifests {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), "kubernetes")
	if err != nil {
		t.Fatal(err)
	}
	var m manifests
	kinds := map[string]any{"Deployment": &m.deployment, "ConfigMap": &m.config, "NetworkPolicy": &m.policy}
	for _, resource := range resources.Resources() {
		into, ok := kinds[resource.GetKind()]
		if !ok {
			t.Errorf("a %s is new to the test", resource.GetKind())
			continue
		}
		delete(kinds, resource.GetKind())
		text, err := resource.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.UnmarshalStrict(text, into); err != nil {
			t.Errorf("%s: %v", resource.GetKind(), err)
		}
	}
	for kind := range kinds {
		t.Errorf("there is no %s", kind)
	}
	return m
}

// TestKubernetesManifests holds what an API server would find wrong, or somebody who
// knows what the proxy needs: names that refer to something, and a pod that may do
// nothing that it need not.
func TestKubernetesManifests(t *testing.T) {
	m := readManifests(t)
	template := m.deployment.Spec.Template
	pod := template.Spec
	for label, value := range m.deployment.Spec.Selector.MatchLabels {
		if template.Labels[label] != value || m.policy.Spec.PodSelector.MatchLabels[label] != value {
			t.Errorf("label %s is not the same everywhere", label)
		}
	}
	volumes := make(map[string]corev1.VolumeSource)
	for _, volume := range pod.Volumes {
		volumes[volume.Name] = volume.VolumeSource
	}
	if config := volumes["config"].ConfigMap; config == nil || config.Name != m.config.Name {
		t.Errorf("the volume config is not of the ConfigMap %s", m.config.Name)
	}
	ports := make(map[string]bool)
	for _, c := range slices.Concat(pod.InitContainers, pod.Containers) {
		for _, port := range c.Ports {
			ports[port.Name] = true
		}
		for _, mount := range c.VolumeMounts {
			if _, ok := volumes[mount.Name]; !ok {
				t.Errorf("%s mounts %s, which is no volume", c.Name, mount.Name)
			}
			if mount.Name == "secret" && c.Name != "tenantproxy" {
				t.Errorf("%s has the proxy's secrets", c.Name)
			}
		}
		for _, probe := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
			if probe != nil && !ports[probe.HTTPGet.Port.StrVal] {
				t.Errorf("%s: a probe of port %s, which it has not", c.Name, probe.HTTPGet.Port.StrVal)
			}
		}
		s := c.SecurityContext
		if s == nil || s.RunAsUser == nil || *s.RunAsUser == 0 || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation ||
			s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem || s.Capabilities == nil || !slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}) {
			t.Errorf("%s may do more than it need: %+v", c.Name, s)
		}
		if c.Resources.Limits.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() {
			t.Errorf("%s has no requests and limits", c.Name)
		}
	}
	for _, rule := range m.policy.Spec.Ingress {
		for _, port := range rule.Ports {
			if !ports[port.Port.StrVal] {
				t.Errorf("the network policy is about port %s, which nobody has", port.Port.StrVal)
			}
		}
	}
	if s := pod.SecurityContext; s.RunAsNonRoot == nil || !*s.RunAsNonRoot || s.SeccompProfile == nil || s.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault {
		t.Errorf("the pod may do more than it need: %+v", s)
	}
	if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
		t.Error("the pod has the token of an account of Kubernetes")
	}
	proxy := pod.InitContainers[0]
	if proxy.RestartPolicy == nil || *proxy.RestartPolicy != corev1.ContainerRestartPolicyAlways {
		t.Error("the proxy is no sidecar")
	}
	for _, probe := range []*corev1.Probe{proxy.StartupProbe, proxy.LivenessProbe, proxy.ReadinessProbe} {
		if probe == nil {
			t.Error("the proxy lacks a probe")
		}
	}
	if proxy.LivenessProbe.HTTPGet.Path == proxy.ReadinessProbe.HTTPGet.Path {
		t.Error("the proxy is restarted when Postgres is down")
	}
	if grace := *pod.TerminationGracePeriodSeconds; grace < 30+pod.Containers[0].Lifecycle.PreStop.Sleep.Seconds {
		t.Errorf("%d s are not enough to drain", grace)
	}
}

// TestKubernetesPod runs the proxy as the pod would: the static binary in the place of
// the image, the volumes as directories, the arguments, variables and user of the
// manifest, and asks the probes. An app connects through the shared volume. Only the
// address of Postgres and the issuer's key are changed.
func TestKubernetesPod(t *testing.T) {
	buildStatic(t)
	m := readManifests(t)
	pod := m.deployment.Spec.Template.Spec
	proxy := pod.InitContainers[0]
	u := startUpstream(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if u.token, err = auth.Mint(auth.MintOptions{Key: key, KeyID: "test", Claims: map[string]any{
		"organization_id": demo.OrgA, "iss": "https://issuer.example/", "aud": "app-db", "exp": time.Now().Add(time.Hour).Unix(),
	}}); err != nil {
		t.Fatal(err)
	}
	const adminToken = "a token of sixteen bytes or more"
	files := map[string]map[string]string{
		"config": m.config.Data,
		"secret": {"upstream.password": u.password, "admin.token": strings.ReplaceAll(adminToken, " ", "-")},
		"socket": {},
	}
	files["config"]["jwks.json"] = jwks(t, key)
	files["config"]["ca.pem"] = string(u.certificate.CertPEM)

	root := shortDir(t)
	program := readDockerfileCommand(t)
	put(t, filepath.Join(root, program), readFile(t, staticBinary), 0o755, -1)
	shared := ""
	for _, mount := range proxy.VolumeMounts {
		dir := filepath.Join(root, mount.MountPath)
		put(t, filepath.Join(dir, ".mounted"), "", 0o644, -1)
		for name, content := range files[mount.Name] {
			put(t, filepath.Join(dir, name), content, 0o440, int(*pod.SecurityContext.FSGroup))
		}
		if !mount.ReadOnly {
			own(t, dir, int(*proxy.SecurityContext.RunAsUser), int(*pod.SecurityContext.FSGroup))
			shared = mount.MountPath
		}
	}
	port, err := localpg.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	admin := fmt.Sprintf("127.0.0.1:%d", port)
	env := []string{"TENANTPROXY_UPSTREAM_DSN=" + u.dsn + "&sslrootcert=/etc/tenantproxy/ca.pem", "TENANTPROXY_ADMIN_LISTEN=" + admin}
	for _, variable := range proxy.Env {
		env = append(env, variable.Name+"="+variable.Value)
	}
	cmd := jailed(t, root, int(*proxy.SecurityContext.RunAsUser), env, program, proxy.Args...)
	s := start(t, cmd)
	s.address(t)
	for _, probe := range []*corev1.Probe{proxy.StartupProbe, proxy.LivenessProbe, proxy.ReadinessProbe} {
		if status, body := get(t, "http://"+admin+probe.HTTPGet.Path, ""); status != http.StatusOK {
			t.Errorf("%s: %d: %s", probe.HTTPGet.Path, status, body)
		}
	}
	if status, _ := get(t, "http://"+admin+"/metrics", ""); status != http.StatusUnauthorized {
		t.Errorf("/metrics without the token: %d", status)
	}
	if status, body := get(t, "http://"+admin+"/metrics", files["secret"]["admin.token"]); status != http.StatusOK || !strings.Contains(body, "\ntenantproxy_build_info") {
		t.Errorf("/metrics: %d: %.200s", status, body)
	}

	// The app.
	app := pod.Containers[0]
	variables := make(map[string]string)
	for _, variable := range app.Env {
		variables[variable.Name] = variable.Value
	}
	if !slices.ContainsFunc(app.VolumeMounts, func(v corev1.VolumeMount) bool { return v.MountPath == variables["PGHOST"] }) || variables["PGHOST"] != shared {
		t.Errorf("the app connects to %s, and the proxy listens in %s", variables["PGHOST"], shared)
	}
	if variables["PGPORT"] != "6432" {
		t.Errorf("the app's port is %s", variables["PGPORT"])
	}
	u.query(t, filepath.Join(root, variables["PGHOST"]))
	s.drain(t)
}

// readDockerfileCommand is the program that the image runs.
func readDockerfileCommand(t *testing.T) string {
	t.Helper()
	for line := range strings.Lines(readFile(t, dockerfile)) {
		if list, ok := strings.CutPrefix(line, "ENTRYPOINT "); ok {
			var words []string
			if err := json.Unmarshal([]byte(list), &words); err != nil || len(words) != 1 || !path.IsAbs(words[0]) {
				t.Fatalf("ENTRYPOINT %s: %v", list, err)
			}
			return words[0]
		}
	}
	t.Fatal("the image has no entry point")
	return ""
}

// jwks is a set with the public half of a key, of the id test.
func jwks(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(map[string]any{"keys": []any{map[string]string{
		"kid": "test", "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig",
		"x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:]),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(set)
}

// get asks until there is an answer, and one that is not 503: readiness may take a moment.
func get(t *testing.T, url, token string) (status int, body string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			content, readErr := io.ReadAll(response.Body)
			response.Body.Close()
			cancel()
			if readErr == nil && response.StatusCode != http.StatusServiceUnavailable {
				return response.StatusCode, string(content)
			}
			status, body = response.StatusCode, string(content)
		} else {
			cancel()
			body = err.Error()
		}
		if time.Now().After(deadline) {
			return status, body
		}
	}
}
