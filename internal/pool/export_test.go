package pool

import "context"

// Exchange runs one message and gives the rows of its answer.
func (u *Upstream) Exchange(ctx context.Context, message []byte, row func(values []byte) error) error {
	return u.exchange(ctx, message, 1, row)
}
