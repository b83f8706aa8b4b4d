package capture

import (
	"bytes"
	"encoding/binary"

	"github.com/lastack/lastack/tcp"
)

// farewellMost is the longest payload that is looked at: several TLS alerts, or a line of text
// (RFC 5321 section 4.5.3.1.5).
const farewellMost = 512

// BlankLeast is how many bytes of a payload must be there to tell that it was taken out.
const BlankLeast = 8

// zeros are what is behind the first two bytes of a payload that was taken out.
const zeros = "\x00\x00\x00\x00\x00\x00"

// contentOf tells by a payload's first bytes whether a protocol takes leave with it. n is its length
// on the wire: of a payload that was cut the headers must be there.
func contentOf(payload []byte, n int) tcp.Content {
	if len(payload) < 2 || n > farewellMost && payload[0] != tlsHandshake {
		return tcp.ContentUnknown
	}
	if len(payload) >= BlankLeast && string(payload[2:BlankLeast]) == zeros {
		return tcp.ContentBlank
	}
	switch payload[0] {
	case tlsCipher, tlsAlert, tlsHandshake, tlsData:
		return tlsContent(payload, n)
	case closeFrame:
		return closeContent(payload, n)
	case '2', '*', 'Q', 'q':
		if len(payload) == n {
			return lineContent(payload)
		}
	}
	return tcp.ContentUnknown
}

// TLS records (RFC 8446 section 5.1): type, version, length.
const (
	tlsHeader    = 5
	tlsCipher    = 20 // ChangeCipherSpec
	tlsAlert     = 21
	tlsHandshake = 22
	tlsData      = 23
	// tlsShort is an encrypted alert of TLS 1.3: level and description, the true type, a tag of 16.
	tlsShort = 2 + 1 + 16
	// http2Control is a frame GOAWAY or PING: 9 bytes of header and 8 (RFC 9113 section 6).
	http2Control = 9 + 8
)

// tlsContent knows whole records that are all alerts, or all as long as one, and those of a
// handshake, the last of which may go on in the next segment.
func tlsContent(b []byte, n int) tcp.Content {
	content := tcp.ContentUnknown
	for before := byte(0); n > 0; before = b[0] {
		if before != 0 {
			b = b[min(len(b), tlsHeader+int(be16(b[3:]))):]
		}
		if len(b) < tlsHeader || b[1] != 3 || b[2] > 4 {
			return tcp.ContentUnknown
		}
		length := int(be16(b[3:]))
		n -= tlsHeader + length
		this := recordContent(b[0], length, before)
		if content != tcp.ContentUnknown && content != this {
			return tcp.ContentUnknown
		}
		if content = this; content == tcp.ContentUnknown {
			return tcp.ContentUnknown
		}
	}
	if n < 0 && content != tcp.ContentTLSHandshake {
		return tcp.ContentUnknown
	}
	return content
}

// recordContent tells what a record is by its type and length, and by the type of the one before.
func recordContent(kind byte, length int, before byte) tcp.Content {
	switch {
	case kind == tlsCipher && length == 1, kind == tlsHandshake:
		return tcp.ContentTLSHandshake
	case kind == tlsAlert && length >= 2:
		return tcp.ContentTLSAlert
	case kind != tlsData:
		return tcp.ContentUnknown
	case before == tlsCipher && (length == 4+32+1+16 || length == 4+48+1+16):
		return tcp.ContentTLSHandshake // Finished with SHA-256 or SHA-384 (RFC 8446 section 4.4.4)
	case length == tlsShort:
		return tcp.ContentTLSShort
	case length == http2Control+16 || length == http2Control+1+16 || length == http2Control+8+16:
		return tcp.ContentTLSControl // ChaCha20 or GCM with TLS 1.2 (RFC 5288 section 3), TLS 1.3
	}
	return tcp.ContentUnknown
}

// closeFrame begins a WebSocket frame Close: FIN, no extension, opcode 8 (RFC 6455 section 5.2).
const closeFrame = 0x88

// closeContent knows a frame Close that fills the payload, and whose status code is one (RFC 6455
// section 7.4). A client's is masked.
func closeContent(b []byte, n int) tcp.Content {
	const masked = 0x80
	header, length := 2, int(b[1]&^masked)
	if b[1]&masked != 0 {
		header += 4
	}
	if length == 1 || length > 125 || n != header+length || len(b) < n {
		return tcp.ContentUnknown
	}
	if length > 0 {
		code := be16(b[header:])
		if header > 2 {
			code ^= be16(b[2:])
		}
		if code < 1000 || code > 4999 {
			return tcp.ContentUnknown
		}
	}
	return tcp.ContentWebSocketClose
}

var (
	replyClosing = []byte("221")
	untaggedBye  = []byte("* BYE")
	quit         = []byte("QUIT")
	lineEnd      = []byte("\r\n")
)

// lineContent knows lines of text that take leave: all of a "221" reply, "* BYE", "QUIT".
func lineContent(b []byte) tcp.Content {
	if !bytes.HasSuffix(b, lineEnd) {
		return tcp.ContentUnknown
	}
	switch {
	case bytes.HasPrefix(b, untaggedBye):
		return tcp.ContentGoodbye
	case len(b) == len(quit)+len(lineEnd) && bytes.EqualFold(b[:len(quit)], quit):
		return tcp.ContentQuit
	}
	for len(b) > 0 {
		if !bytes.HasPrefix(b, replyClosing) || b[3] != ' ' && b[3] != '-' && b[3] != '\r' {
			return tcp.ContentUnknown
		}
		b = b[bytes.Index(b, lineEnd)+len(lineEnd):]
	}
	return tcp.ContentGoodbye
}

// StandIn fills zeros, what was captured of a payload of n bytes, with one that has the same content
// and says nothing else. Example: a goodbye of 38 bytes that names its server becomes "221" and
// zeros.
func StandIn(out []byte, n int, content tcp.Content) {
	switch content {
	case tcp.ContentTLSAlert:
		standInTLS(out, tlsAlert, n-tlsHeader)
	case tcp.ContentTLSHandshake:
		standInTLS(out, tlsHandshake, n-tlsHeader)
	case tcp.ContentTLSControl:
		standInTLS(out, tlsData, n-tlsHeader)
	case tcp.ContentTLSShort:
		for ; len(out) > 0; out = out[min(tlsHeader+tlsShort, len(out)):] {
			standInTLS(out, tlsData, tlsShort)
		}
	case tcp.ContentWebSocketClose:
		standInClose(out)
	case tcp.ContentGoodbye:
		copy(out, "221 ")
		copy(out[len(out)-len(lineEnd):], lineEnd)
	case tcp.ContentQuit:
		copy(out, "QUIT\r\n")
	case tcp.ContentUnknown, tcp.ContentBlank, tcp.ContentData:
	}
}

func standInTLS(out []byte, kind byte, length int) {
	header := [tlsHeader]byte{kind, 3, 3}
	binary.BigEndian.PutUint16(header[3:], uint16(length))
	copy(out, header[:])
}

// standInClose writes a frame Close with the status code 1000. One with a mask can be longer.
func standInClose(out []byte) {
	if n := len(out); n <= 2+125 {
		copy(out, []byte{closeFrame, byte(n - 2), 1000 >> 8, 1000 & 0xff})
	} else {
		copy(out, []byte{closeFrame, 0x80 | byte(n-6), 0, 0, 0, 0, 1000 >> 8, 1000 & 0xff})
	}
}
