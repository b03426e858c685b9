// Package certs is the TLS that clients are served with: a certificate, its key
// and the authorities of client certificates, from files that may be replaced
// while they are in use.
package certs
