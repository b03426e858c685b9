package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// maxNumericDate is the last second of the year 9999. A date past it is a
// mistake, most often milliseconds.
const maxNumericDate = 253402300799

// registeredClaims gives the library's validator the claims of RFC 7519,
// section 4.1, with exact names and types.
type registeredClaims map[string]any

var _ jwt.Claims = registeredClaims(nil)

func (c registeredClaims) GetExpirationTime() (*jwt.NumericDate, error) { return c.date("exp") }
func (c registeredClaims) GetNotBefore() (*jwt.NumericDate, error)      { return c.date("nbf") }
func (c registeredClaims) GetIssuedAt() (*jwt.NumericDate, error)       { return c.date("iat") }
func (c registeredClaims) GetIssuer() (string, error)                   { return c.text("iss") }
func (c registeredClaims) GetSubject() (string, error)                  { return c.text("sub") }

// GetAudience accepts one string or a list of strings (RFC 7519, section 4.1.3).
func (c registeredClaims) GetAudience() (jwt.ClaimStrings, error) {
	value, ok := c["aud"]
	if !ok {
		return nil, nil
	}
	if one, ok := value.(string); ok {
		return jwt.ClaimStrings{one}, nil
	}
	list, ok := value.([]any)
	if !ok {
		return nil, rejected("aud is %s", describe(value))
	}
	audience := make(jwt.ClaimStrings, len(list))
	for i, element := range list {
		if audience[i], ok = element.(string); !ok {
			return nil, rejected("aud has an element that is %s", describe(element))
		}
	}
	return audience, nil
}

// text gives a claim that must be a string if it is there.
func (c registeredClaims) text(name string) (string, error) {
	value, ok := c[name]
	if !ok {
		return "", nil
	}
	text, ok := value.(string)
	if !ok {
		return "", rejected("%s is %s, not a string", name, describe(value))
	}
	return text, nil
}

// date gives a claim that must be a NumericDate (RFC 7519, section 2) if it is
// there: seconds since 1970, possibly with a fraction.
func (c registeredClaims) date(name string) (*jwt.NumericDate, error) {
	value, ok := c[name]
	if !ok {
		return nil, nil
	}
	number, ok := value.(json.Number)
	if !ok {
		return nil, rejected("%s is %s, not a number", name, describe(value))
	}
	seconds, err := strconv.ParseFloat(number.String(), 64)
	if err != nil || !(seconds >= 0 && seconds <= maxNumericDate) {
		return nil, rejected("%s is not a time between 1970 and 9999", name)
	}
	whole, fraction := math.Modf(seconds)
	return &jwt.NumericDate{Time: time.Unix(int64(whole), int64(fraction*1e9)).UTC()}, nil
}

// tokenTimes are the times of a token, for the library's validator. There is
// nothing else in them that it would look at.
type tokenTimes struct {
	jwt.RegisteredClaims
}

// timesOf gives the times in claims that were checked.
func timesOf(claims registeredClaims) (tokenTimes, error) {
	var t tokenTimes
	var errs [3]error
	t.ExpiresAt, errs[0] = claims.GetExpirationTime()
	t.NotBefore, errs[1] = claims.GetNotBefore()
	t.IssuedAt, errs[2] = claims.GetIssuedAt()
	return t, errors.Join(errs[:]...)
}

// requiredClaim is a claim that must have one value.
type requiredClaim struct {
	name  string
	path  claimPath
	value any // string, bool or int64
}

// newRequiredClaims reads the configured values. Numbers are integers: whether
// two fractions are equal is not something to decide access by.
func newRequiredClaims(configured map[string]any) ([]requiredClaim, error) {
	var required []requiredClaim
	for name, value := range configured {
		path, err := parseClaimPath(name)
		if err != nil {
			return nil, err
		}
		switch v := value.(type) {
		case string, bool, int64:
		case int:
			value = int64(v)
		case uint64:
			if v > math.MaxInt64 {
				return nil, fmt.Errorf("required claim %s: the number is too large", name)
			}
			value = int64(v)
		default:
			return nil, fmt.Errorf("required claim %s: its value must be a string, a boolean or an integer", name)
		}
		required = append(required, requiredClaim{name: name, path: path, value: value})
	}
	return required, nil
}

// check compares type and value: the string "1" is not the number 1.
func (r requiredClaim) check(claims map[string]any) error {
	value, err := r.path.find(claims)
	if err != nil {
		return rejected("required claim %s %s", r.name, err)
	}
	if number, ok := value.(json.Number); ok {
		integer, err := strconv.ParseInt(number.String(), 10, 64)
		if err != nil {
			return rejected("required claim %s is not an integer", r.name)
		}
		value = integer
	}
	switch value.(type) {
	case string, bool, int64:
		if value == r.value {
			return nil
		}
	}
	return rejected("required claim %s does not have the required value", r.name)
}

// validationReason puts an error of the library's validator in our words. Its
// own text names claims only, but it is not ours to promise that.
func validationReason(err error) error {
	var own *RejectedError
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return rejected("iss or aud is empty")
	case errors.Is(err, jwt.ErrTokenExpired):
		return rejected("expired (exp)")
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return rejected("not valid yet (nbf)")
	case errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		return rejected("issued in the future (iat)")
	case errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return rejected("of another issuer (iss)")
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return rejected("for another audience (aud)")
	}
	return rejected("its claims are not valid")
}
