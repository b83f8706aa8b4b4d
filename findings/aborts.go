package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// abort gives the reset with which an application, or its end, cut an open connection; nil if there
// is none. Such a reset acknowledges (tcp_send_active_reset); one that answers a segment which fits
// no socket does not (RFC 9293 section 3.10.7.1).
func (c *Case) abort() *fsm.Step {
	return c.first(func(s *fsm.Step) bool {
		return isTCP(s, s.From, tcp.RST, tcp.SYN) && (s.Flags.Has(tcp.ACK) || c.abortsBare(s)) && s.Verdict == tcp.Reset && !s.Notes.Has(fsm.FromFormerPeer) &&
			cutsShort(s.ReceiverBefore) && !c.answersLateData(s)
	})
}

// abortsBare reports whether a RST without ACK is an abort: its sender's stack does so, and the
// tracker took it for the end of a socket; or its sender had the connection, and nothing asked for
// it.
func (c *Case) abortsBare(rst *fsm.Step) bool {
	does := c.profile(rst.From&1).AbortsBare && rst.SenderBefore == tcp.Established && rst.SenderAfter == tcp.Closed
	return rst.Answers == 0 && (does || c.hadAll(rst))
}

// hadAll reports whether the sender of a reset had acknowledged all that its peer had sent, so that
// it had the socket, and resets at its own next number: no host without the connection knows that
// unasked. Example: an app that is put to sleep drops a connection 13 s after its last
// acknowledgment.
func (c *Case) hadAll(rst *fsm.Step) bool {
	side, peer := &c.Sides[rst.From], &c.Sides[rst.From.Peer()]
	return peer.Bytes > 0 && !peer.SndNxt.After(peer.SndUna) && rst.Seq == side.SndNxt && !side.FirstFIN.Seen() && !peer.FirstFIN.Seen() &&
		!c.OneWay && !c.MidStream && !c.oddTTL(rst) && !rst.Notes.Has(fsm.Foreign)
}

// ownFIN gives the FIN that the sender of a reset had sent before; nil if it had sent none.
func (c *Case) ownFIN(rst *fsm.Step) *fsm.Step {
	if fin := c.Sides[rst.From].FirstFIN; fin.Seen() && fin.Frame < rst.Frame {
		return c.step(fin.Frame)
	}
	return nil
}

// answersLateData reports whether the sender of a reset had sent its FIN and its peer sent data
// after that: the reset answers the data, which nobody reads any more.
func (c *Case) answersLateData(rst *fsm.Step) bool {
	fin, data := c.ownFIN(rst), c.Sides[rst.From.Peer()].LastData
	return fin != nil && data.Frame > fin.Frame && data.Frame < rst.Frame
}

// losesNothing reports whether both sides had acknowledged all data of the other when a reset came.
func (c *Case) losesNothing(rst *fsm.Step) bool {
	side, peer := &c.Sides[rst.From], &c.Sides[rst.From.Peer()]
	end := side.SndNxt
	if side.FirstFIN.Seen() {
		end = side.FINSeq
	}
	return rst.Ack.AtOrAfter(peer.SndNxt) && !end.After(side.SndUna)
}

// resetOfFIN gives the bare reset with which a side that had no socket left for the connection
// answered its peer's FIN when all that either had sent was acknowledged; nil if there is none.
// What came after a long silence, or from elsewhere, has other causes.
func (c *Case) resetOfFIN() *fsm.Step {
	return c.first(func(s *fsm.Step) bool {
		return isTCP(s, s.From, tcp.RST, tcp.ACK|tcp.SYN) && s.Verdict == tcp.Reset && !c.Sides[s.From&1].FirstFIN.Seen() &&
			!c.goneBefore(s) && !c.oddTTL(s) && !s.Notes.Has(fsm.Foreign) && c.finished(s) != nil
	})
}

// goneBefore reports whether a bare reset answers a FIN after a silence. A socket would have
// acknowledged that or aborted with ACK (tcp_send_active_reset): the connection had ended on this
// side during the silence, and what ended it is not in the capture.
func (c *Case) goneBefore(rst *fsm.Step) bool {
	fin := c.Sides[rst.From.Peer()].FirstFIN
	return c.traits.has(hasSpace) || c.IdleEnd.Frame == fin.Frame && c.MaxIdle >= outage
}

// finished gives the FIN that rst answers, if all data of both sides had been acknowledged by then;
// nil otherwise. A reset that acknowledges says so of the FIN, and one that does not has the FIN's
// acknowledgment for its number (RFC 9293 section 3.10.7.1).
func (c *Case) finished(rst *fsm.Step) *fsm.Step {
	side, peer := &c.Sides[rst.From], &c.Sides[rst.From.Peer()]
	fin := c.step(peer.FirstFIN.Frame)
	if fin == nil || fin.Frame > rst.Frame || side.Bytes+peer.Bytes == 0 {
		return nil
	}
	read := !peer.FINSeq.After(peer.SndUna)
	if rst.Flags.Has(tcp.ACK) {
		read = rst.Ack == peer.FINSeq+1
	}
	if !read || fin.Len > 0 || rst.Answers != 0 && rst.Answers != fin.Frame || fin.Ack.Before(side.SndNxt) || rst.Seq != fin.Ack {
		return nil
	}
	return fin
}

// cutsShort reports whether a reset that meets this state cuts something that was not over.
func cutsShort(receiver tcp.State) bool {
	switch receiver {
	case tcp.Established, tcp.FinWait1, tcp.FinWait2, tcp.CloseWait:
		return true
	}
	return false
}

// leftUnread reports whether the side that sent rst most likely had received data that its
// application had not read: the peer's data came after all that the side had sent, and it was not
// just the answer to the side's own request, or it was still coming.
func (c *Case) leftUnread(rst *fsm.Step) bool {
	side, peer := &c.Sides[rst.From], &c.Sides[rst.From.Peer()]
	if c.isSubflow(rst) || !peer.FirstData.Seen() || peer.FirstData.Frame > rst.Frame || peer.LastData.Frame < side.LastData.Frame {
		return false
	}
	asked := side.FirstData.Seen() && side.FirstData.Frame < peer.FirstData.Frame
	return !asked || peer.LastData.Frame > rst.Frame || peer.LastUnasked.Frame > side.LastData.Frame
}

// isSubflow reports whether the connection is a subflow of MPTCP: both SYNs have its option, or the
// reset that ends it has. Bytes are acknowledged per subflow and read per session, so that a reset
// says nothing of what an application has read (RFC 8684 sections 3.3 and 3.6).
func (c *Case) isSubflow(rst *fsm.Step) bool {
	return c.Sides[0].SYNOptions&c.Sides[1].SYNOptions&tcp.OptMPTCP != 0 || rst.Options&tcp.OptMPTCP != 0
}

// readKnown says how sure it is what a side had received when it aborted: no more than possible
// where the capture lacks what came before, or some of what its peer sent.
func (c *Case) readKnown(side tcp.Side) Confidence {
	if c.MidStream || c.OneWay || c.Sides[side.Peer()].MissingBytes > 0 {
		return Possible
	}
	return Likely
}

// pendingAt gives the bytes that side had sent and the peer had not acknowledged, as far as the
// capture shows.
func (c *Case) pendingAt(side tcp.Side) uint32 {
	f := &c.Sides[side]
	return uint32(max(0, f.SndNxt.Sub(f.SndUna)))
}

// showAbort adds the story of an abort to a finding.
func (c *Case) showAbort(d *draft, rst *fsm.Step) {
	d.trigger(rst, "RST in place of FIN")
	d.claim(rst.Frame, c.Last.Frame)
	d.between(rst.Time, rst.Time)
	d.Blame = BlameSide(rst.From)
	d.note("side", rst.From.String())
	d.note("unacknowledged_bytes", c.pendingAt(rst.From.Peer()))
}

// oldEnough is the age from which on one may be a limit of somebody's, ns.
const oldEnough = 5e9

// tellAge notes how old a connection was when it ended, and gives a sentence about that where it may
// tell of a limit: gateways and servers end connections at a greatest age, whatever they are doing.
func (c *Case) tellAge(d *draft, ended int64) string {
	age := ended - c.First.Time
	if c.MidStream || age < oldEnough {
		return ""
	}
	d.note("age", seconds(age))
	return fmt.Sprintf(" The connection was %.1f s old: if others end at the same age, a limit on it ends them, such as a greatest duration of "+
		"connections.", seconds(age))
}
