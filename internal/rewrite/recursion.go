package rewrite

import "slices"

// bodyCalls are the bodies that are being judged, each called by the one before it,
// and what has been found on the assumption that those are allowed.
type bodyCalls struct {
	open []bodyKey
	// pending are bodies in which nothing is refused, as long as those under way that
	// they rest on are allowed, in the order in which they were found.
	pending []pendingBody
	// rests is the index of the outermost body under way that has been assumed to be
	// allowed since the innermost one began.
	rests int
}

type pendingBody struct {
	key bodyKey
	// rests is the index of the outermost body under way that it rests on.
	rests int
}

// bodyState is where a judgement began.
type bodyState struct{ pending, rests int }

// assume takes a body for allowed, if it is under way or pending.
func (b *bodyCalls) assume(key bodyKey) bool {
	i := slices.Index(b.open, key)
	if i < 0 {
		found := slices.IndexFunc(b.pending, func(p pendingBody) bool { return p.key == key })
		if found < 0 {
			return false
		}
		i = b.pending[found].rests
	}
	b.rests = min(b.rests, i)
	return true
}

// enter begins the judgement of a body.
func (b *bodyCalls) enter(key bodyKey) bodyState {
	state := bodyState{len(b.pending), b.rests}
	b.rests = len(b.open)
	b.open = append(b.open, key)
	return state
}

// refused ends it: what has been found meanwhile may rest on that body.
func (b *bodyCalls) refused(state bodyState) {
	b.open = b.open[:len(b.open)-1]
	b.pending = b.pending[:state.pending]
	b.rests = state.rests
}

// allowed ends it, and gives the bodies that are allowed for good: none if it rests
// on one that is still under way.
func (b *bodyCalls) allowed(key bodyKey, state bodyState) (settled []bodyKey) {
	b.open = b.open[:len(b.open)-1]
	rests := b.rests
	b.rests = min(state.rests, rests)
	b.pending = append(b.pending, pendingBody{key, rests})
	since := b.pending[state.pending:]
	if rests < len(b.open) {
		for i := range since {
			since[i].rests = min(since[i].rests, rests)
		}
		return nil
	}
	for _, p := range since {
		settled = append(settled, p.key)
	}
	b.pending = b.pending[:state.pending]
	b.rests = state.rests
	return settled
}
