package tcp

// Content says what a segment's payload is, where a few bytes tell it: above all the words with
// which a protocol takes leave. They carry nothing of the application's, so that nothing is lost
// with them.
type Content uint8

// The contents.
const (
	ContentUnknown Content = iota
	// whole TLS records of the type alert (21): close_notify and errors, RFC 5246 section 7.2. From
	// TLS 1.3 on an encrypted alert does not show its type.
	ContentTLSAlert
	// whole TLS records of the type application data (23) and 19 bytes: what an alert of TLS 1.3
	// takes, 2 bytes, the true type and a tag of 16 (RFC 8446 sections 5.2 and 6). Two bytes of data
	// look the same.
	ContentTLSShort
	// a TLS record of application data as long as an HTTP/2 frame of 17 bytes takes: GOAWAY or the
	// answer to PING (RFC 9113 sections 6.7 and 6.8), with the overheads of TLS 1.2 and 1.3
	ContentTLSControl
	// TLS records of a handshake or of its ChangeCipherSpec; with TLS 1.3 the Finished behind that
	// (RFC 8446 appendix D.4)
	ContentTLSHandshake
	// one WebSocket frame Close, RFC 6455 section 5.5.1
	ContentWebSocketClose
	// a server's last line: "221 …" (RFC 5321 section 4.2.3, RFC 959 section 4.2.2), "* BYE …"
	// (RFC 9051 section 7.1.5)
	ContentGoodbye
	// a client's last line, "QUIT" (RFC 5321, RFC 959, RFC 1939): what is answered to it is a goodbye
	ContentQuit
	// zeros from the third byte on: somebody took the payload out, and mended the checksum
	ContentBlank
	// something else: its bytes are in the capture. A Segment has ContentUnknown and a PayloadSum.
	ContentData
)

// Farewell reports whether the content takes leave: nobody misses it.
func (c Content) Farewell() bool {
	switch c {
	case ContentTLSAlert, ContentTLSShort, ContentWebSocketClose, ContentGoodbye, ContentQuit:
		return true
	}
	return false
}

// Says gives the content as far as the payload's bytes tell.
func (s *Segment) Says() Content {
	if s.Content == ContentUnknown && s.PayloadSum != 0 {
		return ContentData
	}
	return s.Content
}

// String gives the content's name for texts.
func (c Content) String() string {
	switch c {
	case ContentTLSAlert:
		return "TLS alert"
	case ContentTLSShort:
		return "TLS record of an alert's length"
	case ContentTLSControl:
		return "TLS record of a control frame's length"
	case ContentTLSHandshake:
		return "TLS handshake"
	case ContentWebSocketClose:
		return "WebSocket close frame"
	case ContentGoodbye:
		return "goodbye"
	case ContentQuit:
		return "QUIT"
	case ContentUnknown, ContentBlank, ContentData:
	}
	return "data"
}
