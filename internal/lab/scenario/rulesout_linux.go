package scenario

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// needs says of finding codes what must have happened for them to be true, whatever the story was.
var needs = map[string]func(*lab.Event) bool{
	"abortive-close":           reset("TCP_ABORT", "TCP_STATE", "TCP_DISCONNECT"), // what an application had read shows nowhere
	"close-with-unread-data":   reset("TCP_ABORT", "TCP_STATE", "TCP_DISCONNECT"),
	"accept-queue-overflow":    dropped("TCP_LISTEN_OVERFLOW"),
	"paws-discard":             droppedOrByBucket("TCP_RFC7323"),
	"capture-gap":              never,
	"mid-stream":               never,
	"one-way-capture":          never,
	"syn-flood":                never,
	"port-scan":                never,
	"keepalive-timeout":        never,
	"close-wait-leak":          never,
	"time-wait-accumulation":   never,
	"connection-unreachable":   never,
	"syn-dropped-by-timestamp": dropped("TCP_RFC7323"),
	"connection-refused":       dropped("NO_SOCKET"),
	"peer-rebooted":            called("vanish"),
	"half-open-discovered":     dropped("TCP_INVALID_SYN"),
	"fin-wait-2-timeout":       reset("NOT_SPECIFIED", "NO_SOCKET", "TCP_TIMEWAIT_SOCKET"),
	"syn-retransmitted":        repeated("SYN-SENT"),
	"syn-ack-retransmitted":    repeated("SYN-RECEIVED"),
	"fin-retransmitted":        repeated(""),
	"fin-unacknowledged":       repeated(""),
	"peer-unresponsive":        repeated(""),
	"connection-recovered":     repeated(""),
	"retransmission-burst":     repeated(""),
	"challenge-ack":            dropped("TCP_RESET", "TCP_INVALID_SYN", "TCP_INVALID_ACK_SEQUENCE", "TCP_ACK_UNSENT_DATA", "TCP_TOO_OLD_ACK"),
	"segment-out-of-window": droppedOrByBucket("TCP_INVALID_SEQUENCE", "TCP_INVALID_END_SEQUENCE", "TCP_OVERWINDOW", "TCP_ZEROWINDOW",
		"TCP_OLD_SEQUENCE"),
	"rst-out-of-window": dropped("TCP_INVALID_SEQUENCE", "TCP_OVERWINDOW", "TCP_OLD_SEQUENCE"),
}

func never(*lab.Event) bool { return false }

// called matches a system call of an application.
func called(call string) func(*lab.Event) bool {
	return func(e *lab.Event) bool { return e.Kind == lab.KindApp && e.Call == call }
}

// dropped matches a segment that a kernel refused for a reason that begins like one of those.
func dropped(reasons ...string) func(*lab.Event) bool {
	return func(e *lab.Event) bool { return e.Kind == lab.KindDrop && begins(e.Reason, reasons) }
}

// droppedOrByBucket matches that, or what an orphan's FIN-WAIT-2 dealt with, which is a TIME-WAIT
// bucket: it names no reason, and what it took looks the same.
func droppedOrByBucket(reasons ...string) func(*lab.Event) bool {
	return func(e *lab.Event) bool {
		bucket := e.Reason == "NOT_SPECIFIED" && (e.Function == "tcp_v4_rcv" || e.Function == "tcp_v6_rcv")
		return e.Kind == lab.KindDrop && (bucket || begins(e.Reason, reasons))
	}
}

// reset matches a RST that a kernel sent for a reason.
func reset(reasons ...string) func(*lab.Event) bool {
	return func(e *lab.Event) bool { return e.Kind == lab.KindResetSent && begins(e.Reason, reasons) }
}

func begins(s string, with []string) bool {
	for _, w := range with {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

// repeated matches a segment that a kernel sent again from a state, "" for any.
func repeated(state string) func(*lab.Event) bool {
	return func(e *lab.Event) bool { return e.Kind == lab.KindRetransmit && (state == "" || e.To == state) }
}

// sentTwice reports whether a kernel sent a SYN or a SYN,ACK more than once. Not every repetition
// of a SYN shows among its events.
func (s *Story) sentTwice(flags tcp.Flags) bool {
	const all = tcp.SYN | tcp.ACK | tcp.RST | tcp.FIN
	type one struct {
		src netip.AddrPort
		seq uint32
	}
	seen := map[one]bool{}
	return s.Wire.Count(func(p *world.Packet) bool {
		if p.ICMP || !p.Sent() || p.Flags&all != flags {
			return false
		}
		k := one{p.Src, p.Seq}
		again := seen[k]
		seen[k] = true
		return again
	}) > 0
}

// onlyForged are codes that nothing but a forged segment makes true here.
var onlyForged = []string{"rst-injection-suspected", "ack-of-unsent-data", "ack-storm", "retransmission-conflict",
	"timestamp-echo-invalid", "timestamp-missing"}

// rulesOut lists the codes of which nothing that they need has happened.
func (s *Story) rulesOut() {
	shows := map[string]bool{"syn-retransmitted": s.sentTwice(tcp.SYN), "syn-ack-retransmitted": s.sentTwice(tcp.SYN | tcp.ACK)}
	for code, need := range needs {
		if s.Count(need) == 0 && !shows[code] {
			s.Never(code)
		}
	}
	if s.Kind != "forged" {
		s.Never(onlyForged...)
	}
	closed := func(p *world.Packet) bool { return !p.ICMP && !p.Flags.Any(tcp.RST|tcp.SYN) && p.Window == 0 }
	if s.Wire.Count(closed) == 0 {
		s.Never("zero-window")
	}
	slices.Sort(s.meta.Never)
}
