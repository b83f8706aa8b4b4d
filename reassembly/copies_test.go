package reassembly

import (
	"testing"

	"github.com/lastack/lastack/tcp"
)

const millisecond = 1e6

// stream makes n distinct packets of one direction, a millisecond apart.
func stream(n int) []tcp.Segment {
	segs := make([]tcp.Segment, n)
	for i := range segs {
		segs[i] = tcp.Segment{Time: int64(i) * millisecond, Seq: tcp.Seq(i) * 100, Len: 100, Flags: tcp.ACK, IPID: uint16(i + 1), TTL: 64,
			PayloadSum: uint16(i)}
	}
	return segs
}

// TestDoubledCapture: every packet recorded twice, as a mirror of both ports does it: all second
// records are left out.
func TestDoubledCapture(t *testing.T) {
	recent := new(Recent)
	for name, ipid := range map[string]bool{"IPv4": true, "without IP ID": false} {
		var c Copies
		left := 0
		for _, seg := range stream(200) {
			if !ipid {
				seg.IPID, seg.IPv6 = 0, true
			}
			if c.Judge(&seg, new(Copies), recent) {
				t.Fatalf("%s: the first record of packet %d was left out", name, seg.Seq/100)
			}
			seg.Time += 0.05 * millisecond
			if c.Judge(&seg, new(Copies), recent) {
				left++
			}
		}
		if left != 200 {
			t.Errorf("%s: %d of 200 copies were left out", name, left)
		}
	}
}

// TestNetworkDuplicate: one packet among many that the network duplicated did arrive twice, and
// stays. The receiver's answer to it (RFC 9293 section 3.10.7.4, an ACK) would otherwise have no
// cause.
func TestNetworkDuplicate(t *testing.T) {
	recent := new(Recent)
	var c Copies
	for i, seg := range stream(50) {
		if c.Judge(&seg, new(Copies), recent) {
			t.Fatalf("packet %d was left out", i)
		}
		if i == 30 {
			seg.Time += 0.05 * millisecond
			if c.Judge(&seg, new(Copies), recent) {
				t.Error("a single duplicate was left out")
			}
		}
	}
}

// TestSecondRecordElsewhere: the same packet at another interface, or with another TTL behind a
// router, was recorded twice, even if it is the only one.
func TestSecondRecordElsewhere(t *testing.T) {
	recent := new(Recent)
	for name, change := range map[string]func(*tcp.Segment){
		"interface": func(s *tcp.Segment) { s.Iface = 1 },
		"TTL":       func(s *tcp.Segment) { s.TTL-- },
	} {
		var c Copies
		segs := stream(40)
		for i := range segs {
			c.Judge(&segs[i], new(Copies), recent)
		}
		again := segs[39]
		again.Time += 0.3 * millisecond
		change(&again)
		if !c.Judge(&again, new(Copies), recent) {
			t.Errorf("another %s: the second record was kept", name)
		}
	}
}

// TestWhatIsNoCopy: a retransmission differs in its IP ID or its timestamp, and comes later than a
// mirror's delay.
func TestWhatIsNoCopy(t *testing.T) {
	recent := new(Recent)
	for name, change := range map[string]func(*tcp.Segment){
		"another IP ID":              func(s *tcp.Segment) { s.IPID++ },
		"another sequence number":    func(s *tcp.Segment) { s.Seq++ },
		"another acknowledgment":     func(s *tcp.Segment) { s.Ack++ },
		"other flags":                func(s *tcp.Segment) { s.Flags |= tcp.PSH },
		"another timestamp":          func(s *tcp.Segment) { s.TSval++ },
		"another window":             func(s *tcp.Segment) { s.Window++ },
		"other bytes":                func(s *tcp.Segment) { s.PayloadSum++ },
		"another length":             func(s *tcp.Segment) { s.Len++ },
		"other options":              func(s *tcp.Segment) { s.Options |= tcp.OptTimestamps },
		"later than 20 ms":           func(s *tcp.Segment) { s.Time += 21 * millisecond },
		"without IP ID, 3 ms on":     func(s *tcp.Segment) { s.Time += 3 * millisecond },
		"earlier by more than 20 ms": func(s *tcp.Segment) { s.Time -= 22 * millisecond },
	} {
		var c Copies
		first := tcp.Segment{Time: 1e9, Seq: 1, Len: 10, Flags: tcp.ACK, IPID: 7, TTL: 64, Window: 100}
		if name == "without IP ID, 3 ms on" {
			first.IPID = 0
		}
		again := first
		again.Iface = 1 // so that only the difference can keep it
		change(&again)
		c.Judge(&first, new(Copies), recent)
		if c.Judge(&again, new(Copies), recent) {
			t.Errorf("%s: left out", name)
		}
	}
}

// TestCopyWithinTheWindow: up to 20 ms with an IP ID, up to 2 ms without, either way in time.
func TestCopyWithinTheWindow(t *testing.T) {
	recent := new(Recent)
	for _, c := range []struct {
		ipid  uint16
		after int64
		want  bool
	}{
		{7, 20 * millisecond, true},
		{7, 20*millisecond + 1, false},
		{7, -20 * millisecond, true},
		{0, 2 * millisecond, true},
		{0, 2*millisecond + 1, false},
		{0, -2 * millisecond, true},
	} {
		var copies Copies
		seg := tcp.Segment{Time: 1e9, Seq: 1, Len: 10, Flags: tcp.ACK, IPID: c.ipid, TTL: 64}
		copies.Judge(&seg, new(Copies), recent)
		seg.Time += c.after
		seg.Iface = 1
		if got := copies.Judge(&seg, new(Copies), recent); got != c.want {
			t.Errorf("IP ID %d, %d ns later: left out %v, want %v", c.ipid, c.after, got, c.want)
		}
	}
}

// TestTwinStillToCome: where the other direction comes twice, half of the packets with twins are
// enough, since the twin of the last may be yet to come: two packets are recorded before the second
// record of the first.
func TestTwinStillToCome(t *testing.T) {
	recent := new(Recent)
	for _, other := range []struct {
		c    Copies
		want bool
	}{
		{Copies{twins: 2}, true},
		{Copies{singles: 2}, false},
	} {
		var c Copies
		ack := tcp.Segment{Time: 1e9 + millisecond, Seq: 2, Ack: 10, Flags: tcp.ACK}
		data := tcp.Segment{Time: 1e9 + millisecond + 1000, Seq: 2, Ack: 10, Len: 100, Flags: tcp.ACK}
		c.twins = 1 // the SYN,ACK's
		c.Judge(&ack, &other.c, recent)
		c.Judge(&data, &other.c, recent)
		ack.Time += 2000
		if got := c.Judge(&ack, &other.c, recent); got != other.want {
			t.Errorf("other direction %d twice, %d once: left out %v, want %v", other.c.twins, other.c.singles, got, other.want)
		}
	}
}

// TestTwoHostsSayTheSame: a proxy and the server behind it may send the same bare ACK, one of them
// a hop further away. Without an IP ID nothing tells that from a second record of one packet, but
// that no other packet comes with one.
func TestTwoHostsSayTheSame(t *testing.T) {
	recent := new(Recent)
	var c, other Copies
	syn := tcp.Segment{Seq: 1, Flags: tcp.SYN | tcp.ACK, TTL: 64}
	ack := tcp.Segment{Time: millisecond, Seq: 2, Flags: tcp.ACK, TTL: 64}
	again := ack
	again.Time, again.TTL = again.Time+0.01*millisecond, 63
	c.Judge(&syn, &other, recent)
	c.Judge(&ack, &other, recent)
	if c.Judge(&again, &other, recent) {
		t.Error("an ACK of a second host is left out")
	}
	c = Copies{}
	for _, seg := range []tcp.Segment{syn, ack} {
		twin := seg
		twin.Time, twin.TTL = twin.Time+0.01*millisecond, 63
		c.Judge(&seg, &other, recent)
		if !c.Judge(&twin, &other, recent) {
			t.Errorf("the second record of %v is not left out", seg.Flags)
		}
	}
}

// TestTimestampTellsTransmissions: without an IP ID a second record of data may come as late as
// with one where its timestamp is the first's: what is sent again has a newer one.
func TestTimestampTellsTransmissions(t *testing.T) {
	recent := new(Recent)
	for _, c := range []struct {
		options tcp.OptionSet
		later   uint32 // in the timestamp
		want    int
	}{{tcp.OptTimestamps, 0, 20}, {0, 0, 0}, {tcp.OptTimestamps, 5, 0}} {
		var copies, other Copies
		left := 0
		for _, seg := range stream(20) {
			seg.Time, seg.IPID, seg.IPv6 = seg.Time*100, 0, true
			seg.Options, seg.TSval = c.options, uint32(seg.Time/millisecond)
			copies.Judge(&seg, &other, recent)
			seg.Time += 5 * millisecond
			if seg.TSval += c.later; copies.Judge(&seg, &other, recent) {
				left++
			}
		}
		if left != c.want {
			t.Errorf("options %x, timestamp %d later: %d of 20 are left out, want %d", c.options, c.later, left, c.want)
		}
	}
}
