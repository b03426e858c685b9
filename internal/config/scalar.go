package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ByteSize is a number of bytes.
type ByteSize int64

// The units that sizes are written with.
const (
	KiB ByteSize = 1 << 10
	MiB ByteSize = 1 << 20
	GiB ByteSize = 1 << 30
)

// String gives the size in the largest unit that divides it, as in 8KiB.
func (b ByteSize) String() string {
	switch {
	case b != 0 && b%GiB == 0:
		return fmt.Sprintf("%dGiB", int64(b/GiB))
	case b != 0 && b%MiB == 0:
		return fmt.Sprintf("%dMiB", int64(b/MiB))
	case b != 0 && b%KiB == 0:
		return fmt.Sprintf("%dKiB", int64(b/KiB))
	}
	return strconv.FormatInt(int64(b), 10)
}

// MarshalText gives String.
func (b ByteSize) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// ParseByteSize reads a whole number of bytes, or of KiB, MiB or GiB.
func ParseByteSize(text string) (ByteSize, error) {
	digits, unit := text, ByteSize(1)
	for suffix, size := range map[string]ByteSize{"KiB": KiB, "MiB": MiB, "GiB": GiB} {
		if number, ok := strings.CutSuffix(text, suffix); ok {
			digits, unit = number, size
		}
	}
	if strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return 0, fmt.Errorf("%q is not a size such as 8192, 8KiB, 1MiB or 1GiB", text)
	}
	number, err := strconv.ParseInt(digits, 10, 64)
	if errors.Is(err, strconv.ErrRange) || err == nil && number > math.MaxInt64/int64(unit) {
		return 0, fmt.Errorf("%q is too large", text)
	}
	if err != nil {
		return 0, fmt.Errorf("%q is not a size such as 8192, 8KiB, 1MiB or 1GiB", text)
	}
	return ByteSize(number) * unit, nil
}

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration such as 500ms, 30s or 5m", text)
	}
	return d, nil
}

// formatDuration leaves out the zero units that time.Duration.String ends with.
func formatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func parseBool(text string) (bool, error) {
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is not true or false", text)
}

func parseInt(text string) (int, error) {
	number, err := strconv.Atoi(text)
	if err != nil || strings.HasPrefix(text, "+") {
		return 0, fmt.Errorf("%q is not a whole number", text)
	}
	return number, nil
}
