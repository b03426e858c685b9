package deploy

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

const dockerfile = "docker/Dockerfile"

// readDockerfile reads it with the parser of BuildKit, whose linter must find nothing.
func readDockerfile(t *testing.T) []instructions.Stage {
	t.Helper()
	parsed, err := parser.Parse(strings.NewReader(readFile(t, dockerfile)))
	if err != nil {
		t.Fatal(err)
	}
	for _, warning := range parsed.Warnings {
		t.Errorf("the parser warns: %s", warning.Short)
	}
	lint := linter.New(&linter.Config{ReturnAsError: true, Warn: func(rule, description, _, message string, _ []parser.Range) {
		t.Errorf("the linter: %s: %s: %s", rule, description, message)
	}})
	stages, _, err := instructions.Parse(parsed.AST, lint)
	if err != nil {
		t.Fatal(err)
	}
	return stages
}

// image is what a Dockerfile makes.
type image struct {
	root    string
	user    string
	command []string // entry point and command
}

// build does what the instructions of the Dockerfile say, one by one: the first stage
// on a throw-away copy of this system, which stands for its base image, the second in
// an empty directory. An instruction that it does not know fails the test. There is no
// network in it but what the tools themselves use, and no Docker.
func build(t *testing.T, version string) image {
	t.Helper()
	s := newThrowaway(t)
	stages := readDockerfile(t)
	if len(stages) != 2 || stages[1].BaseName != "scratch" {
		t.Fatalf("there are not two stages, the last from scratch: %+v", stages)
	}
	_, goVersion, _ := strings.Cut(readFile(t, "../go.mod"), "\ngo ")
	if base := "golang:" + strings.Join(strings.Split(goVersion, ".")[:2], ".") + "-bookworm"; stages[0].BaseName != base {
		t.Errorf("the base image is %s, and go.mod wants %s", stages[0].BaseName, base)
	}
	context := filepath.Join(t.TempDir(), "context")
	copyContext(t, context)
	img := image{root: shortDir(t)}
	roots := map[string]string{stages[0].Name: "$ROOT", "": context}
	// copyTo is COPY: a directory's content, or a file into a directory or under a name.
	copyTo := func(root, directory string, c *instructions.CopyCommand) {
		destination := c.DestPath
		if !path.IsAbs(destination) {
			destination = directory + "/" + destination
		}
		from, ok := roots[c.From]
		if !ok {
			t.Fatalf("COPY --from=%s: there is no such stage", c.From)
		}
		for _, source := range c.SourcePaths {
			source = from + "/" + source
			s.do(`source="` + source + `" destination="` + root + destination + `"
if [ -d "$source" ]; then mkdir -p "$destination" && cp -a "$source/." "$destination"
else case $destination in */) mkdir -p "$destination";; *) mkdir -p "$(dirname "$destination")";; esac && cp -a "$source" "$destination"; fi`)
		}
	}
	directory, arguments := "/", ""
	for _, command := range stages[0].Commands {
		switch c := command.(type) {
		case *instructions.WorkdirCommand:
			directory = c.Path
			s.do("mkdir -p $ROOT" + directory)
		case *instructions.CopyCommand:
			copyTo("$ROOT", directory, c)
		case *instructions.ArgCommand:
			for _, arg := range c.Args {
				if arg.Key != "VERSION" {
					t.Fatalf("ARG %s", arg.Key)
				}
				arguments += "export " + arg.Key + "=" + version + "; "
			}
		case *instructions.RunCommand:
			s.in(arguments + "cd " + directory + "; /bin/sh -c " + quoted(strings.Join(c.CmdLine, " ")))
		default:
			t.Fatalf("the test cannot do %s", command.Name())
		}
	}
	for _, command := range stages[1].Commands {
		switch c := command.(type) {
		case *instructions.CopyCommand:
			copyTo(img.root, "/", c)
		case *instructions.UserCommand:
			img.user = c.User
		case *instructions.EntrypointCommand:
			img.command = slices.Concat(c.CmdLine, img.command)
		case *instructions.CmdCommand:
			img.command = append(img.command, c.CmdLine...)
		case *instructions.ExposeCommand, *instructions.StopSignalCommand:
		default:
			t.Fatalf("the test cannot do %s", command.Name())
		}
	}
	return img
}

// copyContext copies what of the repository the image may be built from.
func copyContext(t *testing.T, to string) {
	t.Helper()
	patterns, err := ignorefile.ReadAll(strings.NewReader(readFile(t, dockerfile+".dockerignore")))
	if err != nil {
		t.Fatal(err)
	}
	ignored, err := patternmatcher.New(patterns)
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel("..", name)
		if err != nil || relative == "." {
			return err
		}
		if skip, err := ignored.MatchesOrParentMatches(relative); err != nil || skip {
			if skip && entry.IsDir() {
				return filepath.SkipDir
			}
			return err
		}
		if strings.HasPrefix(relative, ".git/") || strings.HasSuffix(relative, ".key") {
			t.Errorf("%s is in the build context", relative)
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, relative), 0o755)
		}
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, relative), content, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// filesOf lists what is in a directory, with modes.
func filesOf(t *testing.T, root string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		found = append(found, info.Mode().String()+" "+strings.TrimPrefix(name, root))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestDockerImage builds what the Dockerfile says and runs it as a container would be:
// as its user, with nothing but the image and the mounted configuration, and nothing
// that could be written.
func TestDockerImage(t *testing.T) {
	img := build(t, "v0.0.1")
	want := []string{
		"drwxr-xr-x ", "drwxr-xr-x /etc", "drwxr-xr-x /etc/ssl", "drwxr-xr-x /etc/ssl/certs", "-rw-r--r-- /etc/ssl/certs/ca-certificates.crt",
		"drwxr-xr-x /run", "drwxr-xr-x /run/tenantproxy", "drwxr-xr-x /usr", "drwxr-xr-x /usr/bin", "-rwxr-xr-x /usr/bin/tenantproxy",
	}
	if got := filesOf(t, img.root); !slices.Equal(got, want) {
		t.Errorf("in the image are %q", got)
	}
	if img.user != "65532:65532" {
		t.Errorf("its user is %s", img.user)
	}
	if !bytes.Contains([]byte(readFile(t, filepath.Join(img.root, "etc/ssl/certs/ca-certificates.crt"))), []byte("BEGIN CERTIFICATE")) {
		t.Error("there are no certificates of authorities in it")
	}
	u := startUpstream(t)
	own(t, filepath.Join(img.root, "run/tenantproxy"), 0, 0) // as with --read-only
	put(t, filepath.Join(img.root, "etc/tenantproxy/ca.pem"), string(u.certificate.CertPEM), 0o644, -1)
	u.dsn += "&sslrootcert=/etc/tenantproxy/ca.pem"
	writeConfiguration(t, u, img.root, imageUser, "")
	before := filesOf(t, img.root)
	if out, err := jailed(t, img.root, imageUser, nil, img.command[0], "version").CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "tenantproxy v0.0.1 (") {
		t.Errorf("version: %s (%v)", out, err)
	}
	s := start(t, jailed(t, img.root, imageUser, nil, img.command[0], img.command[1:]...))
	u.query(t, s.address(t))
	s.drain(t)
	if after := filesOf(t, img.root); !slices.Equal(after, before) {
		t.Errorf("the proxy has changed %q to %q", before, after)
	}
}
