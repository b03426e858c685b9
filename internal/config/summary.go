package config

import (
	"fmt"
	"time"

	"github.com/goccy/go-yaml"
)

// Summary gives the effective configuration as YAML, every key with its value
// and without secrets. It can be read again, but for a DSN that had a password.
func (c *Config) Summary() (string, error) {
	text, err := yaml.MarshalWithOptions(c,
		yaml.CustomMarshaler[time.Duration](func(d time.Duration) ([]byte, error) { return []byte(formatDuration(d)), nil }),
		yaml.IndentSequence(true),
	)
	if err != nil {
		return "", fmt.Errorf("writing configuration: %w", err)
	}
	return string(text), nil
}
