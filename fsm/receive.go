package fsm

import "github.com/lastack/lastack/tcp"

// The files receive_*.go, checks.go and exact.go are what a host's TCP does with an arriving
// segment: the checks of RFC 9293 section 3.10.7 and of the kernel, in the kernel's order. They
// know the socket, the segment, the stack's profile, and nothing else: not the capture, not the
// other side's socket, not what was seen before or comes later. What an observer does not know
// (whether the segment arrived at all, what the socket had by then) is decided before and after, by
// internal/infer.

// Outcome is what a receiver does with a segment.
type Outcome struct {
	Verdict  tcp.Verdict
	Reason   tcp.Reason
	Response tcp.Response
}

var (
	taken        = Outcome{tcp.Accept, tcp.NoReason, tcp.RespondNone}
	TakenAck     = Outcome{tcp.Accept, tcp.NoReason, tcp.RespondAck}
	dropped      = Outcome{tcp.Discard, tcp.BadFlags, tcp.RespondNone}
	noConnection = Outcome{tcp.Discard, tcp.NoConnection, tcp.RespondRst}
	validReset   = Outcome{tcp.Reset, tcp.ValidRst, tcp.RespondNone}
)

// Setting is what a socket meets beside the segment itself.
type Setting struct {
	Profile *Profile
	// Window is the segment's window in bytes, as its sender scales it, and Shift by how much.
	Window uint32
	Shift  uint8
	// PeerNext is the number of the first byte that the sender of the segment has sent.
	PeerNext tcp.Seq
	// Acked is what the socket has acknowledged when the segment arrives (the kernel's rcv_wup).
	Acked tcp.Seq
	// Patience is how much older than TS.Recent a bare ACK may be that the network reordered, ns.
	Patience int64
	// FirstSYN is when the socket sent its first SYN, ns.
	FirstSYN int64
	// Facts of the host, of the connection, and of the segment.
	SACK         bool // both sides agreed on selective acknowledgments
	Stamps       bool // and on timestamps
	Listens      bool // a listener stands behind the socket
	Simultaneous bool // both sides opened
	FastOpened   bool // data came with the SYN and was taken
	Passive      bool // the socket answered a SYN
	IgnoresRST   bool // net.ipv4.tcp_rfc1337
	Probe        bool // the segment is a keep-alive probe
	Again        bool // the segment was sent before, and the socket may have had all of it
}

// Change is a transition of a socket's state that a segment made.
type Change struct {
	Event    Event
	From, To tcp.State
	Cause    Cause
	Inferred bool // the socket's numbers are not known, so the transition is not certain
}

// Reaction is what a socket does with a segment.
type Reaction struct {
	Outcome
	Changes  [3]Change
	Count    int
	Notes    Note
	AckedNew bool // the segment acknowledged something new of the socket's
	OldText  bool // it carried text, all of which the socket has
	NewText  bool // it carried text that the socket took
	Opens    bool // it opened the connection from the other side, too
	Measures bool // it completed a simultaneous open, and its echo tells the round trip
	Complete bool // it completed the handshake
}

// inferred marks the last transition as not certain.
func (d *Reaction) inferred() {
	if d.Count > 0 {
		d.Changes[d.Count-1].Inferred = true
	}
}

// reception is a segment at a socket.
type reception struct {
	r   *Socket
	seg *tcp.Segment
	in  *Setting
	did Reaction
}

// Receive is what the socket does with a segment. It changes the socket.
func (s *Socket) Receive(seg *tcp.Segment, in *Setting) Reaction {
	x := reception{r: s, seg: seg, in: in}
	x.did.Outcome = x.byState()
	return x.did
}

// ReceiveUnknown is Receive of a segment of which nobody knows whether the socket takes it: only
// what is certain of it counts.
func (s *Socket) ReceiveUnknown(seg *tcp.Segment, in *Setting) Reaction {
	x := reception{r: s, seg: seg, in: in}
	x.did.Outcome = x.atUnknown()
	return x.did
}

func (x *reception) profile() *Profile { return x.in.Profile }

// move makes the transition that an event calls for.
func (x *reception) move(ev Event, cause Cause) {
	if to := Next[x.r.State][ev]; to != tcp.Unknown {
		x.enter(to, ev, cause)
	}
}

// enter puts the socket into a state.
func (x *reception) enter(to tcp.State, ev Event, cause Cause) {
	if x.r.State == to || x.did.Count == len(x.did.Changes) {
		return
	}
	x.did.Changes[x.did.Count] = Change{Event: ev, From: x.r.State, To: to, Cause: cause}
	x.did.Count++
	x.r.State, x.r.StateSince = to, x.seg.Time
	if to == tcp.TimeWait {
		x.r.LastOOWAck = 0 // the bucket has a limit of its own (tcp_time_wait)
	}
}

// byState judges a segment by the receiver's state.
func (x *reception) byState() Outcome {
	switch x.r.State {
	case tcp.Closed:
		return x.atClosed()
	case tcp.Listen:
		return x.atListen()
	case tcp.SynSent:
		return x.atSynSent()
	case tcp.SynReceived:
		return x.atSynReceived()
	case tcp.TimeWait:
		return x.atTimeWait()
	}
	return x.atSynchronized()
}
