package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
)

// Group is a chapter of the catalogue.
type Group string

// The chapters, in catalogue order.
const (
	GroupOpening    Group = "Opening"
	GroupClosing    Group = "Closing"
	GroupTimeWait   Group = "TIME-WAIT"
	GroupValidity   Group = "Resets, challenge ACKs and validity"
	GroupTimestamps Group = "Timestamps"
	GroupLiveness   Group = "Liveness"
	GroupCapture    Group = "What the capture is worth"
)

// Rule is one finding code: what makes it fire and everything there is to say about it. `lastack
// explain` and docs/findings.md are derived from it. A code never changes meaning once it was
// released.
type Rule struct {
	Code     string
	Title    string // what it is, in general, in a few words
	Group    Group
	Severity Severity // unless the case says otherwise
	Since    string   // the version that had it first
	Summary  string   // when it fires, one line

	What        string   // what happened
	Why         string   // why the stack does that
	Confirm     []string // how to confirm it on the host
	Do          []string // what to do about it
	Misreadings []string // what people wrongly conclude
	OtherNames  []string // "Tool: what it calls the symptom"
	LooksLike   []string // what else would look the same, and how to tell

	RFC     []string
	Kernel  []string // Linux functions
	Sysctl  []string
	Counter []string // nstat names

	wholly bool // it is no more than possible where the capture lost records or has them in the wrong order (Case.doubt)

	Once bool // its cause is how the capture was made: of many connections it is said once (recorded.go)

	recurs bool // of one source that does it to one listener at a steady period it is said once (checks.go)

	Absorbs []string // codes that are only symptoms when their segments are this finding's

	// differs: stacks differ in how they judge the segments that make it fire (Case.doubtStack).
	differs bool

	// says gives a sentence about a stack other than Linux, from its profile, in place of what Why
	// says of Linux; "" for none.
	says func(*fsm.Profile) string

	needs trait         // all of these must be present for check to be worth running
	check func(c *Case) // fires findings about one life
}

// Story says what happened, and of how many connections it is said one by one.
func (r *Rule) Story() string {
	if r.Once {
		return fmt.Sprintf("%s It is said of the first %d connections; if there are more, once of all.", r.What, maxNamed)
	}
	return r.What
}

// Tells gives the codes of findings about single connections that a finding of the rule about many
// of them tells, too.
func (r *Rule) Tells() []string {
	if r.Once {
		return append([]string{r.Code}, r.Absorbs...)
	}
	if r.recurs {
		return []string{r.Code}
	}
	return r.Absorbs
}
