package track

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// ending is what a test wants to know of a life.
type ending struct {
	port  uint16 // the client's
	by    fsm.EndedBy
	state string // both sides'
	now   int64  // seconds after start
}

type endings struct{ list []ending }

func (e *endings) Segment(uint64, *fsm.Step) {}
func (e *endings) Ended(l *fsm.Life) {
	_, port := l.Endpoint(tcp.Initiator)
	e.list = append(e.list, ending{port, l.EndedBy, l.Sides[0].State.String() + " " + l.Sides[1].State.String(), (l.Now - start) / 1e9})
}

// TestClosedConnectionsAreForgotten: TIME-WAIT is 60 s (TCP_TIMEWAIT_LEN), counted in capture time;
// the few seconds that follow are for what comes late. Another connection's segments make that time
// pass.
func TestClosedConnectionsAreForgotten(t *testing.T) {
	got := &endings{}
	tracker := newTracker(0, got)
	closed := client{port: 1, now: start, seq: 1, ack: 1}
	closed.open(tracker)
	closed.close(tracker)
	other := client{port: 2, now: start, frame: 100, seq: 1, ack: 1}
	other.open(tracker)
	other.now = start + int64(59*time.Second)
	other.send(tracker, true, tcp.ACK, 10)
	if len(got.list) != 0 || tracker.conns.count() != 2 {
		t.Fatalf("before 2MSL: %v", got.list)
	}
	other.now = start + int64(90*time.Second)
	other.send(tracker, true, tcp.ACK, 10)
	if tracker.conns.count() != 1 || len(got.list) != 1 {
		t.Fatalf("after 2MSL %d connections are kept, reported %v", tracker.conns.count(), got.list)
	}
	if e := got.list[0]; e.port != 1 || e.by != fsm.EndClosed || e.state != "CLOSED CLOSED" || e.now < 60 || e.now > 90 {
		t.Errorf("reported %+v", e)
	}
	tracker.Finish()
	if e := got.list[1]; e.port != 2 || e.by != fsm.EndOfCapture || e.state != "ESTABLISHED ESTABLISHED" {
		t.Errorf("reported %+v", e)
	}
}

// TestUnansweredIsForgottenAfterTheLastTry: a Linux client sends its SYN for up to 131 s
// (tcp_syn_retries 6, tcp_syn_linear_timeouts 4); forgetting it sooner would make two lives of one
// attempt.
func TestUnansweredIsForgottenAfterTheLastTry(t *testing.T) {
	got := &endings{}
	tracker := newTracker(0, got)
	for i, at := range []int64{0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67} {
		c := client{port: 1, now: start + at*1e9, frame: uint64(i), seq: 1}
		c.send(tracker, true, tcp.SYN, 0)
	}
	later := func(at int64) {
		c := client{port: 2, now: start + at*1e9, frame: uint64(at), seq: 1}
		c.send(tracker, true, tcp.SYN, 0)
	}
	later(190)
	if len(got.list) != 0 {
		t.Fatalf("reported %+v while the client may still try", got.list)
	}
	later(600)
	if len(got.list) == 0 || got.list[0].port != 1 || got.list[0].by != fsm.EndIdle {
		t.Errorf("after ten minutes reported %+v", got.list)
	}
}

// TestEvictionOrder: what is closed makes room first, then what never opened, then the longest
// idle.
func TestEvictionOrder(t *testing.T) {
	got := &endings{}
	tracker := newTracker(4, got)
	now := start
	at := func(port uint16, do func(*client)) {
		now += 1e6
		c := &client{port: port, now: now, frame: uint64(now-start) / 1e4, seq: 1, ack: 1}
		do(c)
	}
	open := func(c *client) { c.open(tracker) }
	at(1, open)
	at(2, open)
	at(3, func(c *client) { c.send(tracker, true, tcp.SYN, 0) })
	at(4, func(c *client) { c.open(tracker); c.close(tracker) })
	at(1, func(c *client) { c.seq, c.ack = 2, 2; c.send(tracker, true, tcp.ACK, 5) }) // now 2 is the longest idle
	for port := range uint16(4) {
		at(10+port, open)
	}
	var ports []uint16
	for _, e := range got.list {
		if e.by != fsm.EndEvicted {
			t.Errorf("%+v was not evicted", e)
		}
		ports = append(ports, e.port)
	}
	if !slices.Equal(ports, []uint16{4, 3, 2, 1}) {
		t.Errorf("evicted in the order %v, want 4 (closed), 3 (never opened), 2 (longest idle), 1", ports)
	}
	if s := tracker.Stats(); s.Evicted != 4 || s.PeakLive != 4 {
		t.Errorf("statistics %+v", s)
	}
}

// TestFloodIsBounded: a SYN flood of 300,000 four-tuples within a second fills the table up to its
// limit and no further, and all that is left out is counted.
func TestFloodIsBounded(t *testing.T) {
	const limit, tuples = 10_000, 300_000
	h := &counter{}
	tracker := newTracker(limit, h)
	var before, after runtime.MemStats
	flood := func(from, to int) {
		for i := from; i < to; i++ {
			seg := tcp.Segment{Time: start + int64(i)*3000, Frame: uint64(i + 1), Src: tcp.Addr{12: byte(i >> 16), 13: byte(i >> 8), 14: byte(i)},
				Dst: tcp.Addr{15: 2}, SrcPort: 1000, DstPort: 80, Flags: tcp.SYN, Seq: tcp.Seq(i), Window: 1024, TTL: 50, IPID: uint16(i)}
			tracker.Observe(&seg)
			if n := tracker.conns.count(); n > limit {
				t.Fatalf("%d live after %d SYNs", n, i+1)
			}
		}
	}
	flood(0, 2*limit)
	runtime.GC()
	runtime.ReadMemStats(&before)
	flood(2*limit, tuples)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
		t.Errorf("the heap grew by %d bytes after the table was full", grown)
	}
	if s := tracker.Stats(); s.Evicted != tuples-limit || s.PeakLive != limit {
		t.Errorf("statistics %+v", s)
	}
	tracker.Finish()
	if h.lives != tuples {
		t.Errorf("%d lives reported, want %d", h.lives, tuples)
	}
}

// printer writes down everything that a tracker reports.
type printer struct{ strings.Builder }

func (p *printer) Segment(life uint64, s *fsm.Step) { fmt.Fprintf(p, "segment %d %+v\n", life, *s) }
func (p *printer) Ended(l *fsm.Life)                { fmt.Fprintf(p, "life %+v\n", *l) }

// TestSameInputSameOutput: the table's hash is seeded anew in every process and tracker, and
// nothing that is reported may depend on it.
func TestSameInputSameOutput(t *testing.T) {
	play := func() string {
		p := &printer{}
		tracker := New(Config{Hosts: fsm.Hosts{Default: fsm.LinuxDefaults()}, MaxConnections: 50, KeepAll: true}, p)
		clients := make([]client, 120)
		for i := range clients {
			clients[i] = client{port: uint16(1000 + i%97), host: byte(i % 5), seq: tcp.Seq(i) << 20, ack: 9}
		}
		now, frame := start, uint64(0)
		for step := range 8 {
			for i := range clients {
				c := &clients[i]
				c.now, c.frame = now, frame
				switch {
				case step == 0:
					c.open(tracker)
				case step == 5 && i%3 == 0:
					c.close(tracker)
				default:
					c.send(tracker, i%2 == 0, tcp.ACK|tcp.PSH, uint32(step*i))
				}
				now, frame = c.now, c.frame
			}
			now += 20e9
		}
		tracker.Finish()
		return p.String()
	}
	first, second := play(), play()
	if first == second {
		return
	}
	a, b := strings.Split(first, "\n"), strings.Split(second, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("line %d differs:\n%s\n%s", i, a[i], b[i])
		}
	}
	t.Fatalf("%d lines and %d", len(a), len(b))
}

// TestFinishReportsInOrder: what remains is reported in the order in which it began.
func TestFinishReportsInOrder(t *testing.T) {
	got := &endings{}
	tracker := newTracker(0, got)
	for port := uint16(500); port > 0; port-- {
		c := client{port: port, now: start, frame: uint64(501-port) * 10, seq: 1}
		c.send(tracker, true, tcp.SYN, 0)
	}
	tracker.Finish()
	if len(got.list) != 500 {
		t.Fatalf("%d lives, want 500", len(got.list))
	}
	for i, e := range got.list {
		if e.port != uint16(500-i) {
			t.Fatalf("life %d is that of port %d, want %d", i, e.port, 500-i)
		}
	}
}

// TestStrayICMP: an error about a connection that was never seen opens nothing.
func TestStrayICMP(t *testing.T) {
	h := &counter{}
	tracker := newTracker(0, h)
	seg := tcp.Segment{Kind: tcp.KindICMP, Time: start, Frame: 1, Src: tcp.Addr{1}, Dst: tcp.Addr{2}, SrcPort: 1, DstPort: 2, ICMPType: 3}
	tracker.Observe(&seg)
	tracker.Finish()
	if s := tracker.Stats(); s.StrayICMP != 1 || s.Connections != 0 || h.lives != 0 {
		t.Errorf("statistics %+v, %d lives", s, h.lives)
	}
}

// TestListenersGiveTheDirection: who answered a SYN before is the responder of what the capture
// picks up later, whatever its port.
func TestListenersGiveTheDirection(t *testing.T) {
	got := &endings{}
	tracker := newTracker(0, got)
	server := func(c *client, toServer bool, flags tcp.Flags) {
		seg := c.segment(toServer, flags, 0)
		if toServer {
			seg.DstPort = 50000
		} else {
			seg.SrcPort = 50000
		}
		tracker.Observe(&seg)
	}
	opened := &client{port: 40000, now: start, seq: 1, ack: 1}
	server(opened, true, tcp.SYN)
	server(opened, false, tcp.SYN|tcp.ACK)
	later := &client{port: 40001, now: start + 1e9, frame: 10, seq: 1, ack: 1}
	server(later, false, tcp.ACK) // the listener's segment is the first that is seen
	tracker.Finish()
	if len(got.list) != 2 || got.list[1].port != 40001 {
		t.Errorf("lives %+v, want port 40001 for the initiator of the second", got.list)
	}
}
