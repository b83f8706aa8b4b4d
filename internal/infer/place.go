package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// place puts a segment into its direction's sequence space and notes what that shows.
func (p *Pair) place(env *Env, from tcp.Side, seg *tcp.Segment, step *fsm.Step) reassembly.Placement {
	if p.ends[from].Former {
		step.Notes |= fsm.OldLife
	}
	// no receiver takes anything of it (RFC 9293 section 3.10.7.4, fifth)
	unread := !seg.Flags.Any(tcp.ACK | tcp.SYN)
	if seg.Flags.Has(tcp.RST) || unread || step.Notes.Any(fsm.NewSYN|fsm.OldLife) ||
		p.strangeSYNACK(from, seg) || p.neverSent(from, seg) {
		return reassembly.Placement{}
	}
	if p.isKeepAlive(from, seg) {
		if p.ends[from].State != tcp.Closed || !p.openDone { // else it is only late
			step.Notes |= fsm.KeepAlive
		}
		return reassembly.Placement{}
	}
	flow := &p.flow[from]
	holeSince, holes := flow.HoleSince, len(flow.Holes)
	place := flow.Place(seg.Seq, seg.EndSeq(), seg.Time)
	if place.AfterHole {
		p.holeID[from] = seg.IPID
		step.Notes |= fsm.AfterHole
	}
	switch {
	case place.Filled > 0 && p.isLateOriginal(from, seg, holeSince, holes):
		step.Notes |= fsm.LateOriginal
		p.fills[from].add(seg)
	case place.Again > 0 && place.Filled == 0 && (p.isNetworkCopy(env, from, seg) ||
		p.isLateSYNACK(from, seg)):
	case place.Again > 0 || place.Filled > 0:
		step.Notes |= fsm.Retransmission
	}
	if seg.Flags.Has(tcp.ACK) && !p.forgedACK(from, seg) {
		p.acked(from, seg, step)
	}
	return place
}

// strangeSYNACK reports whether a SYN,ACK is not of this connection: its number is not the one that
// the side began with, though the side is connected, or it answers another SYN than the peer's.
func (p *Pair) strangeSYNACK(from tcp.Side, seg *tcp.Segment) bool {
	s, peer := &p.ends[from], &p.ends[from.Peer()]
	return seg.Flags.Has(tcp.SYN|tcp.ACK) && s.ISSKnown && seg.Seq != s.ISS &&
		(s.State.Synchronized() || p.answersNoSYN(from) || peer.ISSKnown && seg.Ack != peer.ISS+1 &&
			s.State == tcp.SynReceived)
}

// neverSent reports whether a segment lies beyond every window that its receiver has offered, so
// that its supposed sender cannot have sent it (RFC 9293 section 3.8.6): it leaves no hole in what
// that one has sent.
func (p *Pair) neverSent(from tcp.Side, seg *tcp.Segment) bool {
	s, r := &p.ends[from], &p.ends[from.Peer()]
	return seg.SeqLen() > 0 && s.ISSKnown && r.EdgeKnown && r.RcvKnown && (s.State.Synchronized() ||
		s.State == tcp.Closed && p.openDone) && seg.Seq.After(r.Edge) && !p.lossy()
}

// isKeepAlive recognises a keep-alive probe: nothing outstanding, one before SND.NXT, no byte or an
// old one (RFC 9293 section 3.8.4). A probe into a closed window looks the same and is told by the
// window.
func (p *Pair) isKeepAlive(from tcp.Side, seg *tcp.Segment) bool {
	s, flow := &p.ends[from], &p.flow[from]
	return flow.Known && seg.Len <= 1 && !seg.Flags.Any(tcp.SYN|tcp.FIN|tcp.RST) &&
		seg.Seq+1 == flow.Nxt &&
		flow.Una == flow.Nxt && seg.Flags.Has(tcp.ACK) && s.SndKnown
}

// reorderedWithin is how late the network delivers what it reordered, where no timestamps tell (3
// ms, as Wireshark has it).
const reorderedWithin = 3_000_000

// isLateOriginal tells a segment that the network reordered from a retransmission of one that the
// capture lacks: what is sent again has a newer timestamp than what was sent before it, since no
// round trip is over within a tick. A host whose socket is gone sends nothing again. holes is how
// many holes there were before the segment, the youngest of which opened at holeSince.
func (p *Pair) isLateOriginal(from tcp.Side, seg *tcp.Segment, holeSince int64, holes int) bool {
	s := &p.ends[from]
	if t := p.lastTransition(from); s.State == tcp.Closed && t != nil && t.To == tcp.Closed &&
		t.Certainty >= tcp.Confirmed {
		return true
	}
	if s.TSSent && seg.Has(tcp.OptTimestamps) {
		return !tcp.TSBefore(s.LastTSval, seg.TSval)
	}
	if last := &p.story.last[from]; last.Frame != 0 {
		behind := last.IPID
		if holes == 1 && p.holeID[from] != 0 {
			behind = p.holeID[from] // others that fill the hole may have come in between
		}
		if before, counted := tcp.CountedBefore(seg.IPID, behind); counted {
			return before
		}
	}
	// A retransmission is asked for, or comes later than one would be (RFC 6298 section 2: the
	// timeout is more than the round trip).
	return seg.Time-holeSince < max(reorderedWithin, (p.lag[0]+p.lag[1])/2)
}

// isNetworkCopy tells a copy that the network made from a retransmission: what is sent again has a
// timestamp of now, which is not older than others that have been seen, nor, where the clock ticks
// each millisecond, that of one some milliseconds ago (tcp_time_stamp_ms).
func (p *Pair) isNetworkCopy(env *Env, from tcp.Side, seg *tcp.Segment) bool {
	s := &p.ends[from]
	if !s.TSSent || !seg.Has(tcp.OptTimestamps) || tcp.TSBefore(s.LastTSval, seg.TSval) {
		return false
	}
	return seg.TSval != s.LastTSval || p.profile(from).StampTick != 0 &&
		seg.Time-s.LastTSvalAt > clockSlack
}

// isLateSYNACK reports whether a SYN,ACK was sent before others of its side: it repeats nothing.
func (p *Pair) isLateSYNACK(from tcp.Side, seg *tcp.Segment) bool {
	return seg.Flags.Has(tcp.SYN|tcp.ACK) && late(&p.ends[from], seg)
}

// forgedACK reports whether a segment acknowledges what has been sent, with a number that cannot be
// its supposed sender's: unless there is a hole, where the beginning of the connection may be
// missing that it belongs to.
func (p *Pair) forgedACK(from tcp.Side, seg *tcp.Segment) bool {
	flow := &p.flow[from.Peer()]
	return !seg.Ack.After(flow.Nxt) && len(flow.Holes) == 0 && p.alien(from, seg)
}

// acked takes an acknowledgment of the peer's data in and notes what it shows of the capture.
func (p *Pair) acked(from tcp.Side, seg *tcp.Segment, step *fsm.Step) {
	peerSide := from.Peer()
	peer, flow, facts := &p.ends[peerSide], &p.flow[peerSide], &p.facts[peerSide]
	if peer.State == tcp.SynSent && p.openingAck(from, seg) {
		return
	}
	if flow.Known && seg.Ack.After(flow.Nxt) && !p.assumedGap(peerSide, seg) {
		return
	}
	before, known := flow.Una, flow.Known
	missing, beyond := flow.Acked(seg.Ack)
	p.endSample(from, seg)
	if missing > 0 {
		facts.MissingBytes += uint64(missing)
		if b := &p.extra().beyond[peerSide]; b.frame == seg.Frame {
			b.missing += missing
		}
		if !facts.Missing.Seen() {
			facts.Missing = fsm.Mark{Frame: seg.Frame, Time: seg.Time}
			step.Notes |= fsm.Exhibit
		}
		step.Notes |= fsm.AckUnseen
		if beyond && peer.SndKnown && flow.Nxt.After(peer.SndNxt) {
			peer.SndNxt = flow.Nxt
		}
	}
	if known && flow.Una.After(before) {
		p.ackedUnscaled(peerSide, flow.Una)
		facts.LastProgress = fsm.Mark{Frame: seg.Frame, Time: seg.Time}
	} else if known && seg.SeqLen() == 0 && !seg.Flags.Any(tcp.SYN|tcp.FIN|tcp.RST) {
		step.Notes |= fsm.DuplicateAck
	}
}
