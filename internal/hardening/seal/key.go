// Package seal makes and installs the sealed context: an org that a session's
// setting names counts only with a MAC over it, made with a key that the proxy has
// and tenants cannot read. Whoever manages to set the setting, past the proxy's
// rules, still cannot forge an org.
//
// The database side is pure SQL (InstallSQL), without extensions or superuser, so
// that it works where a managed service allows neither.
package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
)

// Setting is the setting that carries the seal. Its prefix is the proxy's own, and
// no tenant may set or read it (internal/rewrite).
const Setting = "tenantproxy.seal"

// minKeyLen is what RFC 2104, section 3 asks for: the length of the hash, in bytes.
const minKeyLen = sha256.Size

// blockLen is B of RFC 2104 for SHA-256, in bytes.
const blockLen = 64

// Key is a key that seals are made with. It never prints itself.
type Key struct {
	secret []byte
	id     string
}

// NewKey makes a Key of a secret of at least 32 random bytes, which it keeps.
func NewKey(secret []byte) (Key, error) {
	if len(secret) < minKeyLen {
		return Key{}, fmt.Errorf("reading seal key: %d bytes are too few, %d are needed", len(secret), minKeyLen)
	}
	if len(distinct(secret)) < 8 {
		return Key{}, errors.New("reading seal key: it is not random")
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("tenantproxy seal key id"))
	return Key{secret: secret, id: hex.EncodeToString(mac.Sum(nil)[:4])}, nil
}

func distinct(secret []byte) map[byte]bool {
	seen := make(map[byte]bool)
	for _, b := range secret {
		seen[b] = true
	}
	return seen
}

// ID names the key, in seals and in tenantproxy.seal_keys: 8 hexadecimal digits. It
// tells nothing of the secret.
func (k Key) ID() string { return k.id }

// String is the ID, so that a Key in a log or an error gives nothing away.
func (k Key) String() string { return k.id }

// GoString is String.
func (k Key) GoString() string { return k.id }

// Backend is the session that a seal is for.
type Backend struct {
	// PID is the backend's process id.
	PID uint32
	// Started is when the backend was, in microseconds since 1970 (backend_start of
	// pg_stat_activity): process ids come again.
	Started int64
	// Role is what its statements run as.
	Role string
}

// BackendQuery reads the Backend of the session that runs it: pid, start and role. A
// role sees the start of its own sessions only.
const BackendQuery = `SELECT a.pid::pg_catalog.int8, (EXTRACT(epoch FROM a.backend_start) * 1000000)::pg_catalog.int8,
    CASE pg_catalog.current_setting('role') WHEN 'none' THEN session_user::text ELSE pg_catalog.current_setting('role') END
    FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a`

// Seal gives the value of Setting with which org counts in the backend.
func (k Key) Seal(org string, b Backend) string {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(message(org, b)))
	return k.id + ":" + hex.EncodeToString(mac.Sum(nil))
}

// message is what is sealed. The org is last and the role in hexadecimal, so that
// no two contexts have the same message. tenantproxy.unseal builds the same.
func message(org string, b Backend) string {
	return "tenantproxy seal 1\n" + strconv.FormatUint(uint64(b.PID), 10) + "\n" + strconv.FormatInt(b.Started, 10) +
		"\n" + hex.EncodeToString([]byte(b.Role)) + "\n" + org
}

// pads are the key XORed with ipad and opad (RFC 2104, section 2): with them HMAC is
// two calls of sha256, and SQL needs no XOR.
func (k Key) pads() (inner, outer []byte) {
	secret := k.secret
	if len(secret) > blockLen {
		sum := sha256.Sum256(secret)
		secret = sum[:]
	}
	inner, outer = make([]byte, blockLen), make([]byte, blockLen)
	copy(inner, secret)
	copy(outer, secret)
	for i := range blockLen {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	return inner, outer
}
