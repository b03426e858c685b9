package auth

import (
	"errors"
	"strings"
	"testing"
)

func TestParseBearer(t *testing.T) {
	for message, want := range map[string]string{
		"n,,\x01auth=Bearer a.b.c\x01\x01":                     "a.b.c",
		"y,,\x01auth=Bearer a.b.c\x01\x01":                     "a.b.c",
		"n,,\x01auth=bearer   a.b.c\x01\x01":                   "a.b.c",
		"n,,\x01host=db\x01port=5432\x01auth=Bearer a\x01\x01": "a",
		"n,,\x01auth=Bearer a==\x01host=a b\x01\x01":           "a==",
		"n,,\x01auth=\x01\x01":                                 "",
		"":                                                     "!malformed",
		"\x01":                                                 "!malformed",
		"n,,":                                                  "!malformed",
		"n,,\x01":                                              "!malformed",
		"n,,\x01\x01":                                          "!malformed",
		"n,,\x01auth=Bearer a\x01":                             "!malformed",
		"n,,\x01auth=Bearer a":                                 "!malformed",
		"n,,\x01auth=Bearer a\x01\x01x":                        "!malformed",
		"n,,\x01auth=Bearer a\x01auth=Bearer b\x01\x01":                "!malformed",
		"n,,\x01auth=\x01auth=Bearer b\x01\x01":                        "!malformed",
		"n,,\x01auth=Bearer\x01\x01":                                   "!malformed",
		"n,,\x01auth=Bearer \x01\x01":                                  "!malformed",
		"n,,\x01auth=Basic a\x01\x01":                                  "!malformed",
		"n,,\x01auth=Bearer a b\x01\x01":                               "!malformed",
		"n,,\x01auth=a.b.c\x01\x01":                                    "!malformed",
		"n,,\x01AUTH=Bearer a\x01\x01":                                 "!malformed",
		"n,,\x01=x\x01auth=Bearer a\x01\x01":                           "!malformed",
		"n,,\x01a1=x\x01auth=Bearer a\x01\x01":                         "!malformed",
		"n,,\x01x\x01auth=Bearer a\x01\x01":                            "!malformed",
		"n,,\x01auth=Bearer a\x00\x01\x01":                             "!malformed",
		"n,,\x01auth=Bearer \xc3\xa4\x01\x01":                          "!malformed",
		"n,\x01auth=Bearer a\x01\x01":                                  "!malformed",
		"x,,\x01auth=Bearer a\x01\x01":                                 "!malformed",
		"n,a=admin,\x01auth=Bearer a\x01\x01":                          "!identity",
		"p=tls-unique,,\x01auth=Bearer a\x01\x01":                      "!binding",
		"p=tls-server-end-point,a=admin,\x01auth=Bearer a.b.c\x01\x01": "!binding",
	} {
		token, err := ParseBearer([]byte(message))
		if problem, bad := strings.CutPrefix(want, "!"); bad {
			if err == nil || token != "" || !strings.Contains(err.Error(), problem) {
				t.Errorf("%q: got %q, %v", message, token, err)
			}
		} else if err != nil || token != want {
			t.Errorf("%q: got %q, %v", message, token, err)
		}
	}
}

// FuzzParseBearer: what is accepted is the message that a client makes of the token.
func FuzzParseBearer(f *testing.F) {
	f.Add([]byte("n,,\x01auth=Bearer a.b.c\x01\x01"))
	f.Add([]byte("y,,\x01host=db\x01auth=bearer  x\x01\x01"))
	f.Add([]byte("n,,\x01auth=\x01\x01"))
	f.Fuzz(func(t *testing.T, message []byte) {
		token, err := ParseBearer(message)
		if err != nil {
			if token != "" || !errors.Is(err, ErrBearerSyntax) && !errors.Is(err, ErrBearerBinding) && !errors.Is(err, ErrBearerIdentity) {
				t.Fatalf("%q, %v", token, err)
			}
			return
		}
		if strings.Count(string(message), "\x01auth=") != 1 || !strings.HasSuffix(string(message), "\x01\x01") {
			t.Fatalf("accepted %q", message)
		}
		if strings.ContainsAny(token, "\x00\x01 \t\r\n") || !strings.Contains(string(message), token+"\x01") {
			t.Fatalf("token %q of %q", token, message)
		}
		made := "n,,\x01auth=\x01\x01"
		if token != "" {
			made = "n,,\x01auth=Bearer " + token + "\x01\x01"
		}
		if again, err := ParseBearer([]byte(made)); err != nil || again != token {
			t.Fatalf("%q, %v", again, err)
		}
	})
}
