package findings

import "testing"

// TestRulesSayWhatTheyNeed: a rule is asked only about lives that have what it needs. A rule
// without needs would be asked about every healthy connection, and would find in one format what
// another format never looks at (see TestFormatsFindTheSame of internal/run).
func TestRulesSayWhatTheyNeed(t *testing.T) {
	for _, r := range rules {
		if r.check != nil && r.needs == 0 {
			t.Errorf("%s does not say what it needs", r.Code)
		}
	}
}
