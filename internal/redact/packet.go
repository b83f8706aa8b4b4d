package redact

import (
	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/tcp"
)

// packets redacts packets, one at a time.
type packets struct {
	decoder capture.Decoder
	out     []byte // used again
}

// redact gives a packet of the same length with the headers that lead to its TCP segment: what is
// not copied on purpose is zero. Nothing is left of a packet that has no segment. It is valid until
// the next call.
func (p *packets) redact(r *Redactor, link capture.LinkType, data []byte, wire int) []byte {
	var seg tcp.Segment
	headers, skip := p.decoder.Headers(link, data, wire, &seg)
	if skip != capture.SkipNone {
		return nil
	}
	p.out = append(p.out[:0], make([]byte, len(data))...)
	for _, h := range headers {
		copyHeader(r, h.Kind, p.out[h.Start:h.End], data[h.Start:h.End])
	}
	segment := headers[len(headers)-1]
	payload := p.out[segment.Start:segment.End]
	if seg.Content == tcp.ContentUnknown || seg.Content == tcp.ContentBlank {
		mark(r, payload, seg.PayloadSum, seg.Content)
	} else {
		payload = payload[headerLen(payload):]
		capture.StandIn(payload[:min(len(payload), int(seg.Len))], int(seg.Len), seg.Content)
	}
	r.segment(&seg)
	sum(p.out, headers, &seg)
	return p.out
}

// copyHeader copies what is harmless of a header into zeros. A kind of header that the decoder
// knows and this package does not (a link type that was added without its redactor) stays zero:
// nobody has said which of its bytes may leave the house.
func copyHeader(r *Redactor, kind capture.HeaderKind, out, in []byte) {
	if int(kind) < len(copiers) && copiers[kind] != nil {
		copiers[kind](r, out, in)
	}
}

// copiers copy what is harmless of each kind of header, which in begins with and to which in
// belongs up to the next header, into zeros.
var copiers = [capture.NumHeaders]func(r *Redactor, out, in []byte){
	capture.HeaderEthernet: func(_ *Redactor, out, in []byte) { copySome(out, in, span{12, 14}) },             // the type, no MAC address
	capture.HeaderCooked:   func(_ *Redactor, out, in []byte) { copySome(out, in, span{0, 6}, span{14, 16}) }, // no address
	capture.HeaderCooked2:  func(_ *Redactor, out, in []byte) { copySome(out, in, span{0, 2}, span{8, 12}) },  // neither interface nor address
	capture.HeaderLoopback: copyAll,
	capture.HeaderPKTAP:    func(_ *Redactor, out, in []byte) { copySome(out, in, span{0, 12}, span{36, 52}) }, // no interface, no process
	capture.HeaderPPP:      copyAll,
	capture.HeaderPPPoE:    copyAll,
	capture.HeaderVLAN:     copyAll,
	capture.HeaderLLC:      copyAll,
	capture.HeaderMPLS:     copyAll,
	capture.HeaderIPv4:     copyIPv4,
	capture.HeaderIPv6:     copyIPv6,
	capture.HeaderAH:       func(_ *Redactor, out, in []byte) { copySome(out, in, span{0, 2}) }, // next header and length
	capture.HeaderGRE:      copyAll,
	capture.HeaderERSPAN:   copyERSPAN,
	capture.HeaderUDP:      func(_ *Redactor, out, in []byte) { copySome(out, in, span{0, 6}) }, // no checksum
	capture.HeaderVXLAN:    copyAll,
	capture.HeaderGENEVE:   func(_ *Redactor, out, in []byte) { copySome(out, in, span{0, 8}) }, // options become empty ones
	capture.HeaderGTP:      copyGTP,
	capture.HeaderICMP:     func(_ *Redactor, out, in []byte) { copySome(out, in, span{0, 2}, span{4, 8}) },
	capture.HeaderICMPv6:   func(_ *Redactor, out, in []byte) { copySome(out, in, span{0, 2}, span{4, 8}) },
	capture.HeaderTCP:      func(_ *Redactor, out, in []byte) { copyTCP(out, in) },
}

// span is a range of bytes of a header.
type span struct{ from, to int }

// copySome copies ranges, as far as the packet was captured.
func copySome(out, in []byte, spans ...span) {
	for _, s := range spans {
		to := min(s.to, len(in))
		copy(out[min(s.from, to):to], in[min(s.from, to):to])
	}
}

func copyAll(_ *Redactor, out, in []byte) { copy(out, in) }
