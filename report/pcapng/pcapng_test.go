package pcapng_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/report/pcapng"
	"github.com/lastack/lastack/report/rendertest"
)

const (
	// Frames 11 to 13 of the 23 are evidence about C1, which has frames 1 to 13.
	rejected = "../../testdata/lab/stories/time-wait-syn-rejected-kernels/ipv4-near-nots/initiator.pcap"
	healthy  = "../../testdata/lab/stories/close-four-segments/ipv4-near-initiator/initiator.pcap"
)

// annotate analyzes captures and gives the file that is written.
func annotate(t *testing.T, o pcapng.Options, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	rendertest.Analyze(t, pcapng.New(&out, capture.BlocksOf(files), o), files...)
	return out.Bytes()
}

// reread gives the packets of a file that was written, and the types of its other blocks.
func reread(t *testing.T, file []byte) (packets []capture.RawPacket, others []uint32) {
	t.Helper()
	err := capture.BlocksOf([]string{save(t, file)})(func(b *capture.Block) error {
		if b.Packet == nil {
			others = append(others, b.Type)
			return nil
		}
		p := *b.Packet
		p.Data, p.Options = slices.Clone(p.Data), slices.Clone(p.Options)
		packets = append(packets, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return packets, others
}

func save(t *testing.T, b []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "evidence.pcapng")
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// original gives the packets of a capture.
func original(t *testing.T, name string) []capture.RawPacket {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	packets, _ := reread(t, b)
	return packets
}

func same(a, b *capture.RawPacket) bool {
	return a.Stamp == b.Stamp && a.Units == b.Units && a.Wire == b.Wire && a.Link == b.Link && bytes.Equal(a.Data, b.Data)
}

// TestScopes writes what each scope says, each packet as it was captured.
func TestScopes(t *testing.T) {
	all := original(t, rejected)
	first := original(t, healthy)
	for name, test := range map[string]struct {
		scope pcapng.Scope
		want  []capture.RawPacket
	}{
		"evidence":    {pcapng.Evidence, all[10:13]},
		"connections": {pcapng.Connections, all[:13]},
		"all":         {pcapng.All, append(first, all...)},
	} {
		got, _ := reread(t, annotate(t, pcapng.Options{Scope: test.scope, MinSeverity: findings.Notice}, healthy, rejected))
		if !slices.EqualFunc(got, test.want, func(a, b capture.RawPacket) bool { return same(&a, &b) }) {
			t.Errorf("%s: %d packets, want %d", name, len(got), len(test.want))
		}
	}
}

// TestConnectionInTwoFiles: the packets of a connection are found though a TAP wrote each direction
// to a file of its own, where frames do not ascend with time.
func TestConnectionInTwoFiles(t *testing.T) {
	b, err := os.ReadFile(rejected)
	if err != nil {
		t.Fatal(err)
	}
	const server = 8080 // after IPv4 without options the source port
	parts := [2][]byte{slices.Clone(b[:24]), slices.Clone(b[:24])}
	for b = b[24:]; len(b) > 0; {
		n := 16 + int(binary.LittleEndian.Uint32(b[8:]))
		from := 1
		if binary.BigEndian.Uint16(b[16+20:]) == server {
			from = 0
		}
		parts[from], b = append(parts[from], b[:n]...), b[n:]
	}
	names := make([]string, 2)
	for i, part := range parts {
		names[i] = filepath.Join(t.TempDir(), "part.pcap")
		if err := os.WriteFile(names[i], part, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, _ := reread(t, annotate(t, pcapng.Options{Scope: pcapng.Connections, MinSeverity: findings.Notice}, names...))
	if want := original(t, rejected)[:13]; len(got) != len(want) {
		t.Errorf("%d packets, want %d", len(got), len(want))
	}
}

// TestComments says of each packet of evidence, under the number that it has in the input, what it
// proves and what became of it.
func TestComments(t *testing.T) {
	got, _ := reread(t, annotate(t, pcapng.Options{MinSeverity: findings.Notice}, rejected))
	for i, want := range []string{
		"lastack frame 11: F1 time-wait-syn-rejected: SYN that TIME-WAIT does not accept\n" +
			"C1: initiator SYN-SENT; responder TIME-WAIT; verdict discard (time-wait), response ack in frame 12",
		"lastack frame 12: F1 time-wait-syn-rejected: the old connection's last acknowledgment again\n",
		"lastack frame 13: F1 time-wait-syn-rejected: the client's reset of that\n",
	} {
		if i >= len(got) || !bytes.Contains(got[i].Options, []byte(want)) {
			t.Fatalf("packet %d: options %q lack %q", i, got[i].Options, want)
		}
	}
}

// TestOrdinaryEvidence: what proves how the capture was made is in the file, too, though the
// packets did nothing unusual: frames 1 and 2 of a capture that has each packet twice, and the
// first of one that begins inside a connection.
func TestOrdinaryEvidence(t *testing.T) {
	const (
		doubled   = "../../testdata/lab/stories/capture-doubled/ipv4-near/middle.pcap"
		midStream = "../../testdata/lab/stories/capture-mid-stream/ipv4-far-responder/middle.pcap"
	)
	for name, want := range map[string][]string{
		doubled:   {"duplicate-packets: first record of the packet", "duplicate-packets: second record of the same packet"},
		midStream: {"mid-stream: first segment in the capture"},
	} {
		got, _ := reread(t, annotate(t, pcapng.Options{}, name))
		all := original(t, name)
		if len(got) != len(want) {
			t.Fatalf("%s: %d packets, want %d", name, len(got), len(want))
		}
		for i := range want {
			if !same(&got[i], &all[i]) || !bytes.Contains(got[i].Options, []byte(want[i])) {
				t.Errorf("%s: packet %d has options %q", name, i+1, got[i].Options)
			}
		}
	}
}

// TestKept keeps what a pcapng input has besides: interfaces, time resolution, name resolution,
// blocks of unknown type, a packet's own comment.
func TestKept(t *testing.T) {
	const names, unknown = 4, 0x80000123
	var in bytes.Buffer
	packets := original(t, rejected)
	block := func(kind uint32, body ...byte) {
		n := uint32(len(body) + 12)
		in.Write(le(kind, n))
		in.Write(body)
		in.Write(le(n))
	}
	block(capture.BlockSection, append(le(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff), option(3, "Plan 9")...)...)
	block(capture.BlockInterface, append(le(uint32(packets[0].Link), 0), option(capture.OptIfTSResol, "\x89")...)...)
	block(names, append(option(1, "\xc0\x00\x02\x01host"), 0, 0, 0, 0)...)
	for _, p := range packets {
		body := append(le(0, uint32(p.Stamp>>32), uint32(p.Stamp), uint32(len(p.Data)), p.Wire), p.Data...)
		body = append(body, make([]byte, -len(body)&3)...)
		block(capture.BlockEnhanced, append(body, option(1, "theirs")...)...)
	}
	block(unknown, 1, 2, 3, 4)

	out := annotate(t, pcapng.Options{MinSeverity: findings.Notice}, save(t, in.Bytes()))
	got, others := reread(t, out)
	if want := []uint32{capture.BlockSection, capture.BlockInterface, names, unknown}; !slices.Equal(others, want) {
		t.Errorf("blocks %#x, want %#x", others, want)
	}
	if len(got) != 3 || got[0].Units != 512 || !bytes.Contains(got[0].Options, []byte("theirs")) {
		t.Errorf("packets %+v", got)
	}
	for _, want := range []string{"Plan 9", "\xc0\x00\x02\x01host", "lastack found:\nF1 error time-wait-syn-rejected C1 "} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("%q is lost", want)
		}
	}
}

func le(values ...uint32) (b []byte) {
	for _, v := range values {
		b = append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
	}
	return b
}

// option makes an option, and the end of the list.
func option(code byte, value string) []byte {
	b := append([]byte{code, 0, byte(len(value)), 0}, value...)
	return append(append(b, make([]byte, -len(b)&3)...), 0, 0, 0, 0)
}

// TestTshark opens what is written in another reader.
func TestTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	name := save(t, annotate(t, pcapng.Options{Scope: pcapng.All, MinSeverity: findings.Notice}, rejected, healthy))
	b, err := exec.Command("tshark", "-r", name, "-T", "fields", "-e", "frame.number", "-e", "frame.comment").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if want := len(original(t, rejected)) + len(original(t, healthy)); len(lines) != want {
		t.Errorf("tshark shows %d packets, want %d", len(lines), want)
	}
	if want := "11\tlastack frame 11: F1 time-wait-syn-rejected: SYN that TIME-WAIT does not accept"; !strings.HasPrefix(lines[10], want) {
		t.Errorf("tshark shows %q, want %q", lines[10], want)
	}
}
