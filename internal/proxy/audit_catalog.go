package proxy

import (
	"slices"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/observe/auditlog"
)

// auditedCatalog is what the audit log was last told of a catalog.
type auditedCatalog struct {
	generation uint64
	protected  map[catalog.Name]bool // all relations, with whether they are
}

// auditInstalled records which relations the rules in force protect, and what that
// changes. mu is held, and the Loader waits, so it does not wait itself.
func (d *Decider) auditInstalled(err error) {
	if d.opts.Audit == nil {
		return
	}
	if err != nil {
		d.opts.Audit.Note(nil, auditlog.CatalogUnavailable{Database: d.opts.Database, Role: d.opts.Role, Reason: err.Error()})
		return
	}
	before := d.audited
	now := auditedCatalog{d.snap.Generation, make(map[catalog.Name]bool)}
	e := auditlog.CatalogChanged{Database: d.snap.Database, Role: d.snap.Role.Name, Generation: d.snap.Generation}
	for _, v := range d.rules().cache.Checker().Relations() {
		if v.Relation.Kind == catalog.Sequence {
			continue
		}
		name := v.Relation.Name
		now.protected[name] = v.Protected
		switch {
		case v.Protected:
			e.Protected++
		case v.Readable:
			e.Shared++
		default:
			e.Refused++
		}
		was, known := before.protected[name]
		switch {
		case before.protected == nil:
		case !known:
			e.Added = append(e.Added, name.String())
		case was && !v.Protected:
			e.Lost = append(e.Lost, name.String())
		case !was && v.Protected:
			e.Gained = append(e.Gained, name.String())
		}
	}
	for name := range before.protected {
		if _, still := now.protected[name]; !still {
			e.Removed = append(e.Removed, name.String())
		}
	}
	slices.Sort(e.Removed)
	d.audited = now
	if before.generation != now.generation || len(e.Lost)+len(e.Gained) > 0 {
		d.opts.Audit.Note(nil, e)
	}
}
