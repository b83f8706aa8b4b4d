package html

import (
	"testing"

	"github.com/lastack/lastack/report"
)

// TestRowsAreBounded: however many connections have findings, the page stays small enough to send,
// and says how many are not in it.
func TestRowsAreBounded(t *testing.T) {
	words := newWords()
	c := connections{words: &words}
	const quiet, found = 100_000, 100_000
	for id := range report.ConnID(quiet) {
		c.add(&report.Connection{ID: id + 1})
	}
	if c.bytes < maxConnectionBytes || c.bytes > maxConnectionBytes+1000 || int(c.left) != quiet-len(c.quiet) {
		t.Errorf("%d connections without findings take %d bytes, %d are left out", len(c.quiet), c.bytes, c.left)
	}
	left := c.left
	for id := range report.ConnID(found) {
		c.add(&report.Connection{ID: quiet + id + 1, Findings: []report.FindingID{1}})
	}
	if c.bytes > 2*maxConnectionBytes+1000 || int(c.left-left) != found-len(c.found) || len(c.found) == 0 {
		t.Errorf("with %d that have findings they take %d bytes, %d more are left out", len(c.found), c.bytes, c.left-left)
	}
}
