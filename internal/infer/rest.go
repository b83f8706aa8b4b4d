package infer

import (
	"sync"

	"github.com/lastack/lastack/internal/pack"
)

// codec packs pairs that wait for late segments.
var codec = sync.OnceValue(pack.New[Pair])

// maxRestUnacked is how many segments may be unacknowledged in the ring's view of a pair that is at
// rest.
const maxRestUnacked = 64

// AtRest reports whether nothing but late segments can still come, and nothing is undecided that
// the end of the capture would decide.
func (p *Pair) AtRest() bool {
	x := p.peek()
	return p.Over() && !x.beyond[0].on && !x.beyond[1].on &&
		len(p.unacked[0].list)+len(p.unacked[1].list) <= maxRestUnacked
}

// Pack appends all that a pair at rest knows.
func (p *Pair) Pack(b []byte) []byte {
	extras := p.extras
	if !p.hasExtras {
		p.extras = nil // it is only kept for its memory
	}
	b = codec().Append(b, p)
	p.extras = extras
	return b
}

// Unpack makes a pair that was Reset the one whose bytes Pack gave.
func (p *Pair) Unpack(b []byte) {
	extras := p.extras
	codec().Read(b, p)
	if p.extras == nil {
		p.extras = extras
	}
}

// IsDirty reports what Dirty will.
func (p *Pair) IsDirty() bool { return p.dirty }
