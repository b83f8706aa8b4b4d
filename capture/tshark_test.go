package capture

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// tsharkFields are what tshark and this package both tell of a segment.
var tsharkFields = []string{"frame.number", "frame.time_epoch", "tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags",
	"tcp.len", "tcp.window_size_value", "tcp.options.timestamp.tsval", "ip.id", "ip.ttl", "ipv6.hlim"}

// tsharkLines asks tshark for the segments of a capture, a line each. Of fields that occur several
// times, as in tunnels, the last is the innermost.
func tsharkLines(t *testing.T, name string) []string {
	t.Helper()
	args := []string{"-r", name, "-Y", "tcp && !icmp && !icmpv6", "-T", "fields", "-E", "occurrence=l", "-E", "separator=|",
		"-o", "tcp.relative_sequence_numbers:FALSE", "-o", "ip.defragment:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE"}
	for _, f := range tsharkFields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command("tshark", args...).Output()
	if err != nil {
		t.Fatalf("tshark %s: %v", name, err)
	}
	text := strings.TrimRight(string(out), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// tsharkLine gives a segment as tsharkLines has it. tshark shows the acknowledgment number whether
// or not the flag is set, half of a timestamp option that was cut, and of a header that was cut
// only the ports: such fields are taken over from its line.
func tsharkLine(s *tcp.Segment, theirs string) string {
	f := strings.Split(theirs, "|")
	f[0], f[1] = fmt.Sprint(s.Frame), fmt.Sprintf("%d.%09d", s.Time/1e9, s.Time%1e9)
	f[2], f[3] = fmt.Sprint(s.SrcPort), fmt.Sprint(s.DstPort)
	if s.Cut&tcp.CutHeader == 0 {
		f[4] = fmt.Sprint(uint32(s.Seq))
		f[6], f[7], f[8] = fmt.Sprintf("0x%04x", uint16(s.Flags)), fmt.Sprint(s.Len), fmt.Sprint(s.Window)
	}
	if s.Flags.Has(tcp.ACK) {
		f[5] = fmt.Sprint(uint32(s.Ack))
	}
	switch {
	case s.Has(tcp.OptTimestamps):
		f[9] = fmt.Sprint(s.TSval)
	case s.Cut&tcp.CutOptions == 0:
		f[9] = ""
	}
	if s.IPv6 {
		f[12] = fmt.Sprint(s.TTL)
	} else {
		f[10], f[11] = fmt.Sprintf("0x%04x", s.IPID), fmt.Sprint(s.TTL)
	}
	return strings.Join(f, "|")
}

// TestTshark takes tshark's second opinion on all committed captures, and on the hand-built
// packets.
func TestTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("no tshark")
	}
	if testing.Short() {
		t.Skip("tshark takes a second a capture")
	}
	for _, name := range append(captures(t), handBuilt(t)) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			theirs := tsharkLines(t, name)
			all, _, err := readAll(t, Options{}, name)
			if err != nil {
				t.Fatal(err)
			}
			var ours []tcp.Segment
			for _, s := range all {
				if s.Kind == tcp.KindTCP {
					ours = append(ours, s)
				}
			}
			if len(ours) != len(theirs) {
				t.Fatalf("%d segments, tshark has %d", len(ours), len(theirs))
			}
			for i := range ours {
				if got := tsharkLine(&ours[i], theirs[i]); got != theirs[i] {
					t.Errorf("got    %s\ntshark %s", got, theirs[i])
				}
			}
		})
	}
}

// handBuilt writes the packets of wrapped that tshark decodes without being told how into a pcapng
// file, with blocks between them that hold no packet, of which some have a frame number.
func handBuilt(t *testing.T) string {
	t.Helper()
	le := binary.LittleEndian
	file := ngSection(le)
	ifaces := uint32(0)
	others := []uint32{blockJournal, BlockCustom, blockCustomNoCopy, blockSysdig, blockSysdigV2, blockSysdigV2Large, 4, 10, 0x80000123}
	for _, c := range wrapped {
		switch c.name {
		case "VXLAN Linux port, tagged", "MPLS pseudowire": // tshark has to be told of that port, and of control words
			continue
		}
		file = join(file, ngInterface(le, c.link, 0), ngPacketOf(le, ifaces, uint64(ifaces), c.packet))
		other := append(appendAll(le, nil, 1<<16, 1, 0, 1, 0, 26, 1), make([]byte, 12)...)
		file = append(file, ngBlock(le, others[int(ifaces)%len(others)], other)...)
		ifaces++
	}
	name := filepath.Join(t.TempDir(), "hand-built.pcapng")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
