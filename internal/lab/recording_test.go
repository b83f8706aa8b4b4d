package lab_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
)

const recordings = "../../testdata/lab"

// TestRecordings holds every recording in the repository against itself: what the truth tells must
// be in the captures.
func TestRecordings(t *testing.T) {
	dirs, err := lab.Find(recordings)
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no recordings below %s: %v", recordings, err)
	}
	for _, dir := range dirs {
		name, _ := filepath.Rel(recordings, dir)
		t.Run(name, func(t *testing.T) {
			r, err := lab.ReadRecording(dir)
			if err != nil {
				t.Fatal(err)
			}
			checkMeta(t, r)
			if _, dumped := r.Meta.Params["tcpdump"]; dumped {
				checkDumped(t, r)
			} else {
				checkPackets(t, r)
			}
			checkDrops(t, r)
			checkTransitions(t, r)
		})
	}
}

func checkMeta(t *testing.T, r *lab.Recording) {
	m := r.Meta
	if m.Scenario == "" || m.Note == "" || m.Kernel == "" || len(m.Captures) == 0 {
		t.Errorf("%s lacks something: %+v", lab.MetaFile, m)
	}
	if len(m.Known) == 0 {
		t.Error("nothing says how it is known what happened")
	}
	for _, name := range m.Captures {
		if _, err := os.Stat(filepath.Join(r.Dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// readCapture reads a tap's capture and checks that time does not go back.
func readCapture(t *testing.T, r *lab.Recording, tap string) []packet.Record {
	f, err := os.Open(r.Capture(tap))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := packet.ReadPcap(f)
	if err != nil {
		t.Fatal(err)
	}
	var last time.Time
	for i, rec := range records {
		if rec.Time.Before(last) {
			t.Errorf("%s: record %d goes back in time", tap, i+1)
		}
		last = rec.Time
	}
	return records
}

// checkPackets holds the frame numbers of packet events against the captures' records.
func checkPackets(t *testing.T, r *lab.Recording) {
	for _, tap := range []string{lab.Initiator, lab.Middle, lab.Responder} {
		records := readCapture(t, r, tap)
		claimed := 0
		for _, e := range r.Events(lab.KindPacket) {
			n := e.Wire.Frames[tap]
			if n == 0 {
				continue
			}
			claimed++
			if n > len(records) {
				t.Fatalf("%s: packet %d claims record %d of %d", tap, e.Packet, n, len(records))
			}
			if e.Segment.ICMP != "" {
				continue
			}
			s, length, err := packet.Parse(records[n-1].Data)
			if err != nil || s.Seq != e.Segment.Seq || s.Ack != e.Segment.Ack || s.Flags.String() != e.Segment.Flags ||
				length != e.Segment.Len || s.Src != e.Segment.Src || s.Dst != e.Segment.Dst {
				t.Errorf("%s: record %d is not packet %d: %+v %v", tap, n, e.Packet, s, err)
			}
		}
		if r.Meta.Scenario != "capture-doubled" && claimed != len(records) {
			t.Errorf("%s: %d records, %d packets", tap, len(records), claimed)
		}
	}
}

// checkDumped holds that what one host's tcpdump has of a packet the other's has, too: the kernel's
// own devices lose nothing.
func checkDumped(t *testing.T, r *lab.Recording) {
	packets := r.Events(lab.KindPacket)
	if len(packets) == 0 {
		t.Error("no packets")
	}
	for _, e := range packets {
		if !e.Wire.Delivered || e.Wire.Frames[lab.Initiator] == 0 || e.Wire.Frames[lab.Responder] == 0 {
			t.Errorf("packet %d is not in both captures: %v", e.Packet, e.Wire.Frames)
		}
	}
}

// checkDrops looks for the delivered packet of each refused segment.
func checkDrops(t *testing.T, r *lab.Recording) {
	delivered := make(map[int]string)
	for _, e := range r.Events(lab.KindPacket) {
		if e.Wire.Delivered {
			delivered[e.Packet] = e.Wire.To
		}
		if e.Wire.Delivered == e.Wire.Arrived.IsZero() {
			t.Errorf("packet %d: delivered %v, arrived %v", e.Packet, e.Wire.Delivered, e.Wire.Arrived)
		}
	}
	for _, e := range r.Events(lab.KindDrop) {
		// It was dropped later, while the kernel dealt with another segment.
		queued := (e.Reason == "TCP_OFO_DROP" || e.Reason == "TCP_OFOMERGE") && e.Packet == 0
		if e.Discard() && !queued && delivered[e.Packet] != e.Host {
			t.Errorf("%s dropped %+v (%s), which was never delivered to it", e.Host, *e.Segment, e.Reason)
		}
	}
}

// legal are the transitions that sock:inet_sock_set_state shows: TIME-WAIT as CLOSED, a passive
// opening from LISTEN.
var legal = map[string][]string{
	"CLOSED":       {"SYN-SENT", "LISTEN"},
	"LISTEN":       {"SYN-RECEIVED", "CLOSED"},
	"SYN-SENT":     {"ESTABLISHED", "SYN-RECEIVED", "CLOSED"},
	"SYN-RECEIVED": {"ESTABLISHED", "FIN-WAIT-1", "CLOSED", "CLOSE-WAIT"},
	"ESTABLISHED":  {"FIN-WAIT-1", "CLOSE-WAIT", "CLOSED"},
	"FIN-WAIT-1":   {"FIN-WAIT-2", "CLOSING", "CLOSED"},
	"FIN-WAIT-2":   {"CLOSED"},
	"CLOSE-WAIT":   {"LAST-ACK", "CLOSED"},
	"CLOSING":      {"CLOSED"},
	"LAST-ACK":     {"CLOSED"},
}

// checkTransitions holds each socket's transitions against the table, and against each other.
func checkTransitions(t *testing.T, r *lab.Recording) {
	type key struct {
		host   string
		socket int
	}
	state := make(map[key]string)
	for _, e := range r.Events(lab.KindTransition) {
		k := key{e.Host, e.Socket}
		if was, ok := state[k]; ok && was != e.From {
			t.Errorf("%s socket %d was in %s and leaves %s", e.Host, e.Socket, was, e.From)
		}
		state[k] = e.To
		ok := e.From == e.To // a socket that was shut down is closed (__tcp_close, tcp_close_state)
		for _, to := range legal[e.From] {
			ok = ok || to == e.To
		}
		if !ok {
			t.Errorf("%s socket %d: no way from %s to %s", e.Host, e.Socket, e.From, e.To)
		}
	}
}
