package proxy

import (
	"slices"
	"strings"

	"tenantproxy/internal/pool"
	"tenantproxy/internal/rewrite"
	"tenantproxy/internal/wire"
)

// settings follows what SET does to a session in transaction mode, so that its settings
// go with it. What a text sets is known by its verdict; what has come of that, with
// rollbacks, SET LOCAL and all, is read from Postgres when the transaction is over. Then
// the connection is given back with those settings as part of its context.
//
// A reset has to go back to what the client asked for at startup, which Postgres does
// not know of. In a transaction that is put in place at once, as part of it, and read
// like the rest. Outside one, it is so if the text does not fail.
//
// It belongs to who is in the session's lease: the client's reader, and while a reading
// is under way the upstream connection's.
type settings struct {
	startup []wire.Parameter // what the client asked for at startup
	touched []string         // may have other values than the context says
	back    []string         // of these, go back to startup when the context is put in place
	reset   *rewrite.Verdict // of a text that resets, outside a transaction; not answered yet
	failed  int              // readings in a row
	// left tells that the connection has a setting that the context does not, and has to
	// forget it before anybody else has it.
	left bool
}

// maxFailedReads is after how many readings that were canceled the session is pinned.
const maxFailedReads = 3

// followBound is follow for a statement that was prepared.
func (f *frontend) followBound(d *rewrite.Decision) {
	if d.Text != tokenTaken {
		f.follow(d.Verdict)
	}
}

// follow notes what a text that is about to run does to the session's settings. It is not
// for tokenTaken, which sets what every session has.
func (f *frontend) follow(v *rewrite.Verdict) {
	if f.names == nil {
		return
	}
	if own := f.ownSettings(v.Resets); len(own) > 0 || v.Resets.All {
		if f.session.back.txStatus.Load() == wire.TxIdle {
			f.settings.reset = v
		} else {
			f.touch(own)
			f.settings.back = append(f.settings.back, own...)
		}
	}
	f.touch(v.Sets)
}

func (f *frontend) touch(names []string) {
	for _, name := range names {
		if !slices.Contains(f.settings.touched, name) {
			f.settings.touched = append(f.settings.touched, name)
		}
	}
}

// ownSettings are those of the client's that a reset touches.
func (f *frontend) ownSettings(scope rewrite.ResetScope) (names []string) {
	if f.names == nil || scope.None() {
		return nil
	}
	for _, p := range f.session.wanted.Client {
		names = append(names, p.Name)
	}
	names = append(names, f.settings.touched...)
	if scope.All {
		return names
	}
	return slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(scope.Names, name) })
}

// resetRefusal says why a text may not reset what the client has set: what has come of
// it by its end would not be known.
func (f *frontend) resetRefusal(v *rewrite.Verdict) *rewrite.Refusal {
	if !v.Transacts || len(f.ownSettings(v.Resets)) == 0 {
		return nil
	}
	return resetUnavailable()
}

// settledReset notes what a reset outside a transaction has done, when it is answered.
func (f *frontend) settledReset() {
	v := f.settings.reset
	f.settings.reset = nil
	if v == nil || f.session.back.lastFailed.Load() {
		return
	}
	s := f.session
	own := f.ownSettings(v.Resets)
	client := slices.Clone(s.wanted.Client)
	for _, name := range own {
		client = withSetting(client, name, "", false)
	}
	for _, p := range f.settings.startup {
		if slices.Contains(own, p.Name) {
			client = withSetting(client, p.Name, p.Value, true)
		}
	}
	f.settings.touched = slices.DeleteFunc(f.settings.touched, func(name string) bool {
		return slices.Contains(own, name) && !slices.Contains(v.Sets, name)
	})
	s.wanted.Client = client
	s.lease.upstream.Become(s.wanted)
	if v.Resets.All && v.DeallocatesAll && v.Alone { // DISCARD ALL
		s.lease.pinned.Store(false)
	}
}

// lostContext is what is to be put in place after a reset.
func (f *frontend) lostContext() pool.Context {
	c := f.session.lease.upstream.Context
	if f.names == nil {
		return c
	}
	c.Client = slices.DeleteFunc(slices.Clone(c.Client), func(p wire.Parameter) bool {
		return slices.Contains(f.settings.touched, p.Name)
	})
	for _, p := range f.settings.startup {
		if slices.Contains(f.settings.back, p.Name) {
			c.Client = append(c.Client, p)
		}
	}
	f.settings.back = nil
	return c
}

// tellSettings tells the client what its settings are, after a reset whose own reports
// were of the connection that it ran on.
func (s *session) tellSettings() error {
	var reports []byte
	for _, p := range s.lease.upstream.Parameters() {
		own := func(o wire.Parameter) bool { return o.Name == wire.FoldASCII(p.Name) }
		if slices.ContainsFunc(s.wanted.Client, own) {
			reports = wire.AppendParameterStatus(reports, p)
		}
	}
	if reports == nil {
		return nil
	}
	return s.back.write(reports)
}

// readSettings asks Postgres for the settings that may have changed, outside a
// transaction with nothing outstanding. It tells whether there was anything to ask; the
// backend gets the answer.
func (s *session) readSettings() bool {
	if len(s.front.settings.touched) == 0 {
		return false
	}
	names := s.front.settings.touched
	s.back.reading.Store(&names)
	s.back.own.Store(true)
	s.front.statements.cycles.end()
	u := s.lease.upstream
	if err := u.Stream.Write(pool.AppendRead(nil, names)); err != nil {
		u.Stream.Close() // which its reader tells of
	}
	return true
}

// learn takes the values of the settings that were asked for; nil if there are none.
func (s *session) learn(names, values []string) {
	f := &s.front
	s.back.reading.Store(nil)
	if len(values) != len(names) {
		if f.settings.failed++; f.settings.failed >= maxFailedReads {
			s.lease.pinned.Store(true)
		}
		return
	}
	f.settings.touched, f.settings.failed = nil, 0
	rules := s.decider.rules()
	client := slices.Clone(s.wanted.Client)
	for i, name := range names {
		// What a client could not ask for at startup, a function has set.
		allowed := rules.checkSetting(name, values[i]) == nil
		pinned := slices.Contains(s.opts.Pinned, wire.Parameter{Name: name, Value: values[i]})
		client = withSetting(client, name, values[i], allowed && !pinned)
		f.settings.left = f.settings.left || !allowed
	}
	s.wanted.Client = client
	s.lease.upstream.Become(s.wanted)
}

// withSetting gives a list, which it changes, the setting, or takes it out unless keep.
// New ones put all in the order of their names.
func withSetting(list []wire.Parameter, name, value string, keep bool) []wire.Parameter {
	i := slices.IndexFunc(list, func(p wire.Parameter) bool { return p.Name == name })
	switch {
	case i >= 0 && keep:
		list[i].Value = value
	case i >= 0:
		list = slices.Delete(list, i, i+1)
	case keep:
		list = append(list, wire.Parameter{Name: name, Value: value})
		slices.SortFunc(list, func(a, b wire.Parameter) int { return strings.Compare(a.Name, b.Name) })
	}
	return list
}
