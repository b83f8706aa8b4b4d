package infer

import (
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// unacked are the ordinary segments of one side that its peer has yet to acknowledge, in the order
// in which they arrived. With a ring, each is tied to its acknowledgment there. No rule asks for
// that, so that what is found does not depend on whether there is a ring.
type unacked struct {
	list []awaiting
}

type awaiting struct {
	frame uint64
	end   tcp.Seq
}

// maxUnacked bounds them; past it the older half is forgotten.
const maxUnacked = 4096

func (u *unacked) clear() { u.list = u.list[:0] }

func (u *unacked) add(seg *tcp.Segment) {
	if len(u.list) >= maxUnacked {
		u.list = u.list[:copy(u.list, u.list[maxUnacked/2:])]
	}
	u.list = append(u.list, awaiting{seg.Frame, seg.EndSeq()})
}

// forget takes a segment out that is acknowledged.
func (u *unacked) forget(frame uint64) {
	u.list = slices.DeleteFunc(u.list, func(a awaiting) bool { return a.frame == frame })
}

// tieAcked ties what a segment of a side acknowledges to it, in the ring.
func (p *Pair) tieAcked(env *Env, from tcp.Side, seg *tcp.Segment) {
	u := &p.unacked[from.Peer()]
	if len(u.list) == 0 || !seg.Flags.Has(tcp.ACK) || seg.Flags.Has(tcp.RST) {
		return
	}
	kept := u.list[:0]
	for _, a := range u.list {
		if seg.Ack.Before(a.end) {
			kept = append(kept, a)
		} else if s := env.Ring.find(a.frame); s != nil && s.state == settled {
			p.decide(env, Answered, &s.step, func(st *fsm.Step) {
				notLost(st)
				tieAnswer(st, seg.Frame)
			})
		}
	}
	u.list = kept
}
