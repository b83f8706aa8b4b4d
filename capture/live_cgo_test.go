//go:build cgo

package capture

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/lastack/lastack/tcp"
)

// openLoopback captures on the loopback interface, or skips the test where that is not allowed.
func openLoopback(t *testing.T, opt LiveOptions) LiveSource {
	t.Helper()
	opt.Iface = "lo"
	src, err := OpenLive(opt)
	var denied *PermissionError
	var unknown *UnknownInterfaceError
	if errors.As(err, &denied) || errors.As(err, &unknown) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// TestLive captures one real connection, then stops.
func TestLive(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	src := openLoopback(t, LiveOptions{Filter: "tcp port " + port, Timeout: 10 * time.Millisecond, Duration: time.Minute})
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var b Batch
	var all []tcp.Segment
	for len(all) < 3 {
		if err := src.Next(&b); err != nil {
			t.Fatalf("after %d segments: %v", len(all), err)
		}
		all = append(all, b.Segments...)
	}
	src.Stop()
	if err := src.Next(&b); err != io.EOF {
		t.Errorf("after Stop: %v", err)
	}
	for i, want := range []tcp.Flags{tcp.SYN, tcp.SYN | tcp.ACK, tcp.ACK} {
		if all[i].Flags != want || all[i].Frame != uint64(i+1) {
			t.Errorf("segment %d: %+v", i, all[i])
		}
	}
	src.Close()
	stats := src.Stats()
	if i := stats.Files[0].Interfaces[0]; !i.HasCounts || i.Received < 3 || i.Name != "lo" || i.SnapLen != DefaultSnapLen {
		t.Errorf("statistics %+v", stats)
	}
}

// TestLiveEnds: Duration and Count end a capture without a word from outside.
func TestLiveEnds(t *testing.T) {
	src := openLoopback(t, LiveOptions{Filter: "port 1", Timeout: 5 * time.Millisecond, Duration: 20 * time.Millisecond})
	var b Batch
	for err := error(nil); err != io.EOF; {
		if err = src.Next(&b); err != nil && err != io.EOF {
			t.Fatal(err)
		}
	}
	src = openLoopback(t, LiveOptions{Filter: "udp port 9", Timeout: 5 * time.Millisecond, Count: 2})
	c, err := net.Dial("udp", "127.0.0.1:9")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for err := error(nil); err != io.EOF; {
		c.Write([]byte("x")) // the port need not be open
		if err = src.Next(&b); err != nil && err != io.EOF {
			t.Fatal(err)
		}
	}
	if n := src.Stats().Packets; n != 2 {
		t.Errorf("%d packets, want 2", n)
	}
}

func TestLiveErrors(t *testing.T) {
	if _, err := OpenLive(LiveOptions{Iface: "nosuch0"}); err == nil || !strings.Contains(err.Error(), "nosuch0") {
		t.Errorf("unknown interface: %v", err)
	}
	if err := (&PermissionError{Iface: "eth0"}).Error(); !strings.Contains(err, "CAP_NET_RAW") || !strings.Contains(err, "setcap") {
		t.Errorf("permission: %v", err)
	}
	openLoopback(t, LiveOptions{}).Close()
	if _, err := OpenLive(LiveOptions{Iface: "lo", Filter: "tcp prot 80"}); err == nil || !strings.Contains(err.Error(), "syntax error") {
		t.Errorf("filter: %v", err)
	}
}
