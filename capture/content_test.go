package capture

import (
	"strings"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// TestContent: what takes leave is known by its first bytes, and what is nearly so is not.
func TestContent(t *testing.T) {
	record := func(kind byte, length int) string {
		return string([]byte{kind, 3, 3, byte(length >> 8), byte(length)}) + strings.Repeat("x", length)
	}
	masked := string([]byte{0x88, 0x82, 0x48, 0x47, 0x45, 0x54, 0x48 ^ 3, 0x47 ^ 0xe8}) // 1000
	for _, c := range []struct {
		name, payload string
		cut           int // bytes that the capture lacks
		want          tcp.Content
	}{
		{"close_notify of TLS 1.2", record(21, 26), 0, tcp.ContentTLSAlert},
		{"close_notify with a block cipher", record(21, 80), 0, tcp.ContentTLSAlert},
		{"a plain alert", "\x15\x03\x01\x00\x02\x02\x28", 0, tcp.ContentTLSAlert},
		{"two alerts", record(21, 26) + record(21, 26), 0, tcp.ContentTLSAlert},
		{"an alert of which the header is captured", record(21, 26), 20, tcp.ContentTLSAlert},
		{"an alert of which the header is cut", record(21, 26), 28, tcp.ContentUnknown},
		{"an alert that goes on", record(21, 26)[:20], 0, tcp.ContentUnknown},
		{"data and an alert", record(23, 100) + record(21, 26), 0, tcp.ContentUnknown},
		{"an alert and data", record(21, 26) + record(23, 100), 0, tcp.ContentUnknown},
		{"close_notify of TLS 1.3", record(23, 19), 0, tcp.ContentTLSShort},
		{"one byte less", record(23, 18), 0, tcp.ContentUnknown},
		{"one byte more", record(23, 20), 0, tcp.ContentUnknown},
		{"GOAWAY with TLS 1.2 and GCM", record(23, 41), 0, tcp.ContentTLSControl},
		{"GOAWAY with TLS 1.3", record(23, 34), 0, tcp.ContentTLSControl},
		{"a ClientHello", record(22, 512), 0, tcp.ContentTLSHandshake},
		{"a handshake that goes on", record(22, 4000)[:1400], 0, tcp.ContentTLSHandshake},
		{"Finished of TLS 1.3", record(20, 1) + record(23, 53), 0, tcp.ContentTLSHandshake},
		{"Finished and a request", record(20, 1) + record(23, 53) + record(23, 100), 0, tcp.ContentUnknown},
		{"no TLS version", "\x15\x07\x03\x00\x02\x02\x28", 0, tcp.ContentUnknown},
		{"WebSocket close", "\x88\x02\x03\xe8", 0, tcp.ContentWebSocketClose},
		{"WebSocket close without a code", "\x88\x00", 0, tcp.ContentWebSocketClose},
		{"WebSocket close of a client", masked, 0, tcp.ContentWebSocketClose},
		{"WebSocket close with a reason", "\x88\x05\x03\xe9bye", 0, tcp.ContentWebSocketClose},
		{"no status code", "\x88\x02\x00\x01", 0, tcp.ContentUnknown},
		{"longer than its frame", "\x88\x02\x03\xe8more", 0, tcp.ContentUnknown},
		{"SMTP", "221 2.0.0 mail.example closing\r\n", 0, tcp.ContentGoodbye},
		{"FTP in two lines", "221-Goodbye.\r\n221 Logged out.\r\n", 0, tcp.ContentGoodbye},
		{"IMAP", "* BYE logging out\r\nA3 OK done\r\n", 0, tcp.ContentGoodbye},
		{"another reply before it", "250 ok\r\n221 bye\r\n", 0, tcp.ContentUnknown},
		{"a number", "2210 messages\r\n", 0, tcp.ContentUnknown},
		{"not a whole line", "221 bye", 0, tcp.ContentUnknown},
		{"a client's last line", "quit\r\n", 0, tcp.ContentQuit},
		{"a line that begins so", "quite\r\n", 0, tcp.ContentUnknown},
		{"a payload that was taken out", "\x89\x21" + strings.Repeat("\x00", 51), 0, tcp.ContentBlank},
		{"a number with zeros before it", "\x00\x00\x00\x00\x00\x00\x01\x02", 0, tcp.ContentUnknown},
		{"nothing", "", 0, tcp.ContentUnknown},
	} {
		n := len(c.payload)
		if got := contentOf([]byte(c.payload)[:n-c.cut], n); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if c.want == tcp.ContentUnknown || c.want == tcp.ContentBlank {
			continue
		}
		out := make([]byte, n-c.cut)
		if StandIn(out, n, c.want); contentOf(out, n) != c.want {
			t.Errorf("%s: what stands for it, % x, is %q", c.name, out, contentOf(out, n))
		}
	}
}
