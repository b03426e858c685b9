package auth

import "time"

// SourceStatus is a source of keys as an operator may see it: no key is in it.
type SourceStatus struct {
	// Name is the file, or the address without its query.
	Name string
	// Read is when it was last read with success; zero: never.
	Read time.Time
	// Failure is why it could not be read the last time; empty if it could.
	Failure string
	Keys    []KeyStatus
}

// KeyStatus is one key.
type KeyStatus struct {
	// ID is its kid, empty if its source gives none.
	ID string
	// Kind is the kind of key: RSA, EC P-256, HMAC secret …
	Kind string
	// Algorithm is the only one that it may be used with; empty: any of its kind.
	Algorithm string
	// Since is when it came into force.
	Since time.Time
}

// sourceRead is how the last readings of a source went. It is guarded by Keys.mu.
type sourceRead struct {
	at      time.Time
	failure string
}

// noteRead notes a reading of the source.
func (k *Keys) noteRead(slot int, err error) {
	if err != nil {
		k.reads[slot].failure = err.Error()
		return
	}
	k.reads[slot] = sourceRead{at: time.Now()}
}

// noteFetch is noteRead for those who do not hold mu.
func (k *Keys) noteFetch(slot int, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.noteRead(slot, err)
}

// Status describes the sources in their order, with the keys of each.
func (k *Keys) Status() []SourceStatus {
	k.mu.Lock()
	defer k.mu.Unlock()
	status := make([]SourceStatus, len(k.sources))
	for _, f := range k.files {
		status[f.slot].Name = f.file()
	}
	for _, r := range k.remotes {
		status[r.slot].Name = r.name()
	}
	for slot, keys := range k.sources {
		s := &status[slot]
		s.Read, s.Failure = k.reads[slot].at, k.reads[slot].failure
		for _, key := range keys {
			s.Keys = append(s.Keys, KeyStatus{ID: key.id, Kind: string(key.kind), Algorithm: key.alg, Since: key.since})
		}
	}
	return status
}

// dateKeys gives keys that come from a source the date since which it has had them.
func (k *Keys) dateKeys(slot int, keys []verificationKey) []verificationKey {
	now := time.Now()
	for i := range keys {
		keys[i].since = now
		for _, old := range k.sources[slot] {
			if old.equal(keys[i]) {
				keys[i].since = old.since
			}
		}
	}
	return keys
}
