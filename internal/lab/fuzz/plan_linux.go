package fuzz

import (
	"fmt"
	"strings"

	"github.com/lastack/lastack/internal/lab"
)

// Goal is the situation that the kernel's socket is brought into before the shots.
type Goal string

// The goals, by the state's name and what tells two ways into it apart.
const (
	GoalClosed       Goal = "CLOSED"
	GoalListen       Goal = "LISTEN"
	GoalSynSent      Goal = "SYN-SENT"
	GoalSynReceived  Goal = "SYN-RECEIVED"
	GoalSimultaneous Goal = "SYN-RECEIVED of a simultaneous open"
	GoalEstablished  Goal = "ESTABLISHED"
	GoalFinWait1     Goal = "FIN-WAIT-1"
	GoalFinWait2     Goal = "FIN-WAIT-2"
	GoalCloseWait    Goal = "CLOSE-WAIT"
	GoalClosing      Goal = "CLOSING"
	GoalLastAck      Goal = "LAST-ACK"
	GoalTimeWait     Goal = "TIME-WAIT"
	GoalTimeWaitBoth Goal = "TIME-WAIT of a simultaneous close"
)

// Plan is a connection to be played: the way to a state, and what is sent to the socket there. It
// says nothing in absolute numbers, so that it can be played again.
type Plan struct {
	IPv6       bool
	Active     bool // the kernel connects
	Timestamps bool // what the peer offers
	SACK       bool
	WScale     bool
	Goal       Goal
	Orphan     bool // the application closes rather than shutting down
	History    bool // a request and an answer came first
	InFlight   int  // bytes that the application sent and the peer has not acknowledged
	Gap        bool // the kernel holds data out of order
	ZeroWindow bool // the application does not read, and its window has closed
	Window     uint16
	ISN        uint32
	TSBase     uint32
	Shots      []Shot
}

// kernel names the kernel's host in the recording.
func (p *Plan) kernel() string {
	if p.Active {
		return lab.Initiator
	}
	return lab.Responder
}

// peer names the scripted peer's.
func (p *Plan) peer() string {
	if p.Active {
		return lab.Responder
	}
	return lab.Initiator
}

// String tells the plan.
func (p *Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "The kernel, the connection's %s, was brought into %s", p.kernel(), p.Goal)
	for _, with := range []struct {
		on   bool
		what string
	}{
		{p.Orphan, "closed rather than shut down"}, {p.History, "after a request and an answer"},
		{p.InFlight > 0, fmt.Sprintf("%d bytes in flight", p.InFlight)}, {p.Gap, "data held out of order"},
		{p.ZeroWindow, "its window closed"}, {!p.Timestamps, "no timestamps"}, {!p.SACK, "no SACK"}, {!p.WScale, "no window scaling"},
	} {
		if with.on {
			b.WriteString(", " + with.what)
		}
	}
	b.WriteString(". Then:")
	for i := range p.Shots {
		b.WriteString(" " + p.Shots[i].String() + ";")
	}
	return strings.TrimSuffix(b.String(), ";") + "."
}
