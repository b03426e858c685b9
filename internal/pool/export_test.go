package pool

import "context"

// MaxDialing is how many connections are made at a time.
const MaxDialing = maxDialing

// Exchange runs one message and gives the rows of its answer.
func (u *Upstream) Exchange(ctx context.Context, message []byte, row func(values []byte) error) error {
	return u.exchange(ctx, message, 1, row)
}

// Parameter gives the last reported value of a parameter. It is safe for
// concurrent use.
func (u *Upstream) Parameter(name string) string {
	u.paramsMu.Lock()
	defer u.paramsMu.Unlock()
	return u.hijacked.ParameterStatuses[name]
}
