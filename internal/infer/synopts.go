package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// synOptions takes in what a side's SYN or SYN,ACK offers. Options count only when both sides offer
// them.
func (p *Pair) synOptions(from tcp.Side, seg *tcp.Segment) {
	f, g := &p.facts[from], &p.facts[from.Peer()]
	f.SYNOptions = seg.Options
	f.MSS = seg.MSS
	if seg.Has(tcp.OptWScale) {
		f.WScale, f.WScaleKnown = min(seg.WScale, fsm.MaxShift), true
	}
	fast := &f.FastOpen
	fast.SynData = seg.Len
	if seg.Has(tcp.OptFastOpen) {
		fast.Requested, fast.Cookie = seg.FastOpenLen == 0, seg.FastOpenLen > 0
	}
	p.ends[from].SYNSeen = true
	if !p.ends[from.Peer()].SYNSeen {
		return
	}
	both := f.SYNOptions & g.SYNOptions
	scaled := both&tcp.OptWScale != 0
	if scaled {
		p.ends[from].Shift, p.ends[from.Peer()].Shift = f.WScale, g.WScale
	}
	known := scaled || lacks(f.SYNOptions, tcp.OptWScale) || lacks(g.SYNOptions, tcp.OptWScale)
	p.ends[from].ShiftKnown, p.ends[from.Peer()].ShiftKnown = known, known
	f.SACKOK, g.SACKOK = both&tcp.OptSACKPerm != 0, both&tcp.OptSACKPerm != 0
	f.TSOK, g.TSOK = both&tcp.OptTimestamps != 0, both&tcp.OptTimestamps != 0
}

// keepShift: a Linux host that opens simultaneously shifts its window by what it has offered,
// whether or not the other side agrees to scaling: only a SYN,ACK makes it give that up
// (tcp_rcv_synsent_state_process). RFC 7323 section 2.2 wants both.
func (p *Pair) keepShift(env *Env) {
	for side := range p.ends {
		if f := &p.facts[side]; p.profile(tcp.Side(side)).KeepsOfferedShift && f.WScaleKnown {
			p.ends[side].Shift = f.WScale
		}
	}
}

// lacks reports whether a segment is known not to have an option: what the capture cut off may have
// held it.
func lacks(options, option tcp.OptionSet) bool { return options&(option|tcp.OptCut) == 0 }
