package html

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/lastack/lastack/report"
)

// maxConnectionBytes bounds what the connections take in the page: about 100,000 of them, and a file that still goes by mail.
const maxConnectionBytes = 14 << 20

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
		w.of(r.Vantage), r.Incarnation, numbersOf(r.Findings), c.transitions(r), isn(r.ISN), w.of(string(r.CommunityID[:]))}
}

// transitions lists the changes of states that stand: side, nanoseconds since the connection's beginning, state, certainty, frame,
// cause, six values for each.
func (c *connections) transitions(r *report.Connection) []int64 {
	out := []int64{}
	for i := range r.Transitions {
		t := &r.Transitions[i]
		if t.Withdrawn {
			continue
		}
		out = append(out, int64(sideOf(t.Side)), int64(t.Time-r.Start), int64(c.words.of(t.To)), int64(c.words.of(t.Certainty)),
			int64(t.Frame), int64(c.words.of(t.Cause)))
	}
	return out
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
