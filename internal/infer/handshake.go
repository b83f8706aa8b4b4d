package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// measureHandshake takes the two gaps of the opening when the connection has become established:
// from them come the round trip, the ways from the capture point to each side, and the vantage
// point.
func (p *Pair) measureHandshake(seg *tcp.Segment, step *fsm.Step) {
	if p.openDone || p.ends[0].State < tcp.Established || p.ends[1].State < tcp.Established {
		return
	}
	p.openDone = true
	p.established = fsm.Mark{Frame: step.Frame, Time: step.Time}
	client, server := &p.facts[tcp.Initiator], &p.facts[tcp.Responder]
	if step.From != tcp.Initiator || seg.Flags.Any(tcp.SYN|tcp.RST) {
		return
	}
	syn, synack, answer := client.FirstSYN, server.FirstSYNACK, server.FirstSYNACK
	if client.SYNs != 1 || server.SYNACKs != 1 {
		syn, synack, answer = p.echoedHandshake(seg)
		p.sampleRepeated(seg, syn, synack)
		if !syn.Seen() || !synack.Seen() || seg.Time-syn.Time > int64(client.SYNs)*synRepeat {
			// Or this is not the ACK of the handshake, which was lost: the client has not repeated
			// its SYN as often as that.
			p.nearServer(seg)
			return
		}
	}
	p.gap[0] = answer.Time - syn.Time
	p.gap[1] = seg.Time - synack.Time
	if p.gap[0] < 0 || p.gap[1] < 0 {
		return
	}
	if seg.SeqLen() > 0 && p.gap[1]*nearShare >= p.gap[0]+p.gap[1] {
		// An ACK with data may have waited for the application: the second gap is only known when
		// it is next to nothing.
		if p.gap[0] >= vantageMinRTT {
			p.measured(tcp.Responder, p.gap[0])
		}
		return
	}
	p.rtt = p.gap[0] + p.gap[1]
	p.measured(tcp.Responder, p.gap[0])
	p.measured(tcp.Initiator, p.gap[1])
	p.vantage = vantageOf(p.gap, p.rtt)
	switch {
	case p.vantage == tcp.VantageUnknown:
		p.lag = [2]int64{}
	case p.vantage == tcp.NearInitiator && p.gap[1] < nearWay:
		p.lag[tcp.Initiator] = 0
	case p.vantage == tcp.NearResponder && p.gap[0] < nearWay:
		p.lag[tcp.Responder] = 0
	}
}

// measured takes a gap of the handshake for the way to a side and back, unless its request has
// answered something quicker.
func (p *Pair) measured(side tcp.Side, gap int64) {
	if known := p.way[side]; known > 0 {
		gap = min(gap, known)
	}
	p.lag[side], p.way[side] = gap, gap
}

// nearServer: a SYN,ACK was repeated, and which of them is acknowledged is not known. But the
// client is as far as the time since the last one at least, and a server that answered the SYN in
// next to no time, compared with that, is near.
func (p *Pair) nearServer(ack *tcp.Segment) {
	client, server := &p.facts[tcp.Initiator], &p.facts[tcp.Responder]
	gap := [2]int64{server.FirstSYNACK.Time - client.FirstSYN.Time,
		ack.Time - server.LastSYNACK.Time}
	if client.SYNs == 1 && gap[0] >= 0 && gap[1] > 0 &&
		vantageOf(gap, gap[0]+gap[1]) == tcp.NearResponder {
		p.vantage = tcp.NearResponder
	}
}

// synRepeat is how long a SYN waits before it is sent again (TCP_TIMEOUT_INIT,
// tcp_syn_linear_timeouts), and a little longer, ns.
const synRepeat = 1_100_000_000

// echoedHandshake gives the SYN and the SYN,ACK of a handshake in which some were repeated, by what
// the SYN,ACK and its ACK echo: that they were sent again may only mean that the round trip is
// longer than a second (RFC 7323 section 4.1, RFC 6298 section 2.1). A repeated SYN,ACK echoes the
// first SYN all the same (tcp_check_req): answer is the first one that does.
func (p *Pair) echoedHandshake(ack *tcp.Segment) (syn, synack, answer fsm.Mark) {
	if !ack.Has(tcp.OptTimestamps) || ack.TSecr == 0 {
		return syn, synack, answer
	}
	echoed := uint32(0)
	for i := len(p.story.steps) - 1; i >= 0; i-- {
		st := &p.story.steps[i]
		switch {
		case !st.Flags.Has(tcp.SYN) || st.Options&tcp.OptTimestamps == 0 ||
			st.Notes.Any(fsm.NewSYN|fsm.OldLife):
		case st.From == tcp.Responder && !synack.Seen() && st.TSval == ack.TSecr:
			synack, echoed = fsm.Mark{Frame: st.Frame, Time: st.Time}, st.TSecr
			answer = synack
		case st.From == tcp.Responder && synack.Seen() && st.TSecr == echoed:
			answer = fsm.Mark{Frame: st.Frame, Time: st.Time}
		case st.From == tcp.Initiator && synack.Seen() && st.TSval == echoed:
			return fsm.Mark{Frame: st.Frame, Time: st.Time}, synack, answer
		}
	}
	return syn, synack, answer
}

// sampleRepeated takes the round trip that a server measures whose SYN,ACK was repeated: since the
// one that the ACK echoes (tcp_rcv_state_process: tcp_synack_rtt_meas, tcp_ack_update_rtt,
// tcp_rtt_tsopt_us; RFC 7323 section 4.1), and the way to it and back, which the first SYN,ACK
// tells. And that of a client that repeated its SYN: since the one that the SYN,ACK echoes, though
// that may be an earlier one than it answers (tcp_ack_update_rtt).
func (p *Pair) sampleRepeated(ack *tcp.Segment, syn, synack fsm.Mark) {
	if syn.Seen() && p.facts[tcp.Initiator].SYNs > 1 {
		p.synRTT = ack.Time - syn.Time
	}
	if synack.Seen() {
		p.synackRTT = max(0, ack.Time-synack.Time)
	}
	if first := p.facts[tcp.Responder].FirstSYNACK.Time; syn.Seen() && first > syn.Time {
		p.synackRTT += first - syn.Time
	}
}

// roundTrip gives the handshake's round trip, ns, 0 if it was not measured. Where some of it was
// repeated the echoes may tell of a segment that was lost or came late, and a shorter way that was
// measured since tells more.
func (p *Pair) roundTrip() int64 {
	repeated := p.facts[tcp.Initiator].SYNs > 1 || p.facts[tcp.Responder].SYNACKs > 1
	if repeated && p.way[0] > 0 && p.way[1] > 0 {
		return min(p.rtt, p.way[0]+p.way[1])
	}
	return p.rtt
}

const (
	// vantageMinRTT is the shortest round trip whose halves tell anything: below it they are the
	// hosts' own processing.
	vantageMinRTT = 400_000
	// nearWay is the longest way there and back that is no way at all, but the host's own
	// processing, ns.
	nearWay = 500_000
	// nearShare is the share of the round trip below which a side counts as near.
	nearShare = 10 // one in ten
)

func vantageOf(gap [2]int64, rtt int64) tcp.Vantage {
	switch {
	case rtt < vantageMinRTT:
		return tcp.VantageUnknown
	case gap[1]*nearShare < rtt:
		return tcp.NearInitiator
	case gap[0]*nearShare < rtt:
		return tcp.NearResponder
	}
	return tcp.Middle
}

// vantageNow tells the vantage point from the shortest ways measured, which the hosts' own delays
// inflate least.
func (p *Pair) vantageNow() tcp.Vantage {
	if p.way[0] == 0 || p.way[1] == 0 {
		return p.vantage
	}
	return vantageOf([2]int64{p.way[tcp.Responder], p.way[tcp.Initiator]}, p.way[0]+p.way[1])
}
