package wire

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// FuzzReadSASLInitialResponse: what is read is what pgproto3 encodes to the same
// bytes, nothing behind it is, and never more than is allowed.
func FuzzReadSASLInitialResponse(f *testing.F) {
	const maxLen = 64
	good, err := (&pgproto3.SASLInitialResponse{AuthMechanism: "OAUTHBEARER", Data: []byte("n,,\x01auth=Bearer a\x01\x01")}).Encode(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte("p\xff\xff\xff\xff"))
	f.Add([]byte("p\x00\x00\x00\x04"))
	f.Add([]byte("p\x00\x00\x00\x0ax\x00\xff\xff\xff\xff"))
	f.Add([]byte("Q\x00\x00\x00\x05\x00"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		r := bytes.NewReader(append(bytes.Clone(sent), "behind"...))
		mechanism, data, err := ReadSASLInitialResponse(r, maxLen)
		if err != nil {
			var violation *Error
			if !errors.As(err, &violation) && !errors.Is(err, ErrPasswordTooLong) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatal(err)
			}
			return
		}
		if len(mechanism)+len(data) > maxMechanism+maxLen {
			t.Fatalf("%d bytes of mechanism and %d of data", len(mechanism), len(data))
		}
		again, err := (&pgproto3.SASLInitialResponse{AuthMechanism: mechanism, Data: data}).Encode(nil)
		if err != nil || !bytes.HasPrefix(append(bytes.Clone(sent), "behind"...), again) || r.Len() != len(sent)+len("behind")-len(again) {
			t.Fatalf("read %q, %q of %q", mechanism, data, sent)
		}
	})
}
