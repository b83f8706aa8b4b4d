package plain

import (
	"math/rand/v2"
	"testing"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/infer"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// odd makes a segment with anything that one can have, of one connection.
func odd(r *rand.Rand, frame uint64, time int64) (seg tcp.Segment, fromB bool) {
	seg = tcp.Segment{Frame: frame, Time: time, Seq: tcp.Seq(r.Uint32()), Ack: tcp.Seq(r.Uint32()),
		Flags: tcp.Flags(r.Uint32N(1 << 9)), Window: uint16(r.Uint32()), Len: r.Uint32N(70000),
		TTL: uint8(r.Uint32()), Checksum: tcp.Checksum(r.Uint32N(4)), IPID: uint16(r.Uint32()), DF: r.IntN(2) == 0,
		IPv6: r.IntN(9) == 0, HiddenAck: r.IntN(9) == 0, OuterBad: r.IntN(9) == 0, Options: tcp.OptionSet(r.Uint32N(1 << 11)),
		PayloadSum: uint16(r.Uint32N(3)), Content: tcp.Content(r.Uint32N(9)), Cut: tcp.Cut(r.Uint32N(32)),
		File: uint16(r.Uint32N(2)), Iface: uint16(r.Uint32N(2)), Urgent: uint16(r.Uint32N(2))}
	if seg.Options&tcp.OptTimestamps != 0 {
		seg.TSval, seg.TSecr = r.Uint32(), r.Uint32()
	}
	if seg.Options&tcp.OptSACK != 0 {
		seg.SACKCount = uint8(r.IntN(tcp.MaxSACK + 1))
		for i := range seg.SACKCount {
			seg.SACK[i] = tcp.SACKBlock{Left: tcp.Seq(r.Uint32()), Right: tcp.Seq(r.Uint32())}
		}
	}
	if seg.Flags&tcp.SYN != 0 {
		seg.MSS, seg.WScale, seg.FastOpenLen, seg.Layout = uint16(r.Uint32()), uint8(r.IntN(15)), uint8(r.IntN(17)), tcp.Layout(r.IntN(20))
	}
	if r.IntN(20) == 0 {
		seg.Kind, seg.ICMPType, seg.ICMPCode, seg.ICMPMTU = tcp.KindICMP, 3, uint8(r.IntN(16)), r.Uint32()
		seg.ICMPFrom = tcp.Addr{3: byte(r.Uint32()), 15: 1}
	}
	return seg, r.IntN(2) == 0
}

var oddKey = reassembly.Key{A: tcp.Addr{15: 1}, B: tcp.Addr{15: 2}, APort: 1000, BPort: 80, Path: 7}

// TestAnySegmentComesBack: whatever is written down is what is observed again.
func TestAnySegmentComesBack(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 9))
		s := &Store{Env: &infer.Env{}}
		var c Conn
		var want []tcp.Segment
		now := int64(1_700_000_000_000_000_000)
		for frame := uint64(1); frame < 40; frame += 1 + r.Uint64N(5) {
			seg, fromB := odd(r, frame, now)
			seg.Path = oddKey.Path
			if now += r.Int64N(4e9) - 1e9; r.IntN(2) == 0 {
				now -= now % 1000
			}
			seg.Src, seg.SrcPort, seg.Dst, seg.DstPort = oddKey.A, oddKey.APort, oddKey.B, oddKey.BPort
			if fromB {
				seg.Src, seg.SrcPort, seg.Dst, seg.DstPort = oddKey.B, oddKey.BPort, oddKey.A, oddKey.APort
			}
			if c.phase != unusual {
				s.turn(&c, &oddKey, &seg, fromB)
			}
			from := c.from(fromB)
			c.log.write(&s.logs, c.encodeAny(nil, &seg, from))
			c.time, c.frame = seg.Time, seg.Frame
			c.sides[from].sentAny(&seg)
			want = append(want, seg)
		}
		i := 0
		s.replay(&c, &oddKey, func(got *tcp.Segment, fromB bool) {
			if *got != want[i] {
				t.Fatalf("seed %d, segment %d:\n got %+v\nwant %+v", seed, i, *got, want[i])
			}
			if fromB != (got.Src == oddKey.B) {
				t.Fatalf("seed %d, segment %d goes the other way", seed, i)
			}
			i++
		})
		if i != len(want) {
			t.Fatalf("seed %d: %d segments come back of %d", seed, i, len(want))
		}
	}
}

// plainSegment is a segment from A, or from B, 20 s after the one before.
func plainSegment(frame uint64, flags tcp.Flags, seq, ack tcp.Seq, fromB bool) tcp.Segment {
	seg := tcp.Segment{Frame: frame, Time: int64(frame) * 20e9, Flags: flags, Seq: seq, Ack: ack, Window: 60000,
		Checksum: tcp.ChecksumGood, TTL: 64, IPID: uint16(frame), Path: oddKey.Path}
	seg.Src, seg.SrcPort, seg.Dst, seg.DstPort = oddKey.A, oddKey.APort, oddKey.B, oddKey.BPort
	if fromB {
		seg.Src, seg.SrcPort, seg.Dst, seg.DstPort = oddKey.B, oddKey.BPort, oddKey.A, oddKey.APort
	}
	return seg
}

// TestWhatIsSeenAtOnce: what may begin another life of the four-tuple wakes the full tracker, and
// nothing else does.
func TestWhatIsSeenAtOnce(t *testing.T) {
	const s, a, r, f = tcp.SYN, tcp.ACK, tcp.RST, tcp.FIN
	type sent struct {
		flags    tcp.Flags
		seq, ack tcp.Seq
		fromB    bool
	}
	for name, c := range map[string]struct {
		segments []sent
		wakes    bool
	}{
		"the SYN again, which nobody answers":       {[]sent{{s, 100, 0, false}, {s, 100, 0, false}, {s, 100, 0, false}}, false},
		"another SYN":                               {[]sent{{s, 100, 0, false}, {s, 100, 0, false}, {s, 900, 0, false}}, true},
		"the SYN again after its answer":            {[]sent{{s, 100, 0, false}, {s | a, 500, 101, true}, {s, 100, 0, false}}, true},
		"the SYN,ACK again":                         {[]sent{{s, 100, 0, false}, {s | a, 500, 101, true}, {s | a, 500, 101, true}}, false},
		"another SYN,ACK":                           {[]sent{{s, 100, 0, false}, {s | a, 500, 101, true}, {s | a, 700, 101, true}}, true},
		"a refused SYN":                             {[]sent{{s, 100, 0, false}, {r | a, 0, 101, true}}, false},
		"a SYN after a refusal":                     {[]sent{{s, 100, 0, false}, {r | a, 0, 101, true}, {s, 100, 0, false}}, true},
		"a client that gives up":                    {[]sent{{s, 100, 0, false}, {r, 101, 0, false}}, true},
		"in mid-stream":                             {[]sent{{a, 100, 500, false}, {a, 500, 100, true}, {r, 500, 0, true}}, false},
		"in mid-stream, far beyond what is offered": {[]sent{{a, 100, 500, false}, {a, 500, 100, true}, {a, 200_000, 500, false}}, true},
		"behind its own FIN":                        {[]sent{{a, 100, 500, false}, {f | a, 100, 500, false}, {a, 103, 500, false}}, true},
		"a SYN,ACK alone":                           {[]sent{{s | a, 500, 101, true}}, false},
	} {
		store := &Store{Later: true, Env: &infer.Env{NextID: func() uint64 { return 1 }, Ended: func(*fsm.Life) {},
			Listens: func(tcp.Addr, uint16, uint64) bool { return false }}}
		var conn Conn
		for i, x := range c.segments {
			seg := plainSegment(uint64(i+1), x.flags, x.seq, x.ack, x.fromB)
			store.Observe(&conn, &oddKey, &seg, x.fromB)
			if i < len(c.segments)-1 && conn.pair != 0 {
				t.Fatalf("%s: segment %d of it wakes the full tracker already", name, i+1)
			}
		}
		if got := conn.pair != 0; got != c.wakes {
			t.Errorf("%s: the full tracker is awake: %v, want %v", name, got, c.wakes)
		}
	}
}
