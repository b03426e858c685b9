package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTextOrgBytes bounds an org of type text. Postgres could hold more, an org
// id in a setting and in every log line should not.
const maxTextOrgBytes = 1024

const nilUUID = "00000000-0000-0000-0000-000000000000"

// orgReader turns the org claim into the text that the tenant setting gets. Its
// errors complete "token claim … " and hold nothing of the value.
type orgReader func(claim any) (string, error)

// newOrgReader gives the reader for a configured type. The rules are narrower
// than what Postgres takes as input for these types, so that one org has
// exactly one spelling.
func newOrgReader(orgType string) (orgReader, error) {
	switch orgType {
	case "uuid":
		return newUUIDReader(), nil
	case "bigint":
		return newBigintReader(), nil
	case "text":
		return readText, nil
	}
	return nil, fmt.Errorf("org type %q is not uuid, bigint or text", orgType)
}

// newUUIDReader reads the 8-4-4-4-12 form (RFC 9562, section 4) and gives it in
// lower case as Postgres prints it. Braces and other groupings, which Postgres
// would take too, are refused. So is the nil UUID: it is what an issuer writes
// when it has no org.
func newUUIDReader() orgReader {
	canonical := regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	return func(claim any) (string, error) {
		text, ok := claim.(string)
		if !ok {
			return "", fmt.Errorf("is %s, not a uuid string", describe(claim))
		}
		if !canonical.MatchString(text) {
			return "", errors.New("is not a uuid in the form 8-4-4-4-12")
		}
		if text == nilUUID {
			return "", errors.New("is the nil uuid")
		}
		return strings.ToLower(text), nil
	}
}

// newBigintReader reads a JSON integer, or a string of one since not every
// issuer can write 64-bit numbers: no sign but minus, no leading zeros, no
// fraction or exponent, within the range of bigint.
func newBigintReader() orgReader {
	canonical := regexp.MustCompile(`^(0|-?[1-9][0-9]{0,18})$`)
	return func(claim any) (string, error) {
		var text string
		switch c := claim.(type) {
		case string:
			text = c
		case json.Number:
			text = c.String()
		default:
			return "", fmt.Errorf("is %s, not a bigint", describe(claim))
		}
		if !canonical.MatchString(text) {
			return "", errors.New("is not a bigint in plain decimal form")
		}
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			return "", errors.New("is out of range for bigint")
		}
		return text, nil
	}
}

// readText takes a string of 1 to 1024 bytes without control characters.
func readText(claim any) (string, error) {
	text, ok := claim.(string)
	switch {
	case !ok:
		return "", fmt.Errorf("is %s, not a string", describe(claim))
	case text == "":
		return "", errors.New("is empty")
	case len(text) > maxTextOrgBytes:
		return "", fmt.Errorf("is longer than %d bytes", maxTextOrgBytes)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return "", errors.New("has control characters")
	}
	return text, nil
}
