// Package redact takes out of a run what must not leave the house, before anything is made of it:
// every renderer, and the writer of annotated captures, only ever sees what is left.
//
// Addresses are replaced by others, the same ones throughout, so that two that share a prefix still
// do (Crypto-PAn). Packets keep the headers that lastack reads, their lengths and sequence numbers;
// payload and all that is not known to be harmless becomes zeros, and the names of files and
// interfaces, MAC addresses, and packets without a TCP segment are dropped. Times can be moved.
// Analyzing what is left gives the same findings.
package redact

import (
	"net/netip"
	"time"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// Redactor redacts one run. It is not safe for concurrent use.
type Redactor struct {
	pan   *cryptoPAn
	shift int64 // nanoseconds, of whole seconds
	addrs map[tcp.Addr]tcp.Addr
	paths map[uint32]uint32
}

// maxAddrs bounds how many addresses are remembered rather than computed again.
const maxAddrs = 1 << 20

// New makes a redactor. The same key gives the same addresses. Times are moved by whole seconds of
// shift.
func New(key [KeySize]byte, shift time.Duration) *Redactor {
	return &Redactor{pan: newCryptoPAn(key), shift: int64(shift.Truncate(time.Second)), addrs: make(map[tcp.Addr]tcp.Addr),
		paths: make(map[uint32]uint32)}
}

// Addr gives the address that stands for another.
func (r *Redactor) Addr(a tcp.Addr) tcp.Addr {
	if b, ok := r.addrs[a]; ok {
		return b
	}
	if len(r.addrs) == maxAddrs {
		clear(r.addrs)
	}
	first := 0
	if ip := a.Netip(); ip.Is4() || ip.Is4In6() {
		first = 12 // the prefix that says what it is stays
	}
	b := a
	r.pan.anonymize(b[first:])
	r.addrs[a] = b
	return b
}

// Hosts gives the settings of hosts to the addresses that stand for theirs.
func (r *Redactor) Hosts(h fsm.Hosts) fsm.Hosts {
	redacted := make(map[tcp.Addr]fsm.Host, len(h.ByAddr))
	for a, host := range h.ByAddr {
		redacted[r.Addr(a)] = host
	}
	h.ByAddr = redacted
	return h
}

// Stacks gives what hosts were said to run to the addresses that stand for theirs. Networks stay
// networks: common prefixes do.
func (r *Redactor) Stacks(s fsm.Stacks) fsm.Stacks {
	redacted := fsm.Stacks{All: s.All, ByAddr: make(map[tcp.Addr]fsm.Stack, len(s.ByAddr))}
	for a, stack := range s.ByAddr {
		redacted.ByAddr[r.Addr(a)] = stack
	}
	for _, n := range s.ByNet {
		net := netip.PrefixFrom(r.Addr(tcp.AddrFrom(n.Net.Addr())).Netip(), n.Net.Bits()).Masked()
		redacted.ByNet = append(redacted.ByNet, fsm.NetStack{Net: net, Stack: n.Stack})
	}
	return redacted
}

// segment redacts a decoded segment.
func (r *Redactor) segment(seg *tcp.Segment) {
	seg.Time += r.shift
	seg.Src, seg.Dst = r.Addr(seg.Src), r.Addr(seg.Dst)
	if seg.Kind == tcp.KindICMP {
		seg.ICMPFrom = r.Addr(seg.ICMPFrom)
	}
	if seg.Path != 0 {
		seg.Path = r.path(seg.Path)
	}
}

// path gives the encapsulation with redacted ends.
func (r *Redactor) path(id uint32) uint32 {
	p, ok := r.paths[id]
	if !ok {
		p = capture.MapPath(id, r.Addr)
		r.paths[id] = p
	}
	return p
}
