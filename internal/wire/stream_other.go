//go:build !linux

package wire

import "net"

// Poller takes no Streams where there is no epoll.
type Poller struct{}

// NewPoller makes a Poller.
func NewPoller() (*Poller, error) { return &Poller{}, nil }

// Close does nothing.
func (p *Poller) Close() {}

func (p *Poller) take(net.Conn) *Stream { return nil }

// room is not known.
type room struct{}

func newRoom(net.Conn) *room { return nil }

func (r *room) fits(int) bool { return false }
