package world

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/tcp"
)

// saveDumped copies what the tcpdumps wrote into a directory and gives the packets that both hosts'
// captures tell of.
func (w *World) saveDumped(dir string) (names []string, packets []*Packet, err error) {
	seen := map[string][]*Packet{}
	for _, d := range w.dumps {
		name := filepath.Base(d.file)
		names = append(names, name)
		if seen[d.host.Name], err = readDump(d.file, d.host.Name, d.twice); err != nil {
			return nil, nil, err
		}
		data, err := os.ReadFile(d.file)
		if err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), data, 0o644)); err != nil {
			return nil, nil, err
		}
	}
	packets = append(w.carried(lab.Initiator, lab.Responder, seen), w.carried(lab.Responder, lab.Initiator, seen)...)
	slices.SortStableFunc(packets, func(a, b *Packet) int { return a.sent.Compare(b.sent) })
	for i, p := range packets {
		p.id = i + 1
	}
	return names, packets, nil
}

// carried gives the packets from one host to another: as the sender's capture has them, with the
// records of the receiver's. Nothing is lost between them, nor cut up: what the one has as one
// segment the other has, too.
func (w *World) carried(from, to string, seen map[string][]*Packet) []*Packet {
	var packets []*Packet
	sender := w.Host(from)
	arrivals := slices.Clone(seen[to])
	for _, p := range seen[from] {
		if p.Src.Addr() != sender.Addr {
			continue
		}
		p.From, p.To = from, to
		i := slices.IndexFunc(arrivals, func(a *Packet) bool { return same(a.header(), p.header()) })
		if i >= 0 {
			a := arrivals[i]
			p.frames[to], p.arrived, p.delivered = a.frames[to], a.sent, true
			arrivals = slices.Delete(arrivals, i, i+1)
		}
		packets = append(packets, p)
	}
	return packets
}

// readDump reads the segments of a host's capture. Where it has each twice, from a bridge and from
// the device below, the second record of a packet follows the first before its sender can send the
// same again.
func readDump(file, host string, twice bool) (packets []*Packet, err error) {
	src, err := capture.OpenFiles([]string{file}, capture.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	var once []*Packet // of which the second record has not come
	for seg, err := range capture.Segments(src) {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if seg.Kind != tcp.KindTCP {
			continue
		}
		p := recorded(seg, host)
		first := slices.IndexFunc(once, func(o *Packet) bool { return same(o.header(), p.header()) })
		if first >= 0 {
			once = slices.Delete(once, first, first+1)
			continue
		}
		if twice {
			once = append(once, p)
		}
		packets = append(packets, p)
	}
	return packets, nil
}

// recorded makes a packet of a host's record of it.
func recorded(seg *tcp.Segment, host string) *Packet {
	p := &Packet{origin: "kernel", sent: time.Unix(0, seg.Time).UTC(), frames: map[string]int{host: int(seg.Frame)}}
	p.Segment = packet.Segment{Seq: uint32(seg.Seq), Ack: uint32(seg.Ack), Flags: seg.Flags, Window: seg.Window, TTL: seg.TTL,
		Payload: make([]byte, seg.Len)}
	p.Src, p.Dst = netip.AddrPortFrom(seg.Src.Netip(), seg.SrcPort), netip.AddrPortFrom(seg.Dst.Netip(), seg.DstPort)
	if seg.Has(tcp.OptTimestamps) {
		p.Options.HasTimestamp, p.Options.TSval, p.Options.TSecr = true, seg.TSval, seg.TSecr
	}
	return p
}
