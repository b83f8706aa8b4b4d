package capture

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// ngBlock makes a pcapng block, its body padded to four bytes.
func ngBlock(order binary.AppendByteOrder, kind uint32, body ...[]byte) []byte {
	b := join(body...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	n := uint32(len(b) + 12)
	return appendAll(order, append(appendAll(order, nil, kind, n), b...), n)
}

func ngSection(order binary.AppendByteOrder) []byte {
	return ngBlock(order, BlockSection, appendAll(order, nil, byteOrderMagic), order.AppendUint16(nil, 1), make([]byte, 10))
}

func ngInterface(order binary.AppendByteOrder, link LinkType, snap uint32, options ...[]byte) []byte {
	return ngBlock(order, BlockInterface, order.AppendUint16(nil, uint16(link)), make([]byte, 2), appendAll(order, nil, snap), join(options...))
}

func ngOption(order binary.AppendByteOrder, code uint16, value ...byte) []byte {
	b := append(order.AppendUint16(order.AppendUint16(nil, code), uint16(len(value))), value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// ngPacket makes a little-endian Enhanced Packet Block of the first interface.
func ngPacket(packet []byte) []byte { return ngPacketOf(binary.LittleEndian, 0, 0, packet) }

func ngPacketOf(order binary.AppendByteOrder, iface uint32, time uint64, packet []byte) []byte {
	n := uint32(len(packet))
	return ngBlock(order, BlockEnhanced, appendAll(order, nil, iface, uint32(time>>32), uint32(time), n, n), packet)
}

// TestPcapng reads a file with all block types, two sections of different byte orders, and several
// interfaces.
func TestPcapng(t *testing.T) {
	le, be := binary.LittleEndian, binary.BigEndian
	raw, frame := data4().ip(), ether(0x86dd, data6().ip())
	n := uint32(len(raw))
	file := join(
		ngSection(le),
		ngInterface(le, LinkRaw, 0, ngOption(le, optIfName, 'e', 't', 'h', '0'), ngOption(le, OptIfTSResol, 9), ngOption(le, optEnd)),
		ngInterface(le, LinkEthernet, 96, ngOption(le, OptIfTSOffset, 100, 0, 0, 0, 0, 0, 0, 0)),
		ngBlock(le, 0x80000123, []byte("somebody's own block")),
		ngPacketOf(le, 0, 1_000_000_007, raw),
		ngPacketOf(le, 1, 2_000_000, frame),
		ngBlock(le, blockSimple, appendAll(le, nil, n), raw),
		ngBlock(le, blockJournal, []byte("MESSAGE=hello")),
		ngBlock(le, blockPacketOld, appendAll(le, nil, 1, 0, 3_000_000, uint32(len(frame)), uint32(len(frame))), frame),
		ngBlock(le, BlockStatistics, appendAll(le, nil, 1, 0, 0), ngOption(le, OptStatsReceived, 10, 0, 0, 0, 0, 0, 0, 0),
			ngOption(le, OptStatsIfDropped, 2, 0, 0, 0, 0, 0, 0, 0), ngOption(le, OptStatsOSDropped, 3, 0, 0, 0, 0, 0, 0, 0)),
		ngSection(be),
		ngInterface(be, LinkRaw, 0, ngOption(be, OptIfTSResol, 0x8a)), // 2^-10 s
		ngPacketOf(be, 0, 5<<10|512, raw),
	)
	segs, stats, err := readAll(t, Options{}, write(t, "x", file))
	if err != nil {
		t.Fatal(err)
	}
	type brief struct {
		frame uint64
		time  int64
		iface uint16
	}
	var got []brief
	for _, s := range segs {
		got = append(got, brief{s.Frame, s.Time, s.Iface})
	}
	// The simple packet has no time and takes the last one's; the journal entry has a number and is
	// no packet.
	want := []brief{{1, 1_000_000_007, 0}, {2, 102e9, 1}, {3, 102e9, 0}, {5, 103e9, 1}, {6, 5_500_000_000, 2}}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	wantIfaces := []Interface{
		{Name: "eth0", Link: LinkRaw, Packets: 2},
		{Link: LinkEthernet, SnapLen: 96, Packets: 2, HasCounts: true, Received: 10, IfDropped: 2, Dropped: 3},
		{Link: LinkRaw, Packets: 1},
	}
	if file := stats.Files[0]; file.Format != "pcapng" || !slices.Equal(file.Interfaces, wantIfaces) || stats.Packets != 6 ||
		stats.Skipped[SkipNotPacket] != 1 {
		t.Errorf("statistics %+v", stats)
	}
}

// TestSimplePacketSnapLength: how much of a simple packet was captured follows from the interface's
// snap length.
func TestSimplePacketSnapLength(t *testing.T) {
	le, packet := binary.LittleEndian, data4().ip()
	file := join(ngSection(le), ngInterface(le, LinkRaw, 41),
		ngBlock(le, blockSimple, appendAll(le, nil, uint32(len(packet))), packet[:41]))
	segs, _, err := readAll(t, Options{}, write(t, "x", file))
	if err != nil || len(segs) != 1 || segs[0].Len != 5 || segs[0].Cut == 0 {
		t.Errorf("%+v, %v", segs, err)
	}
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		resolution byte
		offset     int64
		units      uint64
		want       int64
	}{
		{0, 0, 7, 7e9},
		{3, 0, 7001, 7_001_000_000},
		{6, 0, 1_700_000_000_123_456, 1_700_000_000_123_456_000},
		{9, 0, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789},
		{12, 0, 1_700_000_000_123_456, 1_700_000_000_123},
		{19, 0, 15_000_000_000_000_000_000, 1_500_000_000},
		{0x80, 0, 7, 7e9},
		{0x80 | 32, 0, 7<<32 | 1<<31, 7_500_000_000},
		{0x80 | 63, 0, 1<<63 | 1<<62, 1_500_000_000},
		{6, -5, 7_000_000, 2e9},
		{0, 0, 1 << 63, latest},
	} {
		clock, err := newClock(c.resolution, c.offset)
		if err != nil {
			t.Errorf("resolution %#x: %v", c.resolution, err)
		} else if got := clock.nanoseconds(c.units); got != c.want {
			t.Errorf("resolution %#x, %d units: %d, want %d", c.resolution, c.units, got, c.want)
		}
	}
	for _, resolution := range []byte{20, 0x7f, 0x80 | 64, 0xff} {
		if _, err := newClock(resolution, 0); err == nil {
			t.Errorf("resolution %#x: no error", resolution)
		}
	}
}

// TestPcapngNonsense: each impossible block ends the file with an error that says what is wrong.
func TestPcapngNonsense(t *testing.T) {
	le := binary.LittleEndian
	head := join(ngSection(le), ngInterface(le, LinkRaw, 0))
	disagreeing := ngPacket(data4().ip())
	disagreeing[len(disagreeing)-1] ^= 1
	for _, c := range []struct {
		name, want string
		block      []byte
	}{
		{"length 13", "13 bytes long", appendAll(le, nil, BlockEnhanced, 13, 0, 0)},
		{"length 8", "8 bytes long", appendAll(le, nil, BlockEnhanced, 8, 0, 0)},
		{"huge packet block", "long", appendAll(le, nil, BlockEnhanced, 1<<31, 0, 0)},
		{"lengths disagree", "at its end", disagreeing},
		{"no such interface", "interface 9", ngPacketOf(le, 9, 0, data4().ip())},
		{"captured more than the block", "room for", ngBlock(le, BlockEnhanced, appendAll(le, nil, 0, 0, 0, 99, 99))},
		{"captured more than the limit", "room for", ngBlock(le, BlockEnhanced, appendAll(le, nil, 0, 0, 0, maxCaptured+1, 9), make([]byte, maxCaptured+1))},
		{"short enhanced", "too short", ngBlock(le, BlockEnhanced, make([]byte, 16))},
		{"short old packet", "too short", ngBlock(le, blockPacketOld, make([]byte, 16))},
		{"short simple", "too short", ngBlock(le, blockSimple)},
		{"short interface", "too short", ngBlock(le, BlockInterface, make([]byte, 4))},
		{"short statistics", "too short", ngBlock(le, BlockStatistics, make([]byte, 8))},
		{"statistics of no interface", "interface 9", ngBlock(le, BlockStatistics, appendAll(le, nil, 9, 0, 0))},
		{"simple packet beyond its block", "room for", ngBlock(le, blockSimple, appendAll(le, nil, 99))},
		{"time resolution", "resolution", ngInterface(le, LinkRaw, 0, ngOption(le, OptIfTSResol, 77))},
		{"section without byte order", "byte-order", ngBlock(le, BlockSection, make([]byte, 16))},
		{"section version", "version 9.0", ngBlock(le, BlockSection, appendAll(le, nil, byteOrderMagic, 9), make([]byte, 8))},
	} {
		t.Run(c.name, func(t *testing.T) {
			segs, _, err := readAll(t, Options{}, write(t, "x", join(head, ngPacket(data4().ip()), c.block, make([]byte, 64))))
			var re *ReadError
			if !errors.As(err, &re) || !strings.Contains(err.Error(), c.want) || re.Offset < int64(len(head)) || len(segs) != 1 {
				t.Errorf("%d segments, %v", len(segs), err)
			}
		})
	}
	if _, _, err := readAll(t, Options{}, write(t, "x", join(ngSection(le), ngBlock(le, blockSimple, appendAll(le, nil, 0))))); err == nil {
		t.Error("simple packet before any interface: no error")
	}
}

// TestLongUnknownBlock: a block of another program's, longer than any that is read as a whole, is
// passed over.
func TestLongUnknownBlock(t *testing.T) {
	le := binary.LittleEndian
	long := ngBlock(le, 0x80000123, make([]byte, maxBlock))
	file := join(ngSection(le), ngInterface(le, LinkRaw, 0), ngPacket(data4().ip()), long, ngPacket(data4().ip()))
	if segs, _, err := readAll(t, Options{}, write(t, "x", file)); err != nil || len(segs) != 2 {
		t.Errorf("%d segments, %v", len(segs), err)
	}
	if segs, _, err := readAll(t, Options{}, write(t, "x", file[:maxBlock/2])); !errors.Is(err, io.ErrUnexpectedEOF) || len(segs) != 1 {
		t.Errorf("cut: %d segments, %v", len(segs), err)
	}
}
