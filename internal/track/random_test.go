package track

import (
	"math/rand/v2"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// TestRandomSegments does what FuzzTracker does with likely segments: common flags, numbers close
// to each other, mostly short steps in time. It reaches deeper states within its first second than
// the fuzzer does in its first minute.
func TestRandomSegments(t *testing.T) {
	runs := 3000
	if testing.Short() {
		runs = 300
	}
	for i := range runs {
		data := likely(rand.New(rand.NewPCG(uint64(i), 0)))
		runBothWays(t, data)
		if t.Failed() {
			t.Fatalf("seed %d: %q", i, data)
		}
	}
}

// likely makes up records that look like traffic.
func likely(r *rand.Rand) []byte {
	const ack = tcp.ACK
	flags := []tcp.Flags{tcp.SYN, tcp.SYN | ack, ack, ack, ack, ack, ack | tcp.PSH, ack | tcp.FIN, ack | tcp.FIN, tcp.RST, tcp.RST | ack}
	options := []tcp.OptionSet{0, tcp.OptTimestamps, tcp.OptTimestamps, tcp.OptSACK, tcp.OptWScale, tcp.OptFastOpen}
	out := []byte{byte(r.UintN(4))}
	stamps, ports := r.UintN(2) == 0, r.UintN(3)
	for range 4 + r.UintN(40) {
		from := byte(r.UintN(2))<<2 | byte(r.UintN(1+ports))
		if r.UintN(40) == 0 {
			from |= 0xe0
		}
		step := byte(r.UintN(7))
		if r.UintN(8) == 0 {
			step = byte(r.UintN(16))
		}
		mine, theirs := byte(0), byte(64)
		if from&4 != 0 {
			mine, theirs = theirs, mine
		}
		o := options[r.UintN(uint(len(options)))]
		if stamps {
			o |= tcp.OptTimestamps
		}
		rec := record{from: from, step: step, flags: flags[r.UintN(uint(len(flags)))], seq: mine + byte(r.UintN(5)), ack: theirs + byte(r.UintN(5)),
			len: byte(r.UintN(6)), win: byte(2 + r.UintN(5)), options: o, val: byte(r.UintN(8)), echo: byte(r.UintN(8))}
		if r.UintN(10) == 0 {
			rec.seq, rec.ack = byte(r.UintN(256)), byte(r.UintN(256))
		}
		if rec.flags == tcp.RST && r.UintN(2) == 0 {
			rec.options = 0
		}
		out = append(out, encode(0, rec)[1:]...)
	}
	return out
}
