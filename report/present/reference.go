package present

import (
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report"
)

// Why says why the stacks of a finding's hosts do that, "" if it is not known: a stored stream can
// be of a later version.
func Why(f *report.Finding) string {
	if rule := findings.Lookup(f.Code); f.Why == "" && rule != nil {
		return rule.Why
	}
	return f.Why
}

// Confirm says how to confirm a finding on the hosts. A stream that was stored by an earlier
// version does not say so.
func Confirm(f *report.Finding) []string {
	if rule := findings.Lookup(f.Code); f.Confirm == nil && rule != nil {
		return rule.Confirm
	}
	return f.Confirm
}
