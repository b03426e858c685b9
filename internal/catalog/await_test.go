package catalog

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestReadingsAreSpaced holds when the next reading starts after one that took so
// long: whoever asks, no more than half of the time is spent reading.
func TestReadingsAreSpaced(t *testing.T) {
	for name, c := range map[string]struct {
		took, wait time.Duration
		signal     func(*Loader, chan struct{})
		// next is when, from the start of the last one.
		next time.Duration
	}{
		"nobody asks":             {took: 10 * time.Millisecond, wait: time.Minute, next: time.Minute + 10*time.Millisecond},
		"asked":                   {took: 10 * time.Millisecond, wait: time.Minute, signal: asked, next: minGap},
		"asked, slow":             {took: 3 * time.Second, wait: time.Minute, signal: asked, next: 6 * time.Second},
		"asked, very slow":        {took: 3 * time.Second, wait: time.Second, signal: asked, next: 4 * time.Second},
		"notified":                {took: 5 * time.Millisecond, wait: time.Minute, signal: notified, next: minNotifiedGap},
		"notified, slow":          {took: 3 * time.Second, wait: time.Minute, signal: notified, next: 6 * time.Second},
		"connection lost":         {took: 10 * time.Millisecond, wait: time.Minute, signal: lost, next: minGap},
		"connection lost, slow":   {took: 3 * time.Second, wait: time.Minute, signal: lost, next: 6 * time.Second},
		"asked and notified":      {took: 10 * time.Millisecond, wait: time.Minute, signal: both, next: minNotifiedGap},
		"asked, notified, slowly": {took: time.Second, wait: time.Minute, signal: both, next: 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, connection := NewLoader(LoaderOptions{}), make(chan struct{})
				started := time.Now()
				time.Sleep(c.took)
				if c.signal != nil {
					c.signal(l, connection)
				}
				l.await(t.Context(), connection, started, c.wait)
				if got := time.Since(started); got != c.next {
					t.Errorf("the next reading starts after %v, want %v", got, c.next)
				}
			})
		})
	}
}

func asked(l *Loader, _ chan struct{})    { raise(l.wake) }
func notified(l *Loader, _ chan struct{}) { raise(l.notified) }
func lost(_ *Loader, c chan struct{})     { close(c) }
func both(l *Loader, _ chan struct{})     { raise(l.wake); raise(l.notified) }

// TestWaitEndsWithTheContext holds that no gap outlasts the loader.
func TestWaitEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		l, started := NewLoader(LoaderOptions{}), time.Now()
		raise(l.wake)
		time.AfterFunc(time.Millisecond, cancel)
		l.await(ctx, nil, started, time.Hour)
		if got := time.Since(started); got != time.Millisecond {
			t.Errorf("it waits for %v", got)
		}
	})
}
