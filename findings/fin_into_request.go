package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var finIntoRequest = &Rule{
	Code:     "fin-into-request",
	Title:    "A request crossed the close of an idle connection",
	Group:    GroupClosing,
	Severity: Error,
	Since:    "0.1",
	Summary:  "a request was sent before the peer's FIN of an idle connection could be seen, and was reset (keep-alive race)",
	What: "One side closed an idle connection just as the other sent a new request on it. Each was on its way when the other was " +
		"sent, so neither could know. The request was answered with a reset and is lost.",
	Why: "A server closes connections that were idle for its keep-alive time; a client that reuses pooled connections for nearly " +
		"as long will sooner or later send at that very moment. The request meets a closed socket and is reset (RFC 1122 section " +
		"4.2.2.13). RFC 9112 section 9.3.1 (HTTP) names this race.",
	Confirm: []string{
		"compare the server's keep-alive timeout with the client's or the proxy's idle time for pooled connections",
		"in the client's or proxy's log: connection reset, or upstream prematurely closed connection, on reused connections only",
	},
	Do: []string{
		"Let the side that sends requests drop idle connections first: set its idle time a few seconds below the server's.",
		"Retry a request that was reset before any byte of an answer came, if it may be repeated.",
	},
	Misreadings: []string{
		"The server did not crash and did not refuse the request: it never saw it.",
		"Neither side did wrong: the race is in the protocol, and only timeouts and retries avoid it.",
	},
	OtherNames: []string{
		"Wireshark: [FIN, ACK], then a request, then Connection reset (RST)",
		"Zeek: conn_state RSTR, history with f and r",
		"Suricata: tcp.rst in the flow record",
		"Snort: none; its stream_tcp statistics count resets",
		"kernel: ECONNRESET, EPIPE",
		"nginx, Envoy, HAProxy: upstream prematurely closed connection; connection termination; 502",
	},
	LooksLike: []string{"a client that did not look before it sent: then the FIN had arrived in time to be seen"},
	RFC:       []string{"RFC 9112 section 9.3.1", "RFC 1122 section 4.2.2.13"},
	Kernel:    []string{"tcp_rcv_state_process", "tcp_timewait_state_process"},
	Counter:   []string{"TcpOutRsts", "TcpEstabResets"},
	Absorbs:   []string{"data-after-close", "reset-mid-stream", "rst-from-time-wait", "half-close"},
	needs:     hasDiscard | hasRST,
	check:     checkFinIntoRequest,
}

// idleBeforeRace is the silence before a close that makes it the close of an idle connection.
const idleBeforeRace = 500e6

func checkFinIntoRequest(c *Case) {
	for s := range tcp.NoSide {
		fin, mine := c.Sides[s.Peer()].FirstFIN, &c.Sides[s]
		request := c.first(func(st *fsm.Step) bool {
			return c.dataAfterClosing(st, s) && c.unaware(st) && !st.Notes.Has(fsm.Retransmission) && !mine.FirstFIN.Seen() &&
				c.MaxIdle >= idleBeforeRace
		})
		if request == nil || !fin.Seen() {
			continue
		}
		if rst := c.answer(request); rst != nil && rst.Flags.Has(tcp.RST) {
			fireFinIntoRequest(c, request, rst)
		}
	}
}

func fireFinIntoRequest(c *Case, request, rst *fsm.Step) {
	closer := request.From.Peer()
	fin := c.Sides[closer].FirstFIN
	apart := request.Time - fin.Time
	apart = max(apart, -apart)
	d := c.fire()
	d.Blame = BlameUnknown
	d.unsure(Likely)
	d.context(c.step(fin.Frame), "FIN of the idle connection")
	d.trigger(request, "request that crossed it")
	d.trigger(rst, "reset: the request is lost")
	d.claim(min(fin.Frame, request.Frame), c.Last.Frame)
	d.Title = fmt.Sprintf("A request of %s crossed the close by %s", c.addr(request.From), c.addr(closer))
	d.Explanation = fmt.Sprintf("After a silence of up to %s %s closed the connection, and %s sent %s within %s of that, before it could "+
		"have seen the close. The request was reset and is lost.", dur(c.MaxIdle), c.side(closer), c.side(request.From),
		count(request.Len, "byte"), dur(apart))
	d.note("idle", seconds(c.MaxIdle))
	d.note("apart", seconds(apart))
	d.note("bytes_lost", request.Len)
}
