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

// aboutCapture are the codes that say what a capture is worth.
var aboutCapture = []string{"capture-gap", "one-way-capture", "duplicate-packets", "clock-backwards"}

// unexplained are the findings that a worse capture gives and the whole one does not, with the reason why no observer of what is left could
// know better.
var unexplained = map[[3]string]string{
	{"stale-rst/exact-", "flags only", "handshake-incomplete"}:                 "a stray RST comes before the SYN,ACK would have been repeated",
	{"abortive-close/", "5 % lost", "close-with-unread-data"}:                  "the record that tells was lost, and nothing acknowledged it",
	{"stray-segment/data-beyond-", "5 % lost", "retransmission-burst"}:         "the ACKs that show a retransmission to be needless were lost",
	{"syn-in-last-ack/", "5 % lost", "syn-in-last-ack"}:                        "it is what happened, told by one of its other signs",
	{"syn-in-last-ack/", "flags only", "fin-meets-syn-sent"}:                   "it happened too, after the ACK that is left out",
	{"challenge-ack-syn/", "begun late", "old-duplicate-segment"}:              "a stray SYN is the first record: the connection that it disturbs came before it",
	{"time-wait-restarted/rst-", "begun late", "rst-out-of-window"}:            "it happened, to a side that is not seen to be in TIME-WAIT",
	{"time-wait-old-data/rfc1337-0-", "begun late", "reset-mid-stream"}:        "nothing that is left tells that the connection had been closed",
	{"syn-in-last-ack/", "FIN lost", "syn-in-last-ack"}:                        "it is what happened, told by one of its other signs",
	{"syn-in-last-ack/", "FIN lost", "last-ack-lost"}:                          "of the FIN and its repetition one is left, and what it brought about",
	{"syn-in-last-ack/", "1 ms out of order", "fin-meets-syn-sent"}:            "it happened too: the ACK between is recorded after it",
	{"syn-in-last-ack/", "out of order", "paws-discard"}:                       "it happened to the new SYN's socket: the old FIN is that much older",
	{"stale-rst/exact-", "burst lost", "syn-retransmitted"}:                    "the reset between two connections was lost, and the SYNs are alike",
	{"stale-data/outside-", "burst lost", "ack-of-unsent-data"}:                "the connection that it belongs to was lost, and the next one answers it",
	{"time-wait-old-data/", "burst lost", "old-duplicate-segment"}:             "it is one: its connection's end was lost",
	{"process-killed-unread/", "out of order", "abortive-close"}:               "only the order of the last data tells what was not read, as its text says",
	{"process-killed-unread/", "doubled by a router", "abortive-close"}:        "only the order of the last data tells what was not read, as its text says",
	{"tcpdump-any/", "out of order by the clock", "fin-retransmitted"}:         "second records of another interface that come before the first",
	{"tcpdump-any/", "doubled by a router", "keepalive-timeout"}:               "four records of a packet, of which two show the same interface",
	{"capture-doubled/", "out of order", "retransmission-burst"}:               "second records that come before the first",
	{"transfer-sequence-wrap/", "out of order", "retransmission-burst"}:        "without timestamps and IP IDs nothing tells a late record from a repetition",
	{"transfer-late-original/", "by the clock", "connection-recovered"}:        "the same: what was recorded late looks like a repetition",
	{"host-rebooted/", "out of order", "stale-rst"}:                            "it is a reset of the connection before, recorded after the new one's SYN",
	{"accept-queue-full/abort-0-seed", "burst lost", "paws-discard"}:           "it is that much older: what shows why it was dropped is lost",
	{"port-reuse-bound/ipv4-tcpdump-any", "by the clock", "fin-retransmitted"}: "second records of another interface that come before the first",
	{"syn-flood/cookies-1-", "out of order", "paws-discard"}:                   "the timestamp of a SYN cookie's answer is not the clock's",
}

// TestWorseCaptures takes records from every recording of real stacks' doings, doubles them or puts them out of order. What is found then, and is more than
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

// worsen makes one capture worse in all ways.
func worsen(t *testing.T, rec *lab.Recording, tap string, hosts fsm.Hosts) {
	all := segmentsOf(t, rec.Capture(tap))
	if len(all) == 0 {
		return
	}
	whole := codesOf(slices.Clone(all), hosts, findings.Possible)
	for _, w := range worsenings {
		if w.odd && strings.Contains(rec.Dir, "/wild/") {
			continue // random stories: for what comes of their records in another order nobody has looked for a reason
		}
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
		if strings.Contains(rec.Dir, "/"+e[0]) && strings.Contains(way, e[1]) && e[2] == code {
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
