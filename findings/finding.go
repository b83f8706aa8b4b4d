// Package findings turns what the tracker reports into findings: one cause, one finding, with the
// segments that prove it.
//
// A rule is one value (Rule) in one file. Its documentation, `lastack explain` and docs/findings.md
// are derived from it.
package findings

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// Severity says how bad a finding is.
type Severity uint8

// The severities, mildest first, so that they compare.
const (
	Info    Severity = iota // a fact worth knowing
	Notice                  // unusual and explained
	Warning                 // it worked but is degraded or likely to fail
	Error                   // the connection failed, was cut, or data was lost
)

// Confidence says how sure a finding is.
type Confidence uint8

// The confidences, weakest first.
const (
	Possible Confidence = iota // one of several explanations
	Likely                     // the best explanation by far
	Certain                    // the segments prove it
)

// Blame says where the cause lies.
type Blame uint8

// The places.
const (
	BlameUnknown Blame = iota
	BlameInitiator
	BlameResponder
	BlamePath
	BlameCapture
)

// BlameSide gives the blame for one side of a connection.
func BlameSide(s tcp.Side) Blame {
	switch s {
	case tcp.Initiator:
		return BlameInitiator
	case tcp.Responder:
		return BlameResponder
	}
	return BlameUnknown
}

var (
	severityNames   = []string{"info", "notice", "warning", "error"}
	confidenceNames = []string{"possible", "likely", "certain"}
	blameNames      = []string{"unknown", "initiator", "responder", "path", "capture"}
)

// String gives the name in records.
func (s Severity) String() string { return severityNames[s] }

// String gives the name in records.
func (c Confidence) String() string { return confidenceNames[c] }

// String gives the name in records.
func (b Blame) String() string { return blameNames[b] }

// Evidence is one segment that proves a finding.
type Evidence struct {
	fsm.Step
	Role string // what the segment is in this story: "SYN with an older timestamp"
}

// Finding is what a rule says about a connection, or about a group of them.
type Finding struct {
	Code       string
	Severity   Severity
	Confidence Confidence
	Blame      Blame
	Title      string // one line, specific: names, numbers
	// Explanation is the story in two or three sentences, with the numbers of this case.
	Explanation string
	Evidence    []Evidence // in frame order
	Time        int64      // ns: when it began
	Until       int64      // ns: when it was over, as far as the capture goes
	Advice      []string   // the rule's, or fitted to the case
	LooksLike   []string   // when not certain: what would look the same, and how to tell
	Data        []Datum    // machine-readable numbers of the case
	// What the rule says, as far as it holds for the hosts of the case.
	Why     string
	Confirm []string
	Kernel  []string
	Sysctl  []string
	Counter []string
	Rule    *Rule // documentation: RFC, kernel functions, sysctls, counters

	Conn  uint64   // the life's ID; 0 for a group
	Conns []uint64 // for a group: the worst offenders

	tuple tcp.FourTuple // of the connection
	acts  tcp.Side      // whose stack it is about, NoSide for both
	fates []*fate       // of groups whose findings may tell this one, too
}

// Datum is one number or word of a finding's data object. Value is a string, a bool, an int64, a
// uint64 or a float64 (seconds for durations).
type Datum struct {
	Key   string
	Value any
}
