package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

// packet makes a startup packet with the given code and body.
func packet(code uint32, body string) []byte {
	p := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	p = binary.BigEndian.AppendUint32(p, code)
	return append(p, body...)
}

func TestReadStartup(t *testing.T) {
	const v3 = 3 << 16
	for _, c := range []struct {
		name     string
		in       []byte
		want     *StartupPacket
		sqlstate string
	}{
		{"message", packet(v3, "user\x00app\x00database\x00d\x00\x00"),
			&StartupPacket{Kind: StartupMessage, Major: 3, Parameters: []Parameter{{"user", "app"}, {"database", "d"}}}, ""},
		{"minor version", packet(v3|2, "user\x00app\x00\x00"),
			&StartupPacket{Kind: StartupMessage, Major: 3, Minor: 2, Parameters: []Parameter{{"user", "app"}}}, ""},
		{"ssl", packet(80877103, ""), &StartupPacket{Kind: SSLRequest}, ""},
		{"gssenc", packet(80877104, ""), &StartupPacket{Kind: GSSENCRequest}, ""},
		{"cancel", packet(80877102, "\x00\x00\x00\x07abcd"),
			&StartupPacket{Kind: CancelRequest, ProcessID: 7, SecretKey: []byte("abcd")}, ""},
		{"cancel without key", packet(80877102, "\x00\x00\x00\x07"), nil, ProtocolViolation},
		{"ssl with a body", packet(80877103, "x"), nil, ProtocolViolation},
		{"10 MB", []byte{0x00, 0x98, 0x96, 0x80, 0, 3, 0, 0}, nil, ProtocolViolation},
		{"negative length", []byte{0xff, 0xff, 0xff, 0xff, 0, 3, 0, 0}, nil, ProtocolViolation},
		{"an HTTP request", []byte("GET / HTTP/1.1\r\n"), nil, ProtocolViolation},
		{"length under 8", []byte{0, 0, 0, 7, 0, 3, 0}, nil, ProtocolViolation},
		{"version 2", packet(2<<16, "app\x00"), nil, FeatureNotSupported},
		{"no terminator", packet(v3, "user\x00app\x00"), nil, ProtocolViolation},
		{"name without value", packet(v3, "user\x00"), nil, ProtocolViolation},
		{"bytes behind the terminator", packet(v3, "user\x00app\x00\x00x\x00"), nil, ProtocolViolation},
		{"user twice", packet(v3, "user\x00app\x00user\x00postgres\x00\x00"), nil, ProtocolViolation},
		{"user twice, in another case", packet(v3, "user\x00app\x00USER\x00postgres\x00\x00"), nil, ProtocolViolation},
		{"the same twice", packet(v3, "user\x00app\x00TimeZone\x00UTC\x00timezone\x00UTC\x00\x00"),
			&StartupPacket{Kind: StartupMessage, Major: 3, Parameters: []Parameter{{"user", "app"}, {"TimeZone", "UTC"}}}, ""},
		{"a setting twice", packet(v3, "user\x00app\x00TimeZone\x00UTC\x00timezone\x00CET\x00\x00"), nil, ProtocolViolation},
		{"invalid UTF-8", packet(v3, "user\x00\xff\x00\x00"), nil, ProtocolViolation},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadStartup(bytes.NewReader(c.in))
			if c.sqlstate == "" {
				if err != nil || !reflect.DeepEqual(got, c.want) {
					t.Fatalf("got %+v, %v, want %+v", got, err, c.want)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || e.SQLSTATE != c.sqlstate {
				t.Fatalf("got %v, want SQLSTATE %s", err, c.sqlstate)
			}
		})
	}
}

// TestReadStartupStops checks that nothing behind the packet is read: it would be
// taken for plaintext after a TLS handshake (CVE-2021-23214).
func TestReadStartupStops(t *testing.T) {
	r := bytes.NewReader(append(packet(80877103, ""), "injected"...))
	if _, err := ReadStartup(r); err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(r); string(rest) != "injected" {
		t.Errorf("left %q", rest)
	}
}

// TestReadStartupTLS leaves a handshake to TLS, but for what was read of it.
func TestReadStartupTLS(t *testing.T) {
	hello := "\x16\x03\x01\x02\x00\x01\x00"
	r := strings.NewReader(hello)
	p, err := ReadStartup(r)
	if err != nil || p.Kind != DirectTLS {
		t.Fatalf("got %+v, %v", p, err)
	}
	if rest, _ := io.ReadAll(r); string(p.Read)+string(rest) != hello {
		t.Errorf("read %q, left %q", p.Read, rest)
	}
}

func TestReadStartupCutOff(t *testing.T) {
	whole := packet(3<<16, "user\x00app\x00\x00")
	if _, err := ReadStartup(bytes.NewReader(nil)); !errors.Is(err, io.EOF) {
		t.Errorf("nothing: %v", err)
	}
	for n := 1; n < len(whole); n++ {
		if _, err := ReadStartup(bytes.NewReader(whole[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func FuzzReadStartup(f *testing.F) {
	f.Add(packet(3<<16, "user\x00app\x00options\x00-c a=b\x00\x00"))
	f.Add(packet(3<<16|2, "user\x00app\x00_pq_.wish\x00x\x00\x00"))
	f.Add(packet(3<<16|9999, "user\x00app\x00_pq_.test_protocol_negotiation\x00\x00\x00"))
	f.Add(packet(80877102, "\x00\x00\x00\x07abcd"))
	f.Add(packet(80877102, "\x00\x00\x00\x07"+strings.Repeat("k", 256)))
	f.Add([]byte("\x16\x03\x01\x02\x00\x01\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bytes.NewReader(in)
		p, err := ReadStartup(r)
		if err != nil {
			return
		}
		if read := len(in) - r.Len(); p.Kind == DirectTLS {
			if read != len(p.Read) || in[0] != tlsHandshake {
				t.Fatalf("read %d bytes of TLS, %q", read, p.Read)
			}
		} else if read != int(binary.BigEndian.Uint32(in)) {
			t.Fatalf("read %d bytes of a packet", read)
		}
		if p.Kind == CancelRequest && (len(p.SecretKey) < 4 || len(p.SecretKey) > 256) {
			t.Fatalf("a key of %d bytes", len(p.SecretKey))
		}
		seen := make(map[string]bool)
		for _, param := range p.Parameters {
			if name := strings.ToLower(param.Name); seen[name] || name == "" {
				t.Fatalf("parameter %q twice or empty", param.Name)
			} else {
				seen[name] = true
			}
		}
		if options, ok := p.Parameter("options"); ok {
			params, err := ParseOptions(options)
			for _, param := range params {
				if err != nil || param.Name == "" {
					t.Fatalf("options %q: %v, %v", options, params, err)
				}
			}
		}
	})
}

func TestParseOptions(t *testing.T) {
	for _, c := range []struct {
		in   string
		want string // "refused", or name=value pairs joined by |
	}{
		{"", ""},
		{"-c a.b=x", "a.b=x"},
		{"-ca.b=x", "a.b=x"},
		{"--a.b=x", "a.b=x"},
		{"  -c\ta=1 \n --work-mem=64MB ", "a=1|work_mem=64MB"},
		{`-c a=x\ y`, "a=x y"},
		{`-c a=x\\y`, `a=x\y`},
		{`-c a=\`, "a="},
		{"-c search_path=a,b=c", "search_path=a,b=c"},
		{`\-c role=x`, "role=x"},
		{"-c", "refused"},
		{"-c a", "refused"},
		{"-c =x", "refused"},
		{"--", "refused"},
		{"--a", "refused"},
		{"-d 5", "refused"},
		{"-W 100", "refused"},
		{"a=b", "refused"},
		{"-c a=1 x", "refused"},
	} {
		params, err := ParseOptions(c.in)
		var pairs []string
		for _, p := range params {
			pairs = append(pairs, p.Name+"="+p.Value)
		}
		got := strings.Join(pairs, "|")
		if err != nil {
			got = "refused"
		}
		if got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestFoldASCII(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "abc": "abc", "Request.JWT.Claims": "request.jwt.claims", "ÄB": "Äb", "İ": "İ",
	} {
		if got := FoldASCII(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestReadPassword(t *testing.T) {
	message := func(body string) []byte { return frame(MsgPassword, body) }
	for _, c := range []struct {
		name, want string
		in         []byte
		err        string
	}{
		{"password", "secret", message("secret\x00"), ""},
		{"empty", "", message("\x00"), ""},
		{"as long as may be", "0123456789", message("0123456789\x00"), ""},
		{"longer", "", message("0123456789x\x00"), ErrPasswordTooLong.Error()},
		{"claims 4 GiB", "", []byte{'p', 0xff, 0xff, 0xff, 0xff}, ErrPasswordTooLong.Error()},
		{"no terminator", "", message("secret"), "invalid password message"},
		{"two strings", "", message("a\x00b\x00"), "invalid password message"},
		{"no body", "", message(""), "invalid length of password message"},
		{"a query instead", "", frame('Q', "SELECT 1\x00"), "expected password response"},
		{"cut off", "", message("secret\x00")[:7], "unexpected EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadPassword(bytes.NewReader(c.in), 10)
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Fatalf("error %v, want %q", err, c.err)
			}
			if got != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
}
