package pcapng

import (
	"strings"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// conns tells which packets belong to the connections concerned: by their ends, and by the time
// between their first and last one, which keeps the incarnations of a four-tuple apart. Frames do
// not tell: of a connection whose directions are in two files the last frame may have a lower
// number.
type conns struct {
	all     []conn
	byEnds  map[ends][]span
	decoder capture.Decoder
}

// conn is what is kept of a connection until it is known whether it is concerned.
type conn struct {
	id   report.ConnID
	ends ends
	span span
}

// ends name a connection in one direction, with the encapsulation it is in.
type ends struct {
	a, b         tcp.Addr
	aPort, bPort uint16
	path         string
}

// span is a stretch of time, in nanoseconds.
type span struct{ first, last int64 }

func (c *conns) add(r *report.Connection) {
	e := ends{tcp.AddrFrom(r.Initiator.IP), tcp.AddrFrom(r.Responder.IP), r.Initiator.Port, r.Responder.Port, r.Path}
	during := span{int64(min(r.Start, r.End)), int64(max(r.Start, r.End))}
	c.all = append(c.all, conn{r.ID, e, during})
	if r.PathBack != "" {
		e.path = strings.TrimPrefix(r.PathBack, report.PathNone)
		c.all = append(c.all, conn{r.ID, e, during})
	}
}

// keep forgets the connections that are not concerned.
func (c *conns) keep(concern map[report.ConnID]bool) {
	c.byEnds = make(map[ends][]span)
	for _, one := range c.all {
		if concern[one.id] {
			c.byEnds[one.ends] = append(c.byEnds[one.ends], one.span)
		}
	}
	c.all = nil
}

// has reports whether a packet belongs to a connection that is concerned.
func (c *conns) has(b *capture.Block) bool {
	var seg tcp.Segment
	p := b.Packet
	if c.decoder.Decode(p.Link, p.Data, int(p.Wire), &seg) != capture.SkipNone {
		return false
	}
	path := capture.PathName(seg.Path)
	for _, e := range []ends{{seg.Src, seg.Dst, seg.SrcPort, seg.DstPort, path}, {seg.Dst, seg.Src, seg.DstPort, seg.SrcPort, path}} {
		for _, s := range c.byEnds[e] {
			if s.first <= b.Time && b.Time <= s.last {
				return true
			}
		}
	}
	return false
}
