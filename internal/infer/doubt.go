package infer

import (
	"math"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

const (
	// never is when a segment is due that nothing shows to arrive.
	never = math.MaxInt64
	// unheardTries is how many unanswered retransmissions or probes it takes to doubt that anything
	// arrives any more.
	unheardTries = 2
	// maxDoubts bounds the segments of one side that wait for a sign of their arrival.
	maxDoubts = 4
	// unheardFor is how long they must have gone on: two retransmission timeouts (Linux TCP_RTO_MIN
	// 200 ms, doubled), ns.
	unheardFor = 500_000_000
)

// unheard reports whether a side has tried again and again without an answer of any kind, so that
// nothing it sends can be taken to arrive.
func (p *Pair) unheard(env *Env, from tcp.Side) bool {
	x, r := p.peek(), &p.ends[from.Peer()]
	b := &x.backoff[from]
	keep := &x.keep[from]
	silent := keep.Count-keep.Quiet >= unheardTries ||
		b.Count-b.Quiet >= unheardTries && !b.Heard.Seen() && p.latest-b.Since >= unheardFor
	if !silent || r.State < tcp.Established {
		return false
	}
	p.disproveFIN(env, from.Peer())
	return true
}

// quietly counts a retransmission or a probe that its receiver drops without a word, as a rule of
// its stack: that it went unanswered is no sign of its loss.
func (p *Pair) quietly(step *fsm.Step) {
	if step.Response != tcp.RespondNone || step.Verdict == tcp.VerdictUnknown || !p.hasExtras {
		return
	}
	k, b := &p.extras.keep[step.From], &p.extras.backoff[step.From]
	switch { // what arrives late may be of a run that is over
	case step.Notes.Has(fsm.KeepAlive):
		k.Quiet = min(k.Quiet+1, k.Count)
	case step.Notes.Has(fsm.Retransmission) && step.SeqLen() > 0 && !step.Flags.Has(tcp.RST):
		b.Quiet = min(b.Quiet+1, b.Count)
	}
}

// silently reports whether a segment was one that its receiver dropped without a word.
func (p *Pair) silently(frame uint64) bool {
	st := p.story.find(frame)
	return st != nil && st.Response == tcp.RespondNone && st.Verdict == tcp.Discard
}

// doubt keeps a segment until its receiver shows that it arrived.
func (p *Pair) doubt(env *Env, seg *tcp.Segment, step fsm.Step) {
	oldest, n := -1, 0
	for i := range p.queue {
		if f := &p.queue[i]; f.due == never && f.step.From == step.From {
			if n++; oldest < 0 {
				oldest = i
			}
		}
	}
	if n >= maxDoubts {
		p.land(env, oldest, tcp.Inferred)
	}
	p.enqueue(env, flight{seg: *seg, step: step, due: never})
}

// lose settles a segment of which nothing ever showed that it arrived.
func (p *Pair) lose(env *Env, f *flight) {
	p.unarrived(&f.step)
	f.step.Notes |= fsm.Lost
	p.commit(env, &f.step, false)
}
