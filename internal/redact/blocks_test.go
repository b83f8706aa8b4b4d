package redact

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/lastack/lastack/capture"
)

// blocks redacts some, and gives what is left.
func blocks(t *testing.T, r *Redactor, in ...capture.Block) (out []capture.Block) {
	t.Helper()
	all := func(give func(*capture.Block) error) error {
		for i := range in {
			if err := give(&in[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if err := r.Blocks(all)(func(b *capture.Block) error {
		c := *b
		c.Body = slices.Clone(b.Body)
		out = append(out, c)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// option makes an option with a value of four bytes or less.
func option(code byte, value string) []byte {
	return append([]byte{code, 0, byte(len(value)), 0}, append([]byte(value), make([]byte, -len(value)&3)...)...)
}

// TestBlocks keeps of a file what is needed to read its packets, and the place of what is numbered.
func TestBlocks(t *testing.T) {
	const names, secrets, journal = 4, 10, 9
	o := binary.LittleEndian
	body := func(fixed int, options ...[]byte) []byte {
		return append(bytes.Repeat([]byte{7}, fixed), append(bytes.Join(options, nil), 0, 0, 0, 0)...)
	}
	got := blocks(t, New([KeySize]byte{}, 0),
		capture.Block{Type: capture.BlockSection, Order: o, Body: body(16, option(1, "bank"), option(4, "bank"))},
		capture.Block{Type: capture.BlockInterface, Order: o,
			Body: body(8, option(2, "bank"), option(capture.OptIfTSResol, "\x09"), option(6, "bank"))},
		capture.Block{Type: names, Order: o, Body: []byte("bank")},
		capture.Block{Type: secrets, Order: o, Body: []byte("bank")},
		capture.Block{Type: journal, Order: o, Body: []byte("bank"), Frame: 1},
		capture.Block{Type: capture.BlockStatistics, Order: o, Body: body(12, option(1, "bank"), option(capture.OptStatsReceived, "1234"))},
	)
	want := []capture.Block{
		{Type: capture.BlockSection, Body: body(16)[:16]},
		{Type: capture.BlockInterface, Body: body(8, option(capture.OptIfTSResol, "\x09"))},
		{Type: capture.BlockCustom, Body: make([]byte, 4), Frame: 1},
		{Type: capture.BlockStatistics, Body: slices.Concat([]byte{7, 7, 7, 7}, make([]byte, 8),
			option(capture.OptStatsReceived, "1234"), make([]byte, 4))},
	}
	if !slices.EqualFunc(got, want, func(a, b capture.Block) bool {
		return a.Type == b.Type && a.Frame == b.Frame && bytes.Equal(a.Body, b.Body)
	}) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestPacketWithoutSegment leaves of a packet without a TCP segment its place and its time, moved.
func TestPacketWithoutSegment(t *testing.T) {
	arp := append(make([]byte, 12), 8, 6, 'b', 'a', 'n', 'k')
	got := blocks(t, New([KeySize]byte{}, -time.Second), capture.Block{Type: capture.BlockEnhanced, Order: binary.LittleEndian, Frame: 3,
		Packet: &capture.RawPacket{Link: capture.LinkEthernet, Stamp: 5_000_001, Units: 1e6, Data: arp, Wire: 60, Options: option(1, "bank")}})
	if len(got) != 1 || got[0].Frame != 3 {
		t.Fatalf("got %+v", got)
	}
	if p := got[0].Packet; p.Stamp != 4_000_001 || len(p.Data) != 0 || p.Wire != 60 || len(p.Options) != 0 {
		t.Errorf("got %+v", p)
	}
}
