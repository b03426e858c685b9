package main

import (
	"context"
	"crypto/tls"
	"log/slog"
	"time"

	"tenantproxy/internal/certs"
	"tenantproxy/internal/config"
	"tenantproxy/internal/proxy"
)

// certificateInterval is how often the files of the certificate are looked at.
const certificateInterval = time.Second

// newCertificates reads the certificate for clients; nil if there is none.
func newCertificates(cfg config.TLS) (*certs.Store, error) {
	if cfg.CertFile == "" {
		return nil, nil
	}
	return certs.Load(certs.Files{Cert: cfg.CertFile, Key: cfg.KeyFile, ClientCA: cfg.ClientCAFile})
}

func tlsConfig(store *certs.Store) *tls.Config {
	if store == nil {
		return nil
	}
	return store.Config()
}

// tlsMode is auto for always where clients need a certificate: they have no other
// way to show it.
func tlsMode(cfg config.TLS) proxy.TLSMode {
	if cfg.ClientCAFile != "" {
		return proxy.TLSAlways
	}
	return proxy.TLSMode(cfg.Required)
}

// watchCertificates takes over new certificates until ctx ends.
func watchCertificates(ctx context.Context, store *certs.Store, log *slog.Logger) {
	log.Info("certificate in use", "expires", store.Expires())
	store.Watch(ctx, certificateInterval, func(err error) {
		if err != nil {
			log.Error("the certificate stays the one of before", "error", err, "expires", store.Expires())
			return
		}
		log.Info("certificate in use", "expires", store.Expires())
	})
}
