package rewrite

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"tenantproxy/internal/catalog"
)

// With policy.listen_notify: prefix each org has channels of its own: the names
// in LISTEN, NOTIFY and UNLISTEN get a prefix on their way to the server, and
// lose it in notifications. A verdict does not know the org, so it only says where
// the names are; Rewritten puts the prefix of a session there.

const (
	// channelHashBytes of SHA-256 make a prefix that belongs to one org: 120 bits,
	// which base64 writes without padding.
	channelHashBytes = 15
	// ChannelPrefixBytes is the length of every prefix.
	ChannelPrefixBytes = channelHashBytes*4/3 + 1
	// maxChannelBytes is what Postgres leaves for a client's own name: it cuts
	// identifiers to maxNameBytes.
	maxChannelBytes = maxNameBytes - ChannelPrefixBytes
)

// ChannelPrefix gives the prefix of the org's channels. In SQL it is
//
//	translate(encode(substr(sha256(convert_to('tenantproxy channel ' || org, 'UTF8')), 1, 15), 'base64'), '+/', '-_') || ':'
func ChannelPrefix(org string) string {
	hash := sha256.Sum256([]byte("tenantproxy channel " + org))
	return base64.RawURLEncoding.EncodeToString(hash[:channelHashBytes]) + ":"
}

// notification judges LISTEN, NOTIFY and UNLISTEN of one channel.
func (w *walker) notification(words, name string) *Refusal {
	switch w.c.policy.ListenNotify {
	case "allow":
		if name == catalog.NotifyChannel {
			// Whoever notifies it has the catalog read again.
			return w.tolerate(refuse(RuleStatementNotify, name, "", "channel \"%s\" is the proxy's own", name))
		}
		return nil
	case "prefix":
		return w.prefixed(words, name)
	}
	return w.tolerate(refuse(RuleStatementNotify, "", "Set policy.listen_notify.", "%s is not allowed", words))
}

// prefixed notes where the statement names its channel. What stays refused here
// is what would be sent without the prefix, so it is not tolerated.
func (w *walker) prefixed(words, name string) *Refusal {
	if len(name) > maxChannelBytes {
		return refuse(RuleChannelName, "", fmt.Sprintf("policy.listen_notify: prefix leaves %d bytes.", maxChannelBytes),
			"the name of the channel is too long")
	}
	if w.raw == nil {
		return refuse(RuleChannelName, name, "", "%s of channel \"%s\" cannot be given the org's prefix here", words, name)
	}
	// The grammar has the name right behind the keyword.
	lex := lexer{sql: w.sql, pos: int(w.raw.GetStmtLocation())}
	keyword := lex.next()
	place, ok := w.nameAt(lex.pos, name)
	if !ok || !strings.EqualFold(keyword.text, words) {
		return refuse(RuleChannelName, name, "Write the channel's name without U&.",
			"the name of channel \"%s\" is not written plainly", name)
	}
	place.channel = name
	w.v.edit(place)
	return nil
}

// showsChannels tells of the function that would show the prefix.
func showsChannels(name catalog.Name) bool {
	return name == catalog.Name{Schema: systemSchema, Name: "pg_listening_channels"}
}
