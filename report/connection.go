package report

import (
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// Transition is one change of one side's state.
type Transition struct {
	Side      string `json:"side"`
	Frame     uint64 `json:"frame"` // 0 for a timer
	Time      Time   `json:"time"`
	From      string `json:"from"`
	To        string `json:"to"`
	Certainty string `json:"certainty"`
	Cause     string `json:"cause"`
	Withdrawn bool   `json:"withdrawn,omitempty"` // later segments disproved it
}

// Connection is the record of one incarnation of a four-tuple.
type Connection struct {
	ID            ConnID       `json:"id"`
	CommunityID   CommunityID  `json:"community_id"`
	Initiator     Host         `json:"initiator"`
	Responder     Host         `json:"responder"`
	Direction     string       `json:"direction"`           // how it is known who the initiator is
	Path          string       `json:"path,omitempty"`      // the encapsulation that the initiator's segments were found in
	PathBack      string       `json:"path_back,omitempty"` // the responder's, where that is another; PathNone for none
	Incarnation   uint32       `json:"incarnation"`
	FirstFrame    uint64       `json:"first_frame"`
	LastFrame     uint64       `json:"last_frame"`
	Start         Time         `json:"start"`
	End           Time         `json:"end"`
	Opening       string       `json:"opening"`
	Closing       string       `json:"closing"`
	ClosedBy      string       `json:"closed_by"` // initiator, responder, both, or nothing
	State         Pair[string] `json:"state"`
	ISN           ISNs         `json:"isn"`
	Transitions   []Transition `json:"transitions"`
	Segments      Pair[uint64] `json:"segments"`
	Bytes         Pair[uint64] `json:"bytes"`
	Retransmitted Pair[uint64] `json:"retransmitted"`
	RTT           Seconds      `json:"rtt,omitempty"` // 0 when unknown
	Vantage       string       `json:"vantage"`
	Findings      []FindingID  `json:"findings"`
}

// PathNone is what Connection.PathBack says of segments without a VLAN or a tunnel.
const PathNone = "none"

// Clone gives a copy to keep.
func (r *Connection) Clone() *Connection {
	c := *r
	c.Transitions = slices.Clone(r.Transitions)
	c.Initiator.Profile.Evidence = slices.Clone(r.Initiator.Profile.Evidence)
	c.Responder.Profile.Evidence = slices.Clone(r.Responder.Profile.Evidence)
	c.Findings = slices.Clone(r.Findings)
	return &c
}

// Fill takes over a life of the tracker, whose encapsulation is path. Findings are left empty.
// frameOf tells what users call the tracker's frames.
func (r *Connection) Fill(l *fsm.Life, path string, frameOf FrameOf) {
	first, _ := frameOf(l.First.Frame)
	last, _ := frameOf(l.Last.Frame)
	a, b := &l.Sides[tcp.Initiator], &l.Sides[tcp.Responder]
	initiator, responder := r.Initiator, r.Responder
	initiator.fill(l, tcp.Initiator)
	responder.fill(l, tcp.Responder)
	*r = Connection{
		ID: ConnID(l.ID), CommunityID: CommunityIDOf(initiator.Endpoint, responder.Endpoint), Initiator: initiator, Responder: responder,
		Direction: l.Direction.String(), Path: path, Incarnation: l.Incarnation,
		FirstFrame: first, LastFrame: last, Start: Time(l.First.Time), End: Time(l.Last.Time),
		Opening: l.Opening.String(), Closing: l.Closing.String(), ClosedBy: closedBy(l.ClosedBy),
		State: Pair[string]{a.State.String(), b.State.String()}, ISN: isnsOf(l),
		Transitions: r.Transitions[:0], Findings: r.Findings[:0],
		Segments: Pair[uint64]{a.Segments, b.Segments}, Bytes: Pair[uint64]{a.Bytes, b.Bytes},
		Retransmitted: Pair[uint64]{a.Retransmitted, b.Retransmitted}, RTT: Seconds(l.RTT), Vantage: l.Vantage.String(),
	}
	for i := range l.Transitions {
		t := &l.Transitions[i]
		frame, _ := frameOf(t.Frame)
		r.Transitions = append(r.Transitions, Transition{Side: t.Side.String(), Frame: frame, Time: Time(t.Time),
			From: t.From.String(), To: t.To.String(), Certainty: t.Certainty.String(), Cause: t.Cause.String(),
			Withdrawn: t.Withdrawn})
	}
}

func endpointOf(l *fsm.Life, s tcp.Side) Endpoint {
	addr, port := l.Endpoint(s)
	return Endpoint{IP: addr.Netip(), Port: port}
}

func closedBy(by [2]bool) string {
	switch {
	case by[0] && by[1]:
		return "both"
	case by[0]:
		return tcp.Initiator.String()
	case by[1]:
		return tcp.Responder.String()
	}
	return ""
}

func (e *encoder) connection(r *Connection) {
	e.start("connection")
	e.id("id", 'C', uint64(r.ID))
	e.communityID(r.CommunityID)
	e.host("initiator", &r.Initiator)
	e.host("responder", &r.Responder)
	e.word("direction", r.Direction)
	if r.Path != "" {
		e.text("path", r.Path)
	}
	if r.PathBack != "" {
		e.text("path_back", r.PathBack)
	}
	e.uint("incarnation", uint64(r.Incarnation))
	e.uint("first_frame", r.FirstFrame)
	e.uint("last_frame", r.LastFrame)
	e.time("start", r.Start)
	e.time("end", r.End)
	e.word("opening", r.Opening)
	e.word("closing", r.Closing)
	e.word("closed_by", r.ClosedBy)
	e.key("state")
	e.open('{')
	e.word("initiator", r.State.Initiator)
	e.word("responder", r.State.Responder)
	e.close('}')
	e.isns(r.ISN)
	e.transitions(r.Transitions)
	e.uintPair("segments", r.Segments)
	e.uintPair("bytes", r.Bytes)
	e.uintPair("retransmitted", r.Retransmitted)
	if r.RTT != 0 {
		e.seconds("rtt", r.RTT)
	}
	e.word("vantage", r.Vantage)
	encodeIDs(e, "findings", 'F', r.Findings)
	e.end()
}

// ends writes who talked to whom.
func (e *encoder) ends(id CommunityID, initiator, responder Endpoint) {
	e.communityID(id)
	e.endpoint("initiator", initiator)
	e.endpoint("responder", responder)
}

func (e *encoder) communityID(id CommunityID) {
	e.key("community_id")
	e.b = append(e.b, '"')
	e.b = append(e.b, id[:]...)
	e.b = append(e.b, '"')
}

func (e *encoder) transitions(ts []Transition) {
	e.key("transitions")
	e.open('[')
	for i := range ts {
		t := &ts[i]
		e.element()
		e.open('{')
		e.word("side", t.Side)
		e.uint("frame", t.Frame)
		e.time("time", t.Time)
		e.word("from", t.From)
		e.word("to", t.To)
		e.word("certainty", t.Certainty)
		e.word("cause", t.Cause)
		if t.Withdrawn {
			e.bool("withdrawn", true)
		}
		e.close('}')
	}
	e.close(']')
}
