package fsm

import "github.com/lastack/lastack/tcp"

// Event is what can change a state.
type Event uint8

const (
	SndSYN    Event = iota // active open, or the SYN of a simultaneous one
	SndSYNACK              // answer to a SYN
	SndFIN                 // close or shutdown
	RcvSYN                 // an acceptable SYN without ACK
	rcvSYNACK              // an acceptable SYN with the ACK of the own SYN
	RcvACKSYN              // the ACK of the own SYN
	RcvACKFIN              // the ACK of the own FIN
	RcvFIN                 // the peer's FIN, in order
	RcvRST                 // a valid RST, or an ICMP error that ends a connection attempt
	Abort                  // the side resets: it sent a RST of its own accord, gave up, or lost its state
	Expire                 // 2MSL or the FIN-WAIT-2 timer
	numEvents
)

// Shorter names, so that the table fits a screen. xx marks an impossible pair: see impossible for
// the reason.
const (
	xx = tcp.Unknown
	cl = tcp.Closed
	ls = tcp.Listen
	ss = tcp.SynSent
	sr = tcp.SynReceived
	es = tcp.Established
	f1 = tcp.FinWait1
	f2 = tcp.FinWait2
	cw = tcp.CloseWait
	cg = tcp.Closing
	la = tcp.LastAck
	tw = tcp.TimeWait
)

// Next is the state machine of RFC 9293 section 3.3.2 (figure 5), completed with Linux's timers and
// with what a passive observer meets. A row is a state, a column an event.
var Next = [tcp.NumStates][numEvents]tcp.State{
	//            sndSYN sndSYNACK sndFIN rcvSYN rcvSYNACK rcvACKSYN rcvACKFIN rcvFIN rcvRST abort expire
	tcp.Unknown:     {ss, sr, f1, sr, es, es, xx, cw, cl, cl, xx},
	tcp.Closed:      {ss, sr, xx, cl, cl, cl, cl, cl, cl, cl, cl},
	tcp.Listen:      {ss, sr, xx, sr, ls, ls, ls, ls, ls, cl, xx},
	tcp.SynSent:     {ss, sr, f1, sr, es, ss, ss, ss, cl, cl, cl},
	tcp.SynReceived: {sr, sr, f1, sr, es, es, xx, cw, cl, cl, cl},
	tcp.Established: {xx, xx, f1, es, es, es, xx, cw, cl, cl, xx},
	tcp.FinWait1:    {xx, xx, f1, f1, f1, f1, f2, cg, cl, cl, cl},
	tcp.FinWait2:    {xx, xx, f2, f2, f2, f2, f2, tw, cl, cl, cl},
	tcp.CloseWait:   {xx, xx, la, cw, cw, cw, xx, cw, cl, cl, xx},
	tcp.Closing:     {xx, xx, cg, cg, cg, cg, tw, cg, cl, cl, cl},
	tcp.LastAck:     {xx, xx, la, la, la, la, cl, la, cl, cl, cl},
	tcp.TimeWait:    {xx, xx, tw, tw, tw, tw, tw, tw, cl, cl, cl},
}

// impossible says why a pair of state and event marked xx cannot happen on one socket. When the
// capture shows it all the same, the model was wrong (segments are missing) and the side is set to
// what the segment proves.
var impossible = map[Event]string{
	SndSYN:    "a synchronized socket never sends a SYN: the side has lost its state, which is another life's beginning",
	SndSYNACK: "a synchronized socket never sends a SYN,ACK: the side withdrew what it was taken to have received",
	SndFIN:    "a socket that is not connected has no FIN to send",
	RcvACKFIN: "no FIN was sent that could be acknowledged",
	Expire:    "no timer ends this state by itself",
}
