package redact

import (
	"encoding/binary"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/tcp"
)

// Offsets in a TCP header (RFC 9293 section 3.1).
const (
	tcpOffset   = 12
	tcpChecksum = 16
	tcpFixed    = 20
)

// copyTCP copies a TCP header but for its checksum. Payload stays zero.
func copyTCP(out, in []byte) {
	copySome(out, in, span{0, tcpChecksum}, span{tcpChecksum + 2, tcpFixed})
	if header := headerLen(in); header > tcpFixed {
		copyOptions(out[tcpFixed:header], in[tcpFixed:header])
	}
}

// headerLen gives how much of a segment is its header, as far as that was captured.
func headerLen(segment []byte) int {
	if len(segment) <= tcpOffset {
		return len(segment)
	}
	return min(int(segment[tcpOffset]>>4)*4, len(segment))
}

// copyOptions copies a TCP header's options. Those that lastack reads keep their content; of
// others, which can be cookies, keys, signatures and addresses, only kind and length stay.
func copyOptions(out, in []byte) {
	for len(in) > 0 {
		out[0] = in[0]
		switch {
		case in[0] == tcp.OptionEnd:
			return
		case in[0] == tcp.OptionNop:
			out, in = out[1:], in[1:]
			continue
		case len(in) < 2:
			return
		}
		out[1] = in[1]
		size := int(in[1])
		if size < 2 || size > len(in) {
			return // malformed, or cut
		}
		copy(out[2:size], in[2:2+harmless(in[0], size)])
		out, in = out[size:], in[size:]
	}
}

// harmless gives how many bytes of an option's content may be kept.
func harmless(kind byte, size int) int {
	switch kind {
	case tcp.OptionMSS, tcp.OptionWScale, tcp.OptionSACKPerm, tcp.OptionSACK, tcp.OptionTimestamps:
		return size - 2
	case tcp.OptionExperimental:
		return min(2, size-2) // says what it is for (RFC 6994)
	}
	return 0
}

// mark puts into a payload of zeros what tells it from others with the same sequence numbers: a
// hash of its sum that only the key makes. Without it a retransmission with other bytes would look
// like one with the same. A payload whose sum nobody knows, one that was cut for example, still
// does not look like one that somebody took out.
func mark(r *Redactor, segment []byte, sum uint16, content tcp.Content) {
	payload := segment[headerLen(segment):]
	switch h := r.pan.hash(sum); {
	case sum == 0:
	case len(payload) == 1:
		payload[0] = max(1, byte(h))
	default:
		binary.BigEndian.PutUint16(payload, h|noProtocol)
	}
	if content == tcp.ContentUnknown && len(payload) >= capture.BlankLeast {
		payload[2] = 1 // something was there
	}
}

// noProtocol makes a payload's first byte one with which no content that is known begins.
const noProtocol = 0xc000
