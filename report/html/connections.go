package html

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/lastack/lastack/report"
)

// maxConnectionBytes bounds what the connections take in the page: some 80,000 of them, and a file that still goes by mail.
const maxConnectionBytes = 13 << 20

// connections keeps each connection as it will stand in the page. Those with findings go first when there is no room for all.
type connections struct {
	words *words
	found []row
	quiet []row
	bytes int
	left  uint64 // how many found no room
}

// row is one connection's JSON.
type row struct {
	id   report.ConnID
	json []byte
}

// add keeps a connection, unless there is no room for it.
func (c *connections) add(r *report.Connection) {
	if len(r.Findings) == 0 && c.bytes > maxConnectionBytes {
		c.left++
		return
	}
	b, err := json.Marshal(c.fields(r))
	if err != nil {
		panic(err) // numbers and strings can always be written
	}
	c.bytes += len(b)
	if len(r.Findings) > 0 {
		c.found = append(c.found, row{r.ID, b})
		return
	}
	c.quiet = append(c.quiet, row{r.ID, b})
}

// fields lists a connection's values in the order that assets/model.js reads them in. Times are absolute here and nanoseconds: the
// script subtracts the capture's beginning, which is not known yet.
func (c *connections) fields(r *report.Connection) []any {
	w := c.words
	return []any{uint64(r.ID), w.of(r.Initiator.IP.String()), r.Initiator.Port, w.of(r.Responder.IP.String()), r.Responder.Port,
		stamp(r.Start), int64(r.End - r.Start), w.of(r.Opening), w.of(r.Closing), w.of(r.ClosedBy),
		w.of(r.State.Initiator), w.of(r.State.Responder), r.Bytes.Initiator, r.Bytes.Responder,
		r.Segments.Initiator, r.Segments.Responder, r.Retransmitted.Initiator, r.Retransmitted.Responder, int64(r.RTT),
		w.of(r.Vantage), r.Incarnation, numbersOf(r.Findings), c.transitions(r), isn(r.ISN), c.community(r), r.FirstFrame}
}

// transitions gives the changes of states that stand: the number of their course, which many connections have in common, then for
// each nanoseconds since the one before and frames since the connection's first, 0 for a timer.
func (c *connections) transitions(r *report.Connection) []int64 {
	var course []string
	out, last := []int64{0}, r.Start
	for i := range r.Transitions {
		t := &r.Transitions[i]
		if t.Withdrawn {
			continue
		}
		course = append(course, t.Side, t.To, t.Certainty, t.Cause)
		frame := int64(0)
		if t.Frame != 0 {
			frame = int64(t.Frame-r.FirstFrame) + 1
		}
		out = append(out, int64(t.Time-last), frame)
		last = t.Time
	}
	out[0] = int64(c.words.of(strings.Join(course, "|")))
	return out
}

// community gives the Community ID's number. It is long and differs everywhere, so only connections with findings have it.
func (c *connections) community(r *report.Connection) int {
	if len(r.Findings) == 0 {
		return c.words.of("")
	}
	return c.words.of(string(r.CommunityID[:]))
}

// rows gives the connections in order of their numbers, and how many were left out.
func (c *connections) rows() (all []json.RawMessage, left uint64) {
	sorted := slices.Concat(c.found, c.quiet)
	slices.SortFunc(sorted, func(a, b row) int { return cmp.Compare(a.id, b.id) })
	all = make([]json.RawMessage, len(sorted))
	for i := range sorted {
		all[i] = sorted[i].json
	}
	return all, c.left
}

func numbersOf(ids []report.FindingID) []uint64 {
	out := make([]uint64, len(ids))
	for i, id := range ids {
		out[i] = uint64(id)
	}
	return out
}
