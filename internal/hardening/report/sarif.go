package report

import (
	"crypto/sha256"
	"encoding/hex"
	"io"

	"tenantproxy/internal/hardening/audit"
)

// SARIF 2.1.0, an OASIS standard, in the part that is used here and under its own
// names. A database has no files, so locations are logical ones.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string             `json:"id"`
		ShortDescription sarifMessage       `json:"shortDescription"`
		FullDescription  sarifMessage       `json:"fullDescription"`
		Configuration    sarifConfiguration `json:"defaultConfiguration"`
		Properties       map[string]string  `json:"properties"`
	}
	sarifConfiguration struct {
		Level string `json:"level"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID        string            `json:"ruleId"`
		RuleIndex     int               `json:"ruleIndex"`
		Level         string            `json:"level"`
		Message       sarifMessage      `json:"message"`
		Locations     []sarifLocation   `json:"locations"`
		Fingerprints  map[string]string `json:"partialFingerprints"`
		BaselineState string            `json:"baselineState,omitempty"`
	}
	sarifLocation struct {
		Logical []sarifLogical `json:"logicalLocations"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
)

func sarifLevel(s audit.Severity) string {
	switch s {
	case audit.Critical, audit.High:
		return "error"
	case audit.Medium:
		return "warning"
	default:
		return "note"
	}
}

// securitySeverity is the score that code scanning sorts by.
func securitySeverity(s audit.Severity) string {
	return map[audit.Severity]string{audit.Critical: "9.5", audit.High: "8.0", audit.Medium: "5.0", audit.Low: "2.0"}[s]
}

// WriteSARIF writes the report for code scanning.
func WriteSARIF(to io.Writer, r *Report) error {
	rules, index := []sarifRule{}, make(map[string]int)
	for _, c := range r.Checks {
		index[c.ID] = len(rules)
		rules = append(rules, sarifRule{c.ID, sarifMessage{c.Title}, sarifMessage{c.Why}, sarifConfiguration{sarifLevel(c.Severity)},
			map[string]string{"security-severity": securitySeverity(c.Severity)}})
	}
	results := []sarifResult{}
	for _, f := range r.Findings {
		text := f.Message + mark(f)
		if f.Fix != "" {
			text += "\n" + f.Fix
		}
		sum := sha256.Sum256([]byte(f.Check + "\x00" + f.Object))
		result := sarifResult{
			RuleID: f.Check, RuleIndex: index[f.Check], Level: sarifLevel(f.Severity), Message: sarifMessage{text},
			Locations:    []sarifLocation{{[]sarifLogical{{r.Database + "." + f.Object, "resource"}}}},
			Fingerprints: map[string]string{"checkAndObject/v1": hex.EncodeToString(sum[:16])},
		}
		if f.Known {
			result.BaselineState = "unchanged"
		}
		results = append(results, result)
	}
	return WriteIndented(to, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0",
		[]sarifRun{{sarifTool{sarifDriver{"tenantproxy", r.Version, rules}}, results}}})
}
