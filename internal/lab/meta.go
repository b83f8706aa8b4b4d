package lab

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// Names of the files of a recording.
const (
	MetaFile  = "meta.json"
	TruthFile = "truth.ndjson"
)

// Meta says what a recording is of.
type Meta struct {
	Scenario  string            `json:"scenario"`
	Variation string            `json:"variation"`
	Params    map[string]string `json:"params,omitempty"`
	Title     string            `json:"title"`
	// Note tells what happened, and Known how that is known.
	Note  string   `json:"note"`
	Known []string `json:"known"`
	// Expect are finding codes that lastack must report for every tap that carries the evidence,
	// Never codes that it must not. A code in neither list may or may not appear, unless it is
	// about the capture and above info: the captures are whole. ExpectAt adds codes that one tap
	// alone can support.
	Expect   []string            `json:"expect"`
	ExpectAt map[string][]string `json:"expect_at,omitempty"`
	Never    []string            `json:"never,omitempty"`
	// Clean recordings must give no finding above info.
	Clean bool `json:"clean,omitempty"`
	// AnyFindings: the recording is about verdicts; beyond Expect and Never it says nothing of what
	// may be found in it.
	AnyFindings bool `json:"any_findings,omitempty"`
	// Sysctl are the hosts' settings as arguments of lastack --sysctl (ADDR:KEY=VALUE).
	Sysctl   []string `json:"sysctl,omitempty"`
	Kernel   string   `json:"kernel"`
	Captures []string `json:"captures"` // file names
}

// ReadMeta reads a recording's meta.json.
func ReadMeta(dir string) (*Meta, error) {
	b, err := os.ReadFile(filepath.Join(dir, MetaFile))
	if err != nil {
		return nil, err
	}
	m := new(Meta)
	return m, json.Unmarshal(b, m)
}

// Write writes the recording's meta.json.
func (m *Meta) Write(dir string) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, MetaFile), append(b, '\n'), 0o644)
}
