package track

import (
	"testing"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// counter counts lives and forgets them, as a reader of millions of connections does.
type counter struct{ lives int }

func (c *counter) Segment(uint64, *fsm.Step) {}
func (c *counter) Ended(*fsm.Life)           { c.lives++ }

const start = int64(1_700_000_000e9)

// client makes the segments of one connection, with the timestamps and windows of an ordinary one.
type client struct {
	port     uint16
	host     byte
	now      int64
	frame    uint64
	seq, ack tcp.Seq      // the client's and the server's next numbers
	stamps   [2]uint32    // the last timestamps of the client and the server
	seg      *tcp.Segment // reused, as a reader's batches are
}

func (c *client) segment(toServer bool, flags tcp.Flags, n uint32) tcp.Segment {
	c.now += 100_000
	c.frame++
	stamps := c.stamps
	seg := tcp.Segment{Time: c.now, Frame: c.frame, Src: tcp.Addr{14: c.host, 15: 1}, Dst: tcp.Addr{15: 2}, SrcPort: c.port, DstPort: 80,
		Flags: flags, Len: n, Seq: c.seq, Ack: c.ack, Window: 0xffff, TTL: 64, IPID: uint16(c.frame), Options: tcp.OptTimestamps,
		TSval: uint32(c.now / 1e6), TSecr: c.stamps[1], Checksum: tcp.ChecksumGood}
	if flags.Has(tcp.SYN) {
		seg.Options |= tcp.OptWScale | tcp.OptSACKPerm | tcp.OptMSS
		seg.WScale, seg.MSS = 7, 1460
	}
	if !flags.Has(tcp.ACK) {
		seg.Ack = 0
	}
	c.stamps[0] = seg.TSval
	if !toServer {
		seg.TSecr, c.stamps[0], c.stamps[1] = stamps[0], stamps[0], seg.TSval
		seg.Src, seg.Dst, seg.SrcPort, seg.DstPort, seg.Seq, seg.Ack = seg.Dst, seg.Src, seg.DstPort, seg.SrcPort, c.ack, c.seq
	}
	if length := tcp.Seq(seg.SeqLen()); toServer {
		c.seq += length
	} else {
		c.ack += length
	}
	return seg
}

func (c *client) send(t *Tracker, toServer bool, flags tcp.Flags, n uint32) {
	if c.seg == nil {
		c.seg = new(tcp.Segment)
	}
	*c.seg = c.segment(toServer, flags, n)
	t.Observe(c.seg)
}

func (c *client) open(t *Tracker) {
	c.send(t, true, tcp.SYN, 0)
	c.send(t, false, tcp.SYN|tcp.ACK, 0)
	c.send(t, true, tcp.ACK, 0)
}

func (c *client) close(t *Tracker) {
	c.send(t, true, tcp.FIN|tcp.ACK, 0)
	c.send(t, false, tcp.FIN|tcp.ACK, 0)
	c.send(t, true, tcp.ACK, 0)
}

func newTracker(maxConnections int, h Handler) *Tracker {
	return New(Config{Hosts: fsm.Hosts{Default: fsm.LinuxDefaults()}, MaxConnections: maxConnections}, h)
}

// TestTransferAllocatesNothing: in the middle of a transfer not one allocation is made a packet.
func TestTransferAllocatesNothing(t *testing.T) {
	tracker := newTracker(0, &counter{})
	c := client{port: 40000, now: start, seq: 1 << 31, ack: 7}
	c.open(tracker)
	burst := func() {
		for range 100 {
			c.send(tracker, true, tcp.ACK, 1000)
			c.send(tracker, true, tcp.ACK|tcp.PSH, 500)
			c.send(tracker, false, tcp.ACK, 0)
			c.send(tracker, false, tcp.ACK|tcp.PSH, 200)
			c.send(tracker, true, tcp.ACK, 0)
		}
	}
	burst()
	if n := testing.AllocsPerRun(20, burst); n != 0 {
		t.Errorf("%v allocations in 500 segments", n)
	}
}

// TestConnectionsReuseMemory: short connections, one after another, soon run in the memory of those
// before them, ordinary ones and those that the full tracker is needed for.
func TestConnectionsReuseMemory(t *testing.T) {
	for name, unusual := range map[string]bool{"ordinary": false, "unusual": true} {
		t.Run(name, func(t *testing.T) {
			h := &counter{}
			tracker := newTracker(0, h)
			now, frame, port := start, uint64(0), uint16(1024)
			const each = 1000
			seg := new(tcp.Segment)
			round := func() {
				for range each {
					c := client{port: port, now: now, frame: frame, seq: 1000, ack: 5000, seg: seg}
					c.open(tracker)
					if c.send(tracker, true, tcp.ACK|tcp.PSH, 100); unusual {
						c.seq -= 100
						c.send(tracker, true, tcp.ACK|tcp.PSH, 100) // again
					}
					c.send(tracker, false, tcp.ACK|tcp.PSH, 1000)
					c.close(tracker)
					now, frame = c.now+70e6, c.frame
					if port++; port == 0 {
						port = 1024
					}
				}
			}
			round()
			round()
			if n := testing.AllocsPerRun(5, round); n > each/100 {
				t.Errorf("%v allocations for %d connections, want next to none", n, each)
			}
			if h.lives == 0 {
				t.Error("no connection was ever reported")
			}
		})
	}
}
