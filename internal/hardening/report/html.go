package report

import (
	_ "embed"
	"html/template"
	"io"

	"tenantproxy/internal/hardening/audit"
)

//go:embed report.html
var page string

// matrix is the relations × checks table: only checks that found something.
type matrix struct {
	Checks []audit.Check
	Rows   []matrixRow
}

type matrixRow struct {
	Relation audit.Relation
	Cells    []string
}

func (r *Report) matrix() matrix {
	found := make(map[string]map[string]string)
	var m matrix
	for _, f := range r.Findings {
		if f.Relation == "" {
			continue
		}
		if found[f.Check] == nil {
			found[f.Check] = make(map[string]string)
		}
		state := string(f.Severity)
		if f.Unknown {
			state = "unknown"
		}
		found[f.Check][f.Relation] = state
	}
	for _, c := range r.Checks {
		if found[c.ID] != nil {
			m.Checks = append(m.Checks, c)
		}
	}
	for _, rel := range r.Coverage.Relations {
		row := matrixRow{Relation: rel}
		for _, c := range m.Checks {
			row.Cells = append(row.Cells, found[c.ID][rel.Name])
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// functions are what the pages call.
func functions(r *Report) template.FuncMap {
	return template.FuncMap{
		"check": r.check, "mark": mark, "yes": yes, "open": open, "class": class,
		"percent": func(part, whole int) int {
			if whole == 0 {
				return 0
			}
			return part * 100 / whole
		},
	}
}

// WriteHTML writes one self-contained page. Names of objects are escaped by
// html/template wherever they stand.
func WriteHTML(to io.Writer, r *Report) error {
	t, err := template.New("report").Funcs(functions(r)).Parse(page)
	if err != nil {
		return err
	}
	return t.Execute(to, struct {
		*Report
		Groups [][]audit.Finding
		Matrix matrix
	}{r, r.byCheck(), r.matrix()})
}
