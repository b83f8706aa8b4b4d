package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// extras are what most connections never need: kept apart, so that a connection that goes well is
// small.
type extras struct {
	attempt  attempt
	tried    tried
	former   fsm.Former
	formerID uint64 // the former life's number, if its sides are named as this one's, else 0
	beyond   [2]beyond
	// the segment that a side was taken to have answered from no socket, as it was judged before
	blamed   [2]fsm.Step
	backoff  [2]fsm.Backoff
	longest  [2]fsm.Backoff
	zero     [2]fsm.ZeroWindows
	keep     [2]fsm.Probes
	hole     [2]tcp.Range // what a side's last SACK showed it to miss
	fragment [2]fragment  // by sender
	doubted  [2]doubted   // by receiver
	unscaled unscaled
	stray    [2]fsm.StraySACK
	// crossedSince is since when what was sent to the responder crossed the SYN,ACK that it is
	// repeating, ns; 0 if it repeats none.
	crossedSince int64
}

// noExtras is what peek gives for a pair without extras. It is never written.
var noExtras extras

// peek gives the pair's extras for reading.
func (p *Pair) peek() *extras {
	if !p.hasExtras {
		return &noExtras
	}
	return p.extras
}

// extra gives the pair's extras for writing. Their memory is kept for the pair's next life that
// needs them.
func (p *Pair) extra() *extras {
	if p.extras == nil {
		p.extras = new(extras)
	} else if !p.hasExtras {
		*p.extras = extras{}
	}
	p.hasExtras = true
	return p.extras
}
