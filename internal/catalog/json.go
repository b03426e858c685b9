package catalog

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// MarshalText writes the kind as pg_class has it, "r" for a table.
func (k RelKind) MarshalText() ([]byte, error) { return []byte{byte(k)}, nil }

// UnmarshalText is the reverse of MarshalText.
func (k *RelKind) UnmarshalText(text []byte) error {
	if len(text) != 1 {
		return fmt.Errorf("reading a relation kind: %q is not one letter", text)
	}
	*k = RelKind(text[0])
	return nil
}

// fileFormat is the version of the JSON form; another one is not read.
const fileFormat = 3

// plain is Snapshot without its methods.
type plain Snapshot

// file is the JSON form of a snapshot: lists, in the order of OIDs, for what
// the snapshot indexes by name.
type file struct {
	Format int `json:"format"`
	*plain
	Relations []*Relation `json:"relations"`
	Functions []*Function `json:"functions"`
	Types     []*Type     `json:"types"`
}

// MarshalJSON writes everything that Read needs to make an equal snapshot.
func (s *Snapshot) MarshalJSON() ([]byte, error) {
	f := file{Format: fileFormat, plain: (*plain)(s)}
	for _, rel := range s.RelationsByOID {
		f.Relations = append(f.Relations, rel)
	}
	for _, function := range s.FunctionsByOID {
		f.Functions = append(f.Functions, function)
	}
	for _, t := range s.Types {
		f.Types = append(f.Types, t)
	}
	slices.SortFunc(f.Relations, func(a, b *Relation) int { return cmp.Compare(a.OID, b.OID) })
	slices.SortFunc(f.Functions, func(a, b *Function) int { return cmp.Compare(a.OID, b.OID) })
	slices.SortFunc(f.Types, func(a, b *Type) int { return cmp.Compare(a.OID, b.OID) })
	return json.Marshal(f)
}

// Read reads the JSON form of a snapshot. It is as trustworthy as its source:
// whoever can write the file decides what passes. An unknown key, another
// format or an object that is there twice is an error.
func Read(from io.Reader) (*Snapshot, error) {
	s := &Snapshot{
		Relations:      make(map[Name]*Relation),
		RelationsByOID: make(map[uint32]*Relation),
		Functions:      make(map[Name][]*Function),
		FunctionsByOID: make(map[uint32]*Function),
		Types:          make(map[Name]*Type),
	}
	f := file{plain: (*plain)(s)}
	decoder := json.NewDecoder(from)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return nil, fmt.Errorf("reading a catalog snapshot: %w", err)
	}
	if f.Format != fileFormat {
		return nil, fmt.Errorf("reading a catalog snapshot: format %d, want %d", f.Format, fileFormat)
	}
	if s.Schemas == nil {
		s.Schemas = make(map[string]bool)
	}
	if err := decoder.Decode(&struct{}{}); err != io.EOF {
		return nil, errors.New("reading a catalog snapshot: something follows it")
	}
	for _, rel := range f.Relations {
		if rel == nil || s.Relations[rel.Name] != nil || s.RelationsByOID[rel.OID] != nil {
			return nil, badEntry("relation", rel)
		}
		s.addRelation(rel)
	}
	for _, function := range f.Functions {
		if function == nil || s.FunctionsByOID[function.OID] != nil {
			return nil, badEntry("function", function)
		}
		s.addFunction(function)
	}
	for _, t := range f.Types {
		if t == nil || s.Types[t.Name] != nil {
			return nil, badEntry("type", t)
		}
		s.Types[t.Name] = t
	}
	if slices.Contains(s.Operators, nil) {
		return nil, badEntry("operator", nil)
	}
	if slices.Contains(s.Families, nil) {
		return nil, badEntry("operator family", nil)
	}
	if slices.Contains(s.Casts, nil) {
		return nil, badEntry("cast", nil)
	}
	return s, nil
}

func badEntry(kind string, entry any) error {
	return fmt.Errorf("reading a catalog snapshot: %s missing or there twice: %+v", kind, entry)
}
