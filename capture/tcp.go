package capture

import "github.com/lastack/lastack/tcp"

// Offsets in a TCP header (RFC 9293 section 3.1).
const (
	tcpPorts    = 0
	tcpSeq      = 4
	tcpAck      = 8
	tcpOffset   = 12
	tcpFlags    = 13
	tcpWindow   = 14
	tcpChecksum = 16
	tcpUrgent   = 18
	tcpHeader   = 20 // the fixed part
)

// flagMask is the control bits with AE (RFC 9768 section 3.1), of the sixteen bits from the data
// offset on.
const flagMask = 0x01ff

// decodeTCP decodes a TCP segment of n bytes, of which b were captured. The addresses in seg are
// there already.
func decodeTCP(b []byte, n int, seg *tcp.Segment) Skip {
	if len(b) < tcpHeader {
		return decodeCutTCP(b, n, seg)
	}
	header := int(b[tcpOffset]>>4) * 4
	if header < tcpHeader || header > n && seg.Cut&tcp.CutFragment == 0 {
		return SkipBadTCP
	}
	seg.SrcPort, seg.DstPort = be16(b[tcpPorts:]), be16(b[tcpPorts+2:])
	seg.Seq = tcp.Seq(be32(b[tcpSeq:]))
	seg.Flags = tcp.Flags(be16(b[tcpOffset:])) & flagMask
	if seg.Flags&tcp.ACK != 0 {
		seg.Ack = tcp.Seq(be32(b[tcpAck:]))
	} else {
		seg.HiddenAck = seg.Flags&tcp.RST != 0 && be32(b[tcpAck:]) != 0
	}
	seg.Window = be16(b[tcpWindow:])
	seg.Urgent = be16(b[tcpUrgent:])
	seg.Len = uint32(max(0, n-header))
	switch {
	case len(b) < header:
		decodeOptions(b[tcpHeader:], header-tcpHeader, seg)
		seg.Options |= tcp.OptCut
		seg.Cut |= tcp.CutOptions
		if seg.Len > 0 {
			seg.Cut |= tcp.CutPayload
		}
		return SkipNone
	case header == 32 && be32(b[tcpHeader:]) == nopNopTimestamp:
		seg.Options = tcp.OptTimestamps
		seg.TSval, seg.TSecr = be32(b[24:]), be32(b[28:])
	case header > tcpHeader:
		decodeOptions(b[tcpHeader:header], header-tcpHeader, seg)
	}
	payload := b[header:]
	seg.Content = contentOf(payload, int(seg.Len))
	if len(payload) < int(seg.Len) {
		seg.Cut |= tcp.CutPayload
	} else if seg.Cut&tcp.CutFragment == 0 {
		verify(b[:header], payload, seg)
	}
	return SkipNone
}

// decodeCutTCP decodes a segment of whose fixed header not all was captured.
func decodeCutTCP(b []byte, n int, seg *tcp.Segment) Skip {
	if n < tcpHeader && seg.Cut&tcp.CutFragment == 0 {
		return SkipBadTCP
	}
	if len(b) < tcpAck {
		return SkipTruncated
	}
	seg.Cut |= tcp.CutHeader
	seg.SrcPort, seg.DstPort = be16(b[tcpPorts:]), be16(b[tcpPorts+2:])
	seg.Seq = tcp.Seq(be32(b[tcpSeq:]))
	if len(b) > tcpOffset {
		header := int(b[tcpOffset]>>4) * 4
		if header < tcpHeader {
			return SkipBadTCP
		}
		seg.Len = uint32(max(0, n-header))
		if seg.Len > 0 {
			seg.Cut |= tcp.CutPayload
		}
		if header > tcpHeader {
			seg.Cut |= tcp.CutOptions
			seg.Options |= tcp.OptCut
		}
	}
	if len(b) > tcpFlags {
		seg.Flags = tcp.Flags(be16(b[tcpOffset:])) & flagMask
		if seg.Flags&tcp.ACK != 0 {
			seg.Ack = tcp.Seq(be32(b[tcpAck:]))
		}
	}
	if len(b) >= tcpChecksum {
		seg.Window = be16(b[tcpWindow:])
	}
	return SkipNone
}
