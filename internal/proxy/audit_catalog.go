package proxy

import (
	"slices"

	"tenantproxy/internal/catalog"
	"tenantproxy/internal/observe/auditlog"
)

// auditedCatalog is what the audit log was last told of a catalog.
type auditedCatalog struct {
	generation uint64
	relations  map[catalog.Name]protection
}

// protection is what tenants may do with a relation.
type protection uint8

const (
	refusedRelation   protection = iota // nothing
	sharedRelation                      // all of them may read it
	protectedRelation                   // row-level security keeps them apart
)

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
	now := auditedCatalog{d.snap.Generation, make(map[catalog.Name]protection)}
	e := auditlog.CatalogChanged{Database: d.snap.Database, Role: d.snap.Role.Name, Generation: d.snap.Generation}
	for _, v := range d.rules().cache.Checker().Relations() {
		if v.Relation.Kind == catalog.Sequence {
			continue
		}
		is := refusedRelation
		switch {
		case v.Protected:
			is = protectedRelation
			e.Protected++
		case v.Readable:
			is = sharedRelation
			e.Shared++
		default:
			e.Refused++
		}
		name := v.Relation.Name
		now.relations[name] = is
		was, known := before.relations[name]
		switch {
		case before.relations == nil || known && was == is:
		case !known:
			e.Added = append(e.Added, name.String())
		case was == protectedRelation:
			e.Lost = append(e.Lost, name.String())
		case is == protectedRelation:
			e.Gained = append(e.Gained, name.String())
		case is == sharedRelation:
			e.Opened = append(e.Opened, name.String())
		default:
			e.Closed = append(e.Closed, name.String())
		}
	}
	for name := range before.relations {
		if _, still := now.relations[name]; !still {
			e.Removed = append(e.Removed, name.String())
		}
	}
	slices.Sort(e.Removed)
	d.audited = now
	if before.generation != now.generation || len(e.Lost)+len(e.Gained)+len(e.Opened)+len(e.Closed) > 0 {
		d.opts.Audit.Note(nil, e)
	}
}
