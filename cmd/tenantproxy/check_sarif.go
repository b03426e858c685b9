package main

import (
	"io"
	"net/url"
	"path/filepath"

	"tenantproxy/internal/hardening/report"
	"tenantproxy/internal/rewrite"
)

// SARIF is the Static Analysis Results Interchange Format, version 2.1.0, an
// OASIS standard that code-scanning services read. These types are the part of
// it that is used here, under its own names.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string             `json:"id"`
	ShortDescription sarifMessage       `json:"shortDescription"`
	Configuration    sarifConfiguration `json:"defaultConfiguration"`
}

type sarifConfiguration struct {
	Level string `json:"level"`
}

type sarifMessage struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Level        string             `json:"level"`
	Message      sarifMessage       `json:"message"`
	Locations    []sarifLocation    `json:"locations"`
	Suppressions []sarifSuppression `json:"suppressions"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification"`
}

type sarifLocation struct {
	Physical sarifPhysicalLocation `json:"physicalLocation"`
}

type sarifPhysicalLocation struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
}

// writeSARIF writes the report for code scanning. Accepted refusals are results
// that are suppressed in the source.
func writeSARIF(to io.Writer, r *checkReport) error {
	rules, index := sarifRules()
	results := []sarifResult{}
	for _, f := range r.Findings {
		text := f.Message
		if f.Hint != "" {
			text += "\n" + f.Hint
		}
		result := sarifResult{
			RuleID: string(f.Rule), RuleIndex: index[f.Rule], Level: rules[index[f.Rule]].Configuration.Level,
			Message: sarifMessage{text},
			Locations: []sarifLocation{{sarifPhysicalLocation{
				sarifArtifact{fileURI(f.File)}, sarifRegion{f.Line, f.Column},
			}}},
			Suppressions: []sarifSuppression{},
		}
		if f.Kind == findingAccepted {
			result.Suppressions = append(result.Suppressions, sarifSuppression{"inSource", f.Reason})
		}
		results = append(results, result)
	}
	return report.WriteIndented(to, sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs: []sarifRun{{
			Tool:       sarifTool{sarifDriver{Name: "tenantproxy", Version: versionText(), Rules: rules}},
			ColumnKind: "unicodeCodePoints",
			Results:    results,
		}},
	})
}

// sarifRules lists all rules, and where each is in the list.
func sarifRules() (rules []sarifRule, index map[rewrite.Rule]int) {
	index = make(map[rewrite.Rule]int)
	add := func(texts []rewrite.RuleText, level string) {
		for _, r := range texts {
			index[r.Rule] = len(rules)
			rules = append(rules, sarifRule{string(r.Rule), sarifMessage{r.Text}, sarifConfiguration{level}})
		}
	}
	add(rewrite.Rules(), "error")
	add(allowRules(), "warning")
	return rules, index
}

// fileURI is the reference to a file: relative names stay so, for the service
// to resolve against the repository.
func fileURI(name string) string {
	u := url.URL{Path: filepath.ToSlash(name)}
	if filepath.IsAbs(name) {
		u.Scheme = "file"
	}
	return u.String()
}
