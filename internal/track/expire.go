package track

import (
	"cmp"
	"slices"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/reassembly"
)

const (
	// closedFor is how long a closed connection is remembered: Linux's TIME-WAIT, and some seconds for what comes late. The 4 minutes
	// of RFC 9293 are kept by the state itself, but nothing is gained from keeping the connection as long.
	closedFor = int64(fsm.TimeWaitLen) + int64(5*time.Second)
	// embryonicFor is how long a connection that never opened is remembered: longer than a client tries (tcp_syn_retries 6 and
	// 4 linear timeouts: 131 s).
	embryonicFor = int64(200 * time.Second)
)

// expire reports and forgets what is over. What a life amounts to depends on its own segments and times alone; the clock of the
// capture decides only when it is reported.
func (t *Tracker) expire() {
	t.expireList(reassembly.Closing, closedFor)
	t.expireList(reassembly.Embryonic, embryonicFor)
}

func (t *Tracker) expireList(list reassembly.List, after int64) {
	for {
		e := t.table.Oldest(list)
		if e == nil || t.now-e.Touched <= after {
			return
		}
		by := fsm.EndClosed
		if list == reassembly.Embryonic {
			by = fsm.EndIdle
		}
		t.end(e, by, e.Touched+after)
	}
}

// evict makes room for one more connection: a closed one first, then one that never opened, then the longest idle.
func (t *Tracker) evict() {
	for _, list := range []reassembly.List{reassembly.Closing, reassembly.Embryonic, reassembly.Live} {
		if e := t.table.Oldest(list); e != nil {
			t.stats.Evicted++
			t.end(e, fsm.EndEvicted, t.now)
			return
		}
	}
}

func (t *Tracker) end(e *reassembly.Entry[fsm.Pair], by fsm.EndedBy, now int64) {
	if e.Value.Begun() {
		e.Value.End(&t.env, by, now)
	}
	t.table.Remove(e)
}

// Finish reports all the lives that remain, in the order in which they began. The tracker must not be used afterwards.
func (t *Tracker) Finish() {
	if t.env.Ring != nil {
		for e := range t.table.All {
			e.Value.Settle(&t.env)
		}
		t.env.Ring.Flush()
	}
	var rest []*reassembly.Entry[fsm.Pair]
	for e := range t.table.All {
		rest = append(rest, e)
	}
	slices.SortFunc(rest, func(a, b *reassembly.Entry[fsm.Pair]) int { return cmp.Compare(a.Value.ID(), b.Value.ID()) })
	for _, e := range rest {
		by := fsm.EndOfCapture
		if e.Value.Over() {
			by = fsm.EndClosed
		}
		t.end(e, by, t.now)
	}
	if t.env.Ring != nil {
		t.held.release(t.env.Ring, t.handler.Ended)
	}
}

// Changed calls yield with each live connection in which something notable happened since the last call: what a live display shows
// before a connection ends. now is the time by the wall clock, in nanoseconds.
func (t *Tracker) Changed(now int64, yield func(life *fsm.Life)) {
	for e := range t.table.All {
		if e.Value.Begun() && e.Value.Dirty() {
			e.Value.View(&t.env, &t.view, now)
			yield(&t.view)
		}
	}
}
