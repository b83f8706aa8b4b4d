package capture_test

import (
	"bytes"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/internal/redact"
	"github.com/lastack/lastack/tcp"
)

// secrets are what the packets of the tests hold that must not be in a redacted one: addresses and
// payload.
var secrets = func() (all [][]byte) {
	for _, a := range []string{"192.0.2.1", "198.51.100.2", "2001:db8::1", "2001:db8:ffff::2", "10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2"} {
		all = append(all, netip.MustParseAddr(a).AsSlice())
	}
	return append(all, []byte("hel"), []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1})
}()

// redactOne gives what is left of a packet.
func redactOne(t testing.TB, r *redact.Redactor, p capture.WrappedPacket) []byte {
	t.Helper()
	var out []byte
	one := func(give func(*capture.Block) error) error {
		return give(&capture.Block{Type: capture.BlockEnhanced, Packet: &capture.RawPacket{Link: p.Link, Data: p.Packet, Wire: uint32(len(p.Packet))}})
	}
	err := r.Blocks(one)(func(b *capture.Block) error {
		out = slices.Clone(b.Packet.Data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// decode gives a packet's segment.
func decode(t *testing.T, link capture.LinkType, packet []byte) tcp.Segment {
	t.Helper()
	var d capture.Decoder
	var seg tcp.Segment
	if skip := d.Decode(link, packet, len(packet), &seg); skip != capture.SkipNone {
		t.Fatalf("skipped: %s", skip)
	}
	return seg
}

// TestRedacted redacts the segment in each encapsulation: it stays the same but for its addresses
// and the sum of its payload, and nothing that should go is left in the packet.
func TestRedacted(t *testing.T) {
	r := redact.New([redact.KeySize]byte{1, 2, 3}, time.Hour)
	for _, p := range capture.Wrapped() {
		t.Run(p.Name, func(t *testing.T) {
			out := redactOne(t, r, p)
			for _, s := range secrets {
				if bytes.Contains(out, s) {
					t.Errorf("% x is left in % x", s, out)
				}
			}
			got, want := decode(t, p.Link, out), decode(t, p.Link, p.Packet)
			if got.PayloadSum == want.PayloadSum {
				t.Errorf("payload sum %#x is as it was", got.PayloadSum)
			}
			checkRedacted(t, r, got, want)
		})
	}
}

// checkRedacted compares the segment of a redacted packet with the original one.
func checkRedacted(t testing.TB, r *redact.Redactor, got, want tcp.Segment) {
	t.Helper()
	if (got.PayloadSum == 0) != (want.PayloadSum == 0) {
		t.Errorf("payload sum %#x, was %#x", got.PayloadSum, want.PayloadSum)
	}
	want.Src, want.Dst = r.Addr(want.Src), r.Addr(want.Dst)
	if want.Kind == tcp.KindICMP {
		want.ICMPFrom = r.Addr(want.ICMPFrom)
	}
	want.Path = capture.MapPath(want.Path, r.Addr)
	want.PayloadSum = got.PayloadSum
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestRedactedMappedAddress: an IPv4 address that an IPv6 packet holds stays one, and is replaced
// by the address that stands for the IPv4 address, so that whoever knows of one that the other
// belongs to it still does.
func TestRedactedMappedAddress(t *testing.T) {
	r := redact.New([redact.KeySize]byte{1, 2, 3}, 0)
	p := capture.MappedInIPv6()
	want := decode(t, p.Link, p.Packet)
	out := redactOne(t, r, p)
	got := decode(t, p.Link, out)
	checkRedacted(t, r, got, want)
	src := got.Src.Netip()
	if four := r.Addr(tcp.AddrFrom(want.Src.Netip().Unmap())).Netip(); !src.Is4In6() || src.Unmap() != four || got.Src == want.Src {
		t.Errorf("%s became %s, its IPv4 address %s", want.Src.Netip(), src, four)
	}
	for _, s := range secrets {
		if bytes.Contains(out, s) {
			t.Errorf("%x is left", s)
		}
	}
}

// FuzzRedact redacts whatever bytes: what had a segment has the same one still, and what had none
// is empty.
func FuzzRedact(f *testing.F) {
	for _, p := range capture.Wrapped() {
		f.Add(uint16(p.Link), p.Packet)
	}
	err := capture.BlocksOf([]string{"testdata/icmp-nano.pcap"})(func(b *capture.Block) error {
		if b.Packet != nil {
			f.Add(uint16(b.Packet.Link), slices.Clone(b.Packet.Data))
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, link uint16, packet []byte) {
		r := redact.New([redact.KeySize]byte{7}, 0)
		out := redactOne(t, r, capture.WrappedPacket{Link: capture.LinkType(link), Packet: packet})
		var d capture.Decoder
		var want, got tcp.Segment
		if d.Decode(capture.LinkType(link), packet, len(packet), &want) != capture.SkipNone {
			if len(out) != 0 {
				t.Error("something is left")
			}
			return
		}
		if skip := d.Decode(capture.LinkType(link), out, len(packet), &got); skip != capture.SkipNone {
			t.Fatalf("skipped: %s", skip)
		}
		checkRedacted(t, r, got, want)
	})
}

// TestRedactedFiles redacts real packets, among them ICMP errors and packets that were cut: what is
// decoded stays the same.
func TestRedactedFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.pcap*")
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	r := redact.New([redact.KeySize]byte{4, 5, 6}, 0)
	original, redacted := segments(t, files, r.Source), segments(t, files, nil)
	for i := range redacted {
		redacted[i].PayloadSum, original[i].PayloadSum = 0, 0
	}
	if slices.Equal(original, redacted) || len(original) != len(redacted) {
		t.Error("nothing is redacted")
	}
	var d capture.Decoder
	i := 0
	err = r.Blocks(capture.BlocksOf(files))(func(b *capture.Block) error {
		var seg tcp.Segment
		if p := b.Packet; p == nil || d.Decode(p.Link, p.Data, int(p.Wire), &seg) != capture.SkipNone {
			return nil
		}
		want := original[i]
		seg.PayloadSum, seg.Time, seg.Frame, seg.File, seg.Iface = 0, want.Time, want.Frame, want.File, want.Iface
		if seg != want {
			t.Errorf("frame %d: got  %+v\nwant %+v", want.Frame, seg, want)
		}
		i++
		return nil
	})
	if err != nil || i != len(original) {
		t.Errorf("%d segments, want %d; %v", i, len(original), err)
	}
}

// segments reads files, one after the other, through a wrapper.
func segments(t *testing.T, files []string, wrap func(capture.Source) capture.Source) []tcp.Segment {
	t.Helper()
	var all []tcp.Segment
	for _, name := range files {
		source, err := capture.OpenFiles([]string{name}, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if wrap != nil {
			source = wrap(source)
		}
		var b capture.Batch
		for source.Next(&b) == nil {
			all = append(all, b.Segments...)
		}
		source.Close()
	}
	return all
}

// TestRedactedOuterChecksum: a tunnel's wrong checksum stays wrong, since findings tell it.
func TestRedactedOuterChecksum(t *testing.T) {
	r := redact.New([redact.KeySize]byte{1, 2, 3}, time.Hour)
	packet := capture.WrongOuter()
	out := redactOne(t, r, capture.WrappedPacket{Link: capture.LinkEthernet, Packet: packet})
	if !decode(t, capture.LinkEthernet, packet).OuterBad || !decode(t, capture.LinkEthernet, out).OuterBad {
		t.Error("the checksum is not taken to be wrong before and after")
	}
}
