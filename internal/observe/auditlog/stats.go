package auditlog

// Stats are what a Log has taken since it was opened.
type Stats struct {
	// Events are all, those that were dropped among them, which Dropped counts.
	Events, Dropped uint64
	// QueuedBytes wait to be written.
	QueuedBytes int
}

// Stats counts. Without a log all is 0.
func (l *Log) Stats() Stats {
	if l == nil {
		return Stats{}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return Stats{Events: l.seq, Dropped: l.droppedInAll, QueuedBytes: len(l.pending)}
}
