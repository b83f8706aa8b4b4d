// Package track joins reassembly (which connection) and fsm (what each side did) into one tracker: segments in, lives out.
package track

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// Config sets a tracker up.
type Config struct {
	Stack          fsm.Stack
	Hosts          fsm.Hosts
	MaxConnections int  // live connections kept at most; 0 means one million
	KeepAll        bool // keep every step and hand it to Handler.Segment, not just the notable ones
}

// Handler takes what a tracker finds out.
type Handler interface {
	// Segment is called in frame order for each step of life id once it is settled. Only with KeepAll. The step is reused.
	Segment(id uint64, step *fsm.Step)
	// Ended is called once for each life, when nothing more can change it. The life is reused.
	Ended(life *fsm.Life)
}

// Stats counts what the tracker did.
type Stats struct {
	Segments    uint64
	Connections uint64
	Evicted     uint64 // lives reported early to make room
	Copies      uint64 // packets recorded twice and left out
	PeakLive    int
	StrayICMP   uint64 // ICMP errors that quote no known connection
}

// Tracker replays segments. It is not safe for concurrent use.
type Tracker struct {
	cfg     Config
	handler Handler
	stats   Stats
}

// New makes a tracker that reports to h.
func New(cfg Config, h Handler) *Tracker { return &Tracker{cfg: cfg, handler: h} }

// Observe takes the next segment in capture order. It does not keep seg.
func (t *Tracker) Observe(seg *tcp.Segment) { t.stats.Segments++ }

// Finish reports all the lives that remain. The tracker must not be used afterwards.
func (t *Tracker) Finish() {}

// Stats gives the counts so far.
func (t *Tracker) Stats() Stats { return t.stats }

// Changed calls yield with each live connection in which something notable happened since the last call and that has been quiet
// for a while in capture time: what a live display shows before a connection ends.
func (t *Tracker) Changed(yield func(life *fsm.Life)) {}
