package traffic

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var small = []Config{
	{Kind: Short, Connections: 200},
	{Kind: Short, Connections: 200, Format: Pcapng, SnapLen: 97},
	{Kind: Short, Connections: 20, Requests: 10},
	{Kind: Short, Connections: 200, Lossy: 10},
	{Kind: Bulk, Connections: 3, Packets: 2000},
	{Kind: Flood, Connections: 500, Answered: true},
}

func generate(t *testing.T, c Config) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Generate(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSameSettingsSameBytes: captures can be made again anywhere.
func TestSameSettingsSameBytes(t *testing.T) {
	for _, c := range small {
		first := generate(t, c)
		if !bytes.Equal(first, generate(t, c)) {
			t.Errorf("%+v: two captures differ", c)
		}
		c.Seed = 1
		if bytes.Equal(first, generate(t, c)) {
			t.Errorf("%+v: the seed changes nothing", c)
		}
	}
}

// TestTsharkFindsNothing: a second tool reads the captures to their end, and finds all checksums
// right and no segment out of the ordinary.
func TestTsharkFindsNothing(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	if testing.Short() {
		t.Skip("tshark takes a second a capture")
	}
	for _, c := range small {
		if c.Kind == Flood || c.Lossy > 0 {
			continue // its SYNs use ports again; its segments come again
		}
		if out := filtered(t, tshark, c, "tcp.analysis.flags or "+broken); len(out) > 0 {
			t.Errorf("%+v: tshark finds\n%s", c, out)
		}
	}
}

// TestTsharkFindsLosses: where responses are lost, their ends come again, in the given share of
// connections, and nothing else is odd.
func TestTsharkFindsLosses(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	if testing.Short() {
		t.Skip("tshark takes a second a capture")
	}
	lossy := Config{Kind: Short, Connections: 200, Lossy: 10}
	if out := filtered(t, tshark, lossy, "(tcp.analysis.flags and not tcp.analysis.retransmission) or "+broken); len(out) > 0 {
		t.Errorf("tshark finds\n%s", out)
	}
	if n := bytes.Count(filtered(t, tshark, lossy, "tcp.analysis.retransmission"), []byte("\n")); n < 10 || n > 30 {
		t.Errorf("of 200 connections %d send something again, want some 20", n)
	}
}

const broken = "tcp.checksum.status==0 or ip.checksum.status==0 or _ws.malformed or not tcp"

// filtered gives the lines that tshark prints of the segments for which a display filter holds.
func filtered(t *testing.T, tshark string, c Config, filter string) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(name, generate(t, c), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tshark, "-r", name, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-Y", filter).Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	return out
}

// TestErrors: what is not known is named.
func TestErrors(t *testing.T) {
	for _, c := range []Config{{Kind: "long"}, {Kind: Short, Format: "snoop"}} {
		if err := Generate(new(bytes.Buffer), c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
