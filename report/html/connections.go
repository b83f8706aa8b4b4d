package html

import (
	"bufio"
	"bytes"
	"cmp"
	"slices"
	"strconv"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// maxConnectionBytes bounds what the connections take in the page: some 25,000 of them, and a file
// that still goes by mail and that issue trackers take (Jira: 10 MB).
const maxConnectionBytes = 4 << 20

// connections keeps each connection as it will stand in the page. Those with findings have as much
// room again when there is no room for all.
type connections struct {
	words   *words
	found   []row
	quiet   []row
	bytes   int    // of all
	ofFound int    // of those with findings
	left    uint64 // how many found no room

	scratch, text []byte // used again for each
}

// row is one connection's JSON.
type row struct {
	id   report.ConnID
	json []byte
}

// add keeps a connection, unless there is no room for it.
func (c *connections) add(r *report.Connection) {
	if c.bytes > maxConnectionBytes && (len(r.Findings) == 0 || c.ofFound > maxConnectionBytes) {
		c.left++
		return
	}
	c.scratch = c.append(c.scratch[:0], r)
	b := bytes.Clone(c.scratch)
	c.bytes += len(b)
	if len(r.Findings) > 0 {
		c.ofFound += len(b)
		c.found = append(c.found, row{r.ID, b})
		return
	}
	c.quiet = append(c.quiet, row{r.ID, b})
}

// append lists a connection's values in the order that assets/model.js reads them in. Times are
// absolute here and nanoseconds: the script subtracts the capture's beginning, which is not known
// yet. There are up to 80,000 connections, and encoding/json takes several times as long.
func (c *connections) append(b []byte, r *report.Connection) []byte {
	b = strconv.AppendUint(append(b, '['), uint64(r.ID), 10)
	b = appendInts(b, c.address(r.Initiator.Endpoint), int64(r.Initiator.Port), c.address(r.Responder.Endpoint), int64(r.Responder.Port))
	b = append(strconv.AppendInt(append(b, ',', '"'), int64(r.Start), 10), '"')
	b = appendInts(b, int64(r.End-r.Start))
	for _, w := range [...]string{r.Opening, r.Closing, r.ClosedBy, r.State.Initiator, r.State.Responder} {
		b = appendInts(b, int64(c.words.of(w)))
	}
	for _, p := range [...]report.Pair[uint64]{r.Bytes, r.Segments, r.Retransmitted} {
		b = appendUints(b, p.Initiator, p.Responder)
	}
	b = appendInts(b, int64(r.RTT), int64(c.words.of(r.Vantage)), int64(r.Incarnation))
	b = append(b, ',', '[')
	for i, id := range r.Findings {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(id), 10)
	}
	b = c.appendTransitions(append(b, ']', ','), r)
	b = appendISN(append(b, ',', '['), r.ISN.Initiator)
	b = append(appendISN(append(b, ','), r.ISN.Responder), ']')
	b = appendInts(b, int64(c.community(r)))
	b = appendUints(b, r.FirstFrame)
	return append(appendInts(b, int64(c.words.of(r.Initiator.Profile.Name)), int64(c.words.of(r.Responder.Profile.Name))), ']')
}

// appendInts appends numbers, each behind a comma.
func appendInts(b []byte, all ...int64) []byte {
	for _, v := range all {
		b = strconv.AppendInt(append(b, ','), v, 10)
	}
	return b
}

func appendUints(b []byte, all ...uint64) []byte {
	for _, v := range all {
		b = strconv.AppendUint(append(b, ','), v, 10)
	}
	return b
}

func appendISN(b []byte, n report.Optional[tcp.Seq]) []byte {
	if !n.Known {
		return append(b, "null"...)
	}
	return strconv.AppendUint(b, uint64(n.Value), 10)
}

// address gives the number of an end's address.
func (c *connections) address(e report.Endpoint) int64 {
	c.text = e.IP.AppendTo(c.text[:0])
	return int64(c.words.ofBytes(c.text))
}

// appendTransitions appends the changes of states that stand: the number of their course, which
// many connections have in common, then for each nanoseconds since the one before and frames since
// the connection's first, 0 for a timer.
func (c *connections) appendTransitions(b []byte, r *report.Connection) []byte {
	course := c.text[:0]
	for i := range r.Transitions {
		t := &r.Transitions[i]
		if t.Withdrawn {
			continue
		}
		for _, w := range [...]string{t.Side, t.To, t.Certainty, t.Cause} {
			if len(course) > 0 {
				course = append(course, '|')
			}
			course = append(course, w...)
		}
	}
	c.text = course
	b = strconv.AppendInt(append(b, '['), int64(c.words.ofBytes(course)), 10)
	last := r.Start
	for i := range r.Transitions {
		t := &r.Transitions[i]
		if t.Withdrawn {
			continue
		}
		frame := int64(0)
		if t.Frame != 0 {
			frame = int64(t.Frame-r.FirstFrame) + 1
		}
		b = appendInts(b, int64(t.Time-last), frame)
		last = t.Time
	}
	return append(b, ']')
}

// community gives the Community ID's number. It is long and differs everywhere, so only connections
// with findings have it.
func (c *connections) community(r *report.Connection) int {
	if len(r.Findings) == 0 {
		return c.words.of("")
	}
	return c.words.of(string(r.CommunityID[:]))
}

// writeRows writes the connections in order of their numbers: numbers and digits, which need no
// escaping.
func (c *connections) writeRows(w *bufio.Writer) {
	sorted := slices.Concat(c.found, c.quiet)
	slices.SortFunc(sorted, func(a, b row) int { return cmp.Compare(a.id, b.id) })
	for i := range sorted {
		if i > 0 {
			w.WriteByte(',')
		}
		w.Write(sorted[i].json)
	}
}
