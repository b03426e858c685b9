package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"strconv"
	"strings"
)

const (
	unixPrefix  = "unix://"
	defaultPort = 6432
	// maxSocketPath is what a unix socket's path may have in bytes: sun_path of
	// Linux less the NUL.
	maxSocketPath = 107
)

// ListenAddress is a listen entry in the form that net.Listen takes.
type ListenAddress struct {
	// Network is tcp or unix.
	Network string
	// Address is host:port, or the path of the socket, dir/.s.PGSQL.port.
	Address string
}

// ListenAddresses gives the entries of Listen, in order. The name of a unix
// socket has the port of the first TCP entry, 6432 when there is none, since
// that is where a client with host=dir port=… looks for it.
func (c *Config) ListenAddresses() ([]ListenAddress, error) {
	port := defaultPort
	for _, entry := range c.Listen {
		if strings.HasPrefix(entry, unixPrefix) {
			continue
		}
		if _, p, err := parseHostPort(entry); err == nil && p != 0 {
			port = p
			break
		}
	}
	addresses := make([]ListenAddress, len(c.Listen))
	for i, entry := range c.Listen {
		var err error
		if addresses[i], err = parseListen(entry, port); err != nil {
			return nil, fmt.Errorf("listen[%d]: %w", i, err)
		}
	}
	return addresses, nil
}

// AdminAddress gives the address of Admin.Listen, which is not empty.
func (c *Config) AdminAddress() (ListenAddress, error) { return parseAdmin(c.Admin.Listen) }

// parseAdmin reads the address of the HTTP server, whose socket is named as it is.
func parseAdmin(entry string) (ListenAddress, error) {
	socket, isUnix := strings.CutPrefix(entry, unixPrefix)
	if !isUnix {
		_, _, err := parseHostPort(entry)
		return ListenAddress{Network: "tcp", Address: entry}, err
	}
	if !path.IsAbs(socket) || strings.HasSuffix(socket, "/") || strings.ContainsRune(socket, 0) {
		return ListenAddress{}, fmt.Errorf("%q does not name a socket, as in unix:///run/tenantproxy/admin.sock", entry)
	}
	if len(socket) > maxSocketPath {
		return ListenAddress{}, fmt.Errorf("the socket's path is longer than %d bytes", maxSocketPath)
	}
	return ListenAddress{Network: "unix", Address: socket}, nil
}

func parseListen(entry string, socketPort int) (ListenAddress, error) {
	directory, isUnix := strings.CutPrefix(entry, unixPrefix)
	if !isUnix {
		_, _, err := parseHostPort(entry)
		return ListenAddress{Network: "tcp", Address: entry}, err
	}
	if !path.IsAbs(directory) || strings.ContainsRune(directory, 0) {
		return ListenAddress{}, fmt.Errorf("%q does not name a directory, as in unix:///run/tenantproxy", entry)
	}
	socket := path.Join(directory, ".s.PGSQL."+strconv.Itoa(socketPort))
	if len(socket) > maxSocketPath {
		return ListenAddress{}, fmt.Errorf("the socket's path would be longer than %d bytes", maxSocketPath)
	}
	return ListenAddress{Network: "unix", Address: socket}, nil
}

func parseHostPort(entry string) (host string, port int, err error) {
	host, portText, err := net.SplitHostPort(entry)
	if err != nil {
		return "", 0, fmt.Errorf("%q is not host:port or unix:///directory", entry)
	}
	number, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("%q has no port between 0 and 65535", entry)
	}
	if strings.ContainsAny(host, "/ @") {
		return "", 0, errors.New("the host is not a name or an address")
	}
	return host, int(number), nil
}

// onlyLocal tells that nothing but this machine can reach a listen entry.
func onlyLocal(entry string) bool {
	if strings.HasPrefix(entry, unixPrefix) {
		return true
	}
	host, _, err := parseHostPort(entry)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}
