package rewrite

import "slices"

// maxReported bounds what is noted of one text.
const maxReported = 16

// rulesLetThrough are the rules that report mode does not refuse by.
func rulesLetThrough() map[Rule]bool {
	rules := make(map[Rule]bool)
	for _, rule := range Rules() {
		if rule.Report == LetThrough {
			rules[rule.Rule] = true
		}
	}
	return rules
}

// tolerate gives a refusal back, unless report mode lets its rule through: then
// it is noted, and the analysis goes on, since what is still to come may be of a
// rule that stays. So every refusal by a rule that is LetThrough has to come by
// here, in a place from where the rest of the statement is looked at.
func (w *walker) tolerate(r *Refusal) *Refusal {
	if r == nil || !w.c.letThrough[r.Rule] {
		return r
	}
	w.reaches = true
	known := slices.ContainsFunc(w.v.Reported, func(old Refusal) bool { return old.Rule == r.Rule && old.Object == r.Object })
	if !known && len(w.v.Reported) < maxReported {
		w.v.Reported = append(w.v.Reported, *r)
	}
	return nil
}
