package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// acquit restores what was said of a segment that the side was taken to have reset: the RST was
// somebody else's.
func (p *Pair) acquit(env *Env, from tcp.Side, t *fsm.Transition) {
	was := p.peek().blamed[from]
	if was.Frame != t.Frame || was.Frame == 0 {
		return
	}
	t.Withdrawn = true
	p.ends[from].State = t.From
	var rst uint64
	if st := p.known(was.Frame); st != nil {
		rst = st.AnsweredBy
	}
	p.assume(env, ResetIgnored, one(was.Frame), func(st *fsm.Step) {
		st.Verdict, st.Reason, st.Response, st.AnsweredBy = was.Verdict, was.Reason, was.Response, 0
		st.ReceiverBefore, st.ReceiverAfter = was.ReceiverBefore, was.ReceiverAfter
	})
	p.assume(env, ResetIgnored, one(rst), func(r *fsm.Step) {
		r.Notes = r.Notes&^fsm.FromFormerPeer | fsm.Foreign
		r.Answers = 0
		r.SenderBefore, r.SenderAfter = t.From, t.From
	})
}

// reopen takes back that segments met no socket at a side that proves to have been alive.
func (p *Pair) reopen(env *Env, side tcp.Side, since int64) {
	state := p.ends[side].State
	p.assume(env, ResetIgnored, allTo(side, since), func(st *fsm.Step) {
		if st.Flags.Has(tcp.RST) || st.Verdict != tcp.Discard || st.Reason != tcp.NoConnection || st.AnsweredBy != 0 {
			return
		}
		st.Verdict, st.Reason, st.Response = tcp.Accept, tcp.NoReason, tcp.RespondNone
		st.ReceiverBefore, st.ReceiverAfter = state, state
	})
}
