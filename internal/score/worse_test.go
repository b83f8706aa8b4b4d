package score

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/tcp"
)

// worse is a way in which a capture can be worse than it might be: it gives the records that are left.
type worse struct {
	name string
	take func(segs []tcp.Segment, rng *rand.Rand) []tcp.Segment
}

var worsenings = []worse{
	{"1 % lost", lose(0.01)},
	{"5 % lost", lose(0.05)},
	{"begun late", func(segs []tcp.Segment, rng *rand.Rand) []tcp.Segment { return segs[rng.IntN(len(segs)):] }},
	{"one direction", func(segs []tcp.Segment, rng *rand.Rand) []tcp.Segment {
		port := segs[rng.IntN(len(segs))].SrcPort
		return slices.DeleteFunc(segs, func(s tcp.Segment) bool { return s.Kind == tcp.KindTCP && s.SrcPort != port })
	}},
	{"doubled", double},
	{"flags only", func(segs []tcp.Segment, _ *rand.Rand) []tcp.Segment {
		return slices.DeleteFunc(segs, func(s tcp.Segment) bool {
			return s.Kind == tcp.KindTCP && !s.Flags.Any(tcp.SYN|tcp.FIN|tcp.RST)
		})
	}},
}

// lose leaves records out at random.
func lose(share float64) func([]tcp.Segment, *rand.Rand) []tcp.Segment {
	return func(segs []tcp.Segment, rng *rand.Rand) []tcp.Segment {
		return slices.DeleteFunc(segs, func(tcp.Segment) bool { return rng.Float64() < share })
	}
}

// double records each packet a second time, 2 µs later.
func double(segs []tcp.Segment, _ *rand.Rand) []tcp.Segment {
	var out []tcp.Segment
	for _, s := range segs {
		twin := s
		twin.Time += 2_000
		out = append(out, s, twin)
	}
	slices.SortStableFunc(out, func(a, b tcp.Segment) int { return int(a.Time - b.Time) })
	return out
}

// aboutCapture are the codes that say what a capture is worth.
var aboutCapture = []string{"capture-gap", "one-way-capture", "duplicate-packets"}

// unexplained are the findings that a worse capture gives and the whole one does not, with the reason why no observer of what is left could
// know better.
var unexplained = map[[3]string]string{
	{"stale-rst/exact-", "flags only", "handshake-incomplete"}:          "a stray RST comes before the SYN,ACK would have been repeated",
	{"abortive-close/", "5 % lost", "close-with-unread-data"}:           "the record that tells was lost, and nothing acknowledged it",
	{"stray-segment/data-beyond-", "5 % lost", "retransmission-burst"}:  "the ACKs that show a retransmission to be needless were lost",
	{"syn-in-last-ack/", "5 % lost", "syn-in-last-ack"}:                 "it is what happened, told by one of its other signs",
	{"syn-in-last-ack/", "flags only", "fin-meets-syn-sent"}:            "it happened too, after the ACK that is left out",
	{"challenge-ack-syn/", "begun late", "old-duplicate-segment"}:       "a stray SYN is the first record: the connection that it disturbs came before it",
	{"time-wait-restarted/rst-", "begun late", "rst-out-of-window"}:     "it happened, to a side that is not seen to be in TIME-WAIT",
	{"time-wait-old-data/rfc1337-0-", "begun late", "reset-mid-stream"}: "nothing that is left tells that the connection had been closed",
}

// TestWorseCaptures takes records from every recording of real stacks' doings, or doubles them. What is found then, and is more than
// possible, must be found in the whole capture too, there or as the symptom of something that is.
func TestWorseCaptures(t *testing.T) {
	dirs, err := lab.Find(recordings)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		if strings.Contains(dir, "/fuzz-") || strings.Contains(dir, "/probe-") {
			continue // what is forged there means nothing without what went before
		}
		rec, err := lab.ReadRecording(dir)
		if err != nil {
			t.Fatal(err)
		}
		hosts, err := Hosts(rec.Meta.Sysctl)
		if err != nil {
			t.Fatal(err)
		}
		for _, tap := range Taps {
			if slices.Contains(rec.Meta.Captures, tap+".pcap") {
				worsen(t, rec, tap, hosts)
			}
		}
	}
}

// worsen takes records from one capture in all ways.
func worsen(t *testing.T, rec *lab.Recording, tap string, hosts fsm.Hosts) {
	all := segmentsOf(t, rec.Capture(tap))
	if len(all) == 0 {
		return
	}
	whole := codesOf(slices.Clone(all), hosts, findings.Possible)
	for _, w := range worsenings {
		for seed := range uint64(3) {
			for code, title := range codesOf(w.take(slices.Clone(all), rand.New(rand.NewPCG(seed, 7))), hosts, findings.Likely) {
				if whole[code] == "" && !supported(rec, w.name, code, whole) {
					t.Errorf("%s %s, %s (%d): found %s: %s", rec.Dir, tap, w.name, seed, code, title)
				}
			}
		}
	}
}

// supported reports whether a finding says what a capture is worth, or a symptom of what the whole capture shows, or that a reset ended a
// connection where one did, or is a known exception.
func supported(rec *lab.Recording, way, code string, whole map[string]string) bool {
	if slices.Contains(aboutCapture, code) || code == "reset-mid-stream" && len(rec.Events(lab.KindResetReceived)) > 0 {
		return true
	}
	for _, r := range findings.Catalogue() {
		if whole[r.Code] != "" && slices.Contains(r.Absorbs, code) {
			return true
		}
	}
	for e := range unexplained {
		if strings.Contains(rec.Dir, "/"+e[0]) && e[1] == way && e[2] == code {
			return true
		}
	}
	return false
}

// segmentsOf reads a capture.
func segmentsOf(t *testing.T, file string) (all []tcp.Segment) {
	t.Helper()
	src, err := capture.OpenFiles([]string{file}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for seg, err := range capture.Segments(src) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, *seg)
	}
	return all
}

// codesOf gives the codes above info that are found in segments and are at least so sure, each with a title.
func codesOf(segs []tcp.Segment, hosts fsm.Hosts, sure findings.Confidence) map[string]string {
	r := &replay{steps: map[uint64]fsm.Step{}, engine: findings.NewEngine(findings.Config{Hosts: hosts})}
	t := track.New(track.Config{Hosts: hosts}, r)
	for i := range segs {
		segs[i].Frame = uint64(i + 1)
		t.Observe(&segs[i])
	}
	t.Finish()
	r.findings = findings.Untold(append(r.findings, r.engine.Finish(findings.CaptureFacts{})...))
	codes := map[string]string{}
	for _, f := range r.findings {
		if f.Severity > findings.Info && f.Confidence >= sure {
			codes[f.Code] = f.Title
		}
	}
	return codes
}
