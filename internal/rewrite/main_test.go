package rewrite

import (
	"testing"

	"tenantproxy/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
