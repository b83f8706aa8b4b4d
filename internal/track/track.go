// Package track joins reassembly (which connection) and fsm (what each side did) into one tracker:
// segments in, lives out.
package track

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/infer"
	"github.com/lastack/lastack/internal/plain"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// DefaultMaxConnections is how many connections are kept at once unless the configuration says
// otherwise.
const DefaultMaxConnections = 1_000_000

// Config sets a tracker up.
type Config struct {
	Stacks         fsm.Stacks // what the hosts were said to run
	Hosts          fsm.Hosts
	MaxConnections int  // live connections kept at most; 0 means DefaultMaxConnections
	KeepAll        bool // hand every step to Handler.Segment, not just keep the notable ones
	// Late lets the segments of a life be handed out long after they were captured, in order only
	// among themselves: those of a life without anything unusual when it ends.
	Late bool
	// Ordinary, if set, is called instead of Handler.Ended for a life that closed without anything
	// unusual: it costs much less. The summary is reused.
	Ordinary func(*plain.Summary)
	// Remarkable is plain.Store's.
	Remarkable func(plain.Marks) bool
	// Spill is how many MiB of connections that closed, and are remembered for their late segments,
	// stay in memory: more wait in a temporary file. 0 keeps all in memory. Close is due otherwise.
	Spill int
	// Watch says that Changed will be called: what is new of a connection is kept for it.
	Watch bool
	// Patience is the longest silence in such a life, in nanoseconds; 0 is for plain.Store to say.
	Patience int64
	// Decided, if set, takes each change of what was said of a segment, its first word included.
	// Only with KeepAll. Every connection is followed the general way then, which costs several
	// times as much.
	Decided func(*infer.Decision)
}

// Handler takes what a tracker finds out.
type Handler interface {
	// Segment is called in capture order for each step of a life once it is settled. Only with
	// KeepAll. The step is reused.
	Segment(life uint64, step *fsm.Step)
	// Ended is called once for each life, when nothing more can change it. The life is reused.
	Ended(life *fsm.Life)
}

// Stats counts what the tracker did.
type Stats struct {
	Segments    uint64 // TCP's
	ICMP        uint64 // errors that quote one
	Connections uint64
	Evicted     uint64 // lives reported early to make room
	Copies      uint64 // packets recorded twice and left out
	PeakLive    int
	StrayICMP   uint64 // of ICMP, those that quote no known connection
}

// Tracker replays segments. It is not safe for concurrent use.
type Tracker struct {
	env       infer.Env
	conns     conns
	handler   Handler
	stats     Stats
	max       int
	nextID    uint64
	listeners listeners
	stray     stray
	held      held
	view      fsm.Life
	hashes    [ahead]uint64 // of the segments that are looked up
	read      uint64        // what was read for that, which means nothing
}

// New makes a tracker that reports to h.
func New(cfg Config, h Handler) *Tracker {
	t := &Tracker{conns: conns{table: reassembly.NewTable[plain.Conn](), watch: cfg.Watch,
		most:  maxWoken,
		clock: clock{continuous: cfg.Watch}}, handler: h, max: cfg.MaxConnections}
	if t.max <= 0 {
		t.max = DefaultMaxConnections
	}
	t.env = infer.Env{Hosts: cfg.Hosts, Stacks: cfg.Stacks, Listens: t.listeners.has, Ended: t.ended,
		NextID: func() uint64 { t.nextID++; return t.nextID }}
	if cfg.KeepAll {
		t.env.Ring = infer.NewRing(&t.env, h.Segment)
	}
	t.conns.Env, t.conns.Patience, t.conns.Remarkable = &t.env, cfg.Patience, cfg.Remarkable
	if t.conns.Placed = cfg.KeepAll && !cfg.Late; t.conns.Placed {
		t.env.Ring.Awaken(t.conns.fill)
	}
	t.held.late = cfg.Late
	t.conns.Later = !cfg.KeepAll && !cfg.Watch
	if cfg.Spill > 0 {
		for i := range t.conns.frozen {
			t.conns.frozen[i].Spill(cfg.Spill)
		}
	}
	if cfg.Decided != nil && cfg.KeepAll {
		t.env.Decided = cfg.Decided
		t.env.Thorough, t.conns.Wide = true, true
	}
	t.summarize(cfg.Ordinary)
	return t
}

func (t *Tracker) ended(l *fsm.Life) {
	t.conns.joins.tell(l)
	t.stats.Connections++
	t.stats.Copies += l.Copies
	if t.env.Ring != nil && !t.held.passes(l, t.env.Ring) {
		t.held.add(l, t.env.Ring)
		return
	}
	t.handler.Ended(l)
}

// summarize hands lives without anything unusual to ordinary from now on, unless that is nil.
func (t *Tracker) summarize(ordinary func(*plain.Summary)) {
	if ordinary == nil {
		return
	}
	t.conns.Ordinary = func(life *plain.Summary) {
		t.stats.Connections++
		ordinary(life)
	}
}

// Relax is for a handler with Config.Late that has enough segments of lives without anything
// unusual: only the others' are handed out from now on. With ordinary set, that takes those lives
// themselves.
func (t *Tracker) Relax(ordinary func(*plain.Summary)) {
	t.conns.Silent = true
	t.summarize(ordinary)
}

// ObserveAll takes the next segments in capture order. It does not keep them.
func (t *Tracker) ObserveAll(segs []tcp.Segment) {
	for len(segs) > 0 {
		n := min(len(segs), ahead)
		t.lookAhead(segs[:n])
		for i := range segs[:n] {
			t.observe(&segs[i], t.hashes[i])
		}
		segs = segs[n:]
	}
}

// ahead is how many segments are looked up before the first of them is tracked.
const ahead = 64

// lookAhead hashes some segments. Of a large table it also reads the places where they will be
// looked for: many misses of the cache at once take hardly longer than one.
func (t *Tracker) lookAhead(segs []tcp.Segment) {
	for i := range segs {
		t.hashes[i] = reassembly.HashOf(&segs[i])
	}
	const large = 1 << 12
	if t.conns.table.Len() > large {
		for _, h := range t.hashes[:len(segs)] {
			t.read += t.conns.table.Touching(h)
		}
	}
	if f := &t.conns.frozen[asleep]; f.Len() > large {
		for i := range segs {
			if segs[i].Flags&tcp.SYN != 0 { // others are mostly of connections that are open
				t.read += f.Touching(t.hashes[i])
			}
		}
	}
}

// Observe takes the next segment in capture order. It does not keep seg.
func (t *Tracker) Observe(seg *tcp.Segment) { t.observe(seg, reassembly.HashOf(seg)) }

func (t *Tracker) observe(seg *tcp.Segment, hash uint64) {
	if seg.Kind == tcp.KindTCP {
		t.stats.Segments++
		t.env.Flagged.Observe(seg)
	} else {
		t.stats.ICMP++
	}
	t.env.Recent.Now = seg.Time
	now := t.conns.clock.tick(seg.Time)
	e, fromB, seg := t.conns.find(seg, hash, now)
	if e == nil {
		key, fromB := reassembly.KeyOf(seg)
		if seg.Kind == tcp.KindICMP {
			t.stats.StrayICMP++
			t.stray.add(&key, seg)
			return
		}
		e = t.insert(&key, key.Hash(), now)
		t.conns.joins.note(key.Path)
		if seg.Flags.Has(tcp.SYN | tcp.ACK) {
			t.conns.joins.synack = now
		}
		if !seg.Flags.Any(tcp.SYN | tcp.RST) {
			t.env.Ways.Learn(seg, 0)
		}
		t.conns.Observe(&e.Value, &e.Key, seg, fromB)
		t.meetStray(&key, e, seg)
	} else {
		if seg.Flags&(tcp.SYN|tcp.ACK|tcp.RST) == tcp.SYN|tcp.ACK && seg.Kind == tcp.KindTCP {
			t.env.Ways.Learn(seg, t.conns.Waited(&e.Value, seg.Time))
		}
		t.conns.Observe(&e.Value, &e.Key, seg, fromB)
	}
	if seg.Flags.Has(tcp.SYN) && seg.Kind == tcp.KindTCP {
		t.env.Known.Learn(seg)
	}
	if seg.Flags.Has(tcp.SYN | tcp.ACK) {
		t.listeners.add(seg.Src, seg.SrcPort, seg.Frame)
	}
	t.conns.touch(e, now)
	t.expire()
	if len(t.held.lives) > 0 {
		t.held.release(t.env.Ring, t.handler.Ended)
	}
}

// meetStray hands a new connection the ICMP error that was recorded just before its first segment.
func (t *Tracker) meetStray(key *reassembly.Key, e *entry, first *tcp.Segment) {
	if t.stats.StrayICMP == 0 {
		return
	}
	if seg := t.stray.take(key, first); seg != nil {
		t.stats.StrayICMP--
		if seg.Path != key.Path {
			t.conns.joins.add(seg, key.Path)
			seg.Path = key.Path
		}
		_, fromB := reassembly.KeyOf(seg)
		t.conns.Observe(&e.Value, key, seg, fromB)
	}
}

// insert makes room for a connection and adds it.
func (t *Tracker) insert(key *reassembly.Key, hash uint64, now int64) *entry {
	if t.conns.count() >= t.max {
		t.evict()
	}
	e := t.conns.table.Insert(key, hash, now, t.conns.order)
	if n := t.conns.count(); n > t.stats.PeakLive {
		t.stats.PeakLive = n
	}
	return e
}

// Close lets go of what Config.Spill needs.
func (t *Tracker) Close() { t.conns.close() }

// Stats gives the counts so far.
func (t *Tracker) Stats() Stats { return t.stats }
