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
		switch {
		case list == reassembly.Embryonic:
			t.end(e, fsm.EndIdle, e.Touched+after)
		case t.closed(e):
			t.end(e, fsm.EndClosed, e.Touched+after)
		default:
			t.table.Touch(e, reassembly.Live, t.now)
		}
	}
}

// closed reports whether a connection of the closing list is over, now that what was under way when it was put there has long arrived.
func (t *Tracker) closed(e *entry) bool {
	if p := t.conns.Awake(&e.Value); p != nil {
		p.Arrive(&t.env, t.now)
	}
	return t.conns.Over(&e.Value)
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

func (t *Tracker) end(e *entry, by fsm.EndedBy, now int64) {
	t.conns.End(&e.Value, &e.Key, by, now)
	t.conns.Release(&e.Value)
	t.table.Remove(e)
}

// Finish reports all the lives that remain, in the order in which they began. The tracker must not be used afterwards.
func (t *Tracker) Finish() {
	for e := range t.table.All {
		if p := t.conns.Awake(&e.Value); p != nil && p.Begun() {
			p.Settle(&t.env)
		}
	}
	if t.env.Ring != nil {
		t.env.Ring.Flush()
	}
	var rest []*entry
	for e := range t.table.All {
		rest = append(rest, e)
	}
	slices.SortFunc(rest, func(a, b *entry) int { return cmp.Compare(t.conns.ID(&a.Value), t.conns.ID(&b.Value)) })
	for _, e := range rest {
		by := fsm.EndOfCapture
		if t.conns.Over(&e.Value) {
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
		if p := t.conns.Awake(&e.Value); p != nil && p.Begun() && p.Dirty() {
			p.View(&t.env, &t.view, now)
			yield(&t.view)
		}
	}
}
