package pcapng

import (
	"fmt"
	"strings"

	"github.com/lastack/lastack/report"
)

// maxListed is how many findings the section's comment lists: an option has room for 65,535 bytes.
const maxListed = 100

// overview is the comment of the section: what was found.
type overview struct {
	lines []string
	more  uint64
}

// add takes in a finding.
func (o *overview) add(r *report.Finding) {
	if len(o.lines) == maxListed {
		o.more++
		return
	}
	line := fmt.Sprintf("%s %s %s", r.ID, r.Severity, r.Code)
	if r.Conn != 0 {
		line += fmt.Sprintf(" %s %s > %s", r.Conn, r.Initiator, r.Responder)
	}
	o.lines = append(o.lines, line+": "+r.Title)
}

// text gives the comment.
func (o *overview) text() string {
	if len(o.lines) == 0 {
		return "lastack found nothing wrong."
	}
	s := "lastack found:\n" + strings.Join(o.lines, "\n")
	if o.more > 0 {
		s += fmt.Sprintf("\nand %d more", o.more)
	}
	return s
}
