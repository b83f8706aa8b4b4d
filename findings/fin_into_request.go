package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var finIntoRequest = &Rule{
	Code:     "fin-into-request",
	Title:    "A request came on an idle connection that had been closed",
	Group:    GroupClosing,
	Severity: Error,
	Since:    "0.1",
	Summary: "an idle connection that was kept alive is used again although its peer has closed it: the request is reset. It crossed " +
		"the FIN, or its sender did not look",
	What: "One side closed an idle connection, and the other sent a new request on it. The request was answered with a reset and " +
		"is lost. Either the two crossed on the way, so that neither side could know. Or the FIN had arrived and had been " +
		"acknowledged, and the application that used the connection again had not looked.",
	Why: "A server closes connections that were idle for its keep-alive time; a client that reuses pooled connections for nearly " +
		"as long will sooner or later send at that very moment. The request meets a closed socket and is reset (RFC 1122 section " +
		"4.2.2.13). RFC 9112 section 9.3.1 (HTTP) names this race. A FIN alone tells an application nothing until it reads: a pool " +
		"that does not watch its idle connections finds out by the reset.",
	Confirm: []string{
		"compare the server's keep-alive timeout with the client's or the proxy's idle time for pooled connections",
		"in the client's or proxy's log: connection reset, or upstream prematurely closed connection, on reused connections only",
	},
	Do: []string{
		"Let the side that sends requests drop idle connections first: set its idle time a few seconds below the server's.",
		"Let the pool watch its idle connections, and throw away those that become readable: that is the FIN.",
		"Retry a request that was reset before any byte of an answer came, if it may be repeated.",
	},
	Misreadings: []string{
		"The server did not crash and did not refuse the request: it never saw it.",
		"If the two crossed, neither side did wrong: the race is in the protocol, and only timeouts and retries avoid it.",
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
	Absorbs: []string{"data-after-close", "reset-mid-stream", "rst-from-time-wait", "half-close", "close-wait-leak",
		"fin-wait-2-timeout", "idle-timeout-suspected", "peer-rebooted"},
	needs: hasDiscard | hasRST,
	check: checkFinIntoRequest,
}

// idleBeforeClose is the silence before a close that makes it the close of an idle connection, ns.
const idleBeforeClose = 500e6

func checkFinIntoRequest(c *Case) {
	fin, client := c.Sides[tcp.Responder].FirstFIN, &c.Sides[tcp.Initiator]
	request := c.step(client.Resumed.Frame) // after a silence
	if request == nil || !fin.Seen() || request.Notes.Has(fsm.Retransmission) {
		return
	}
	rst := c.answer(request)
	if rst == nil || !rst.Flags.Has(tcp.RST) || client.FirstFIN.Seen() && client.FirstFIN.Frame < rst.Frame ||
		!c.dataAfterClosing(request, tcp.Initiator) && !c.coveredBy(rst, request) {
		return
	}
	if fin.Time-request.Time+client.ResumedAfter < idleBeforeClose || c.partingOf(request, c.dataAfterClosing).by != "" {
		return // the close was none of an idle connection, or nothing was asked any more
	}
	fireFinIntoRequest(c, request, rst)
}

func fireFinIntoRequest(c *Case, request, rst *fsm.Step) {
	closer := request.From.Peer()
	fin, idle := c.Sides[closer].FirstFIN, c.Sides[request.From].ResumedAfter
	apart := request.Time - fin.Time
	lost := c.partingOf(request, c.dataAfterClosing).lost
	d := c.fire()
	d.acts = request.From
	d.context(c.step(fin.Frame), "FIN of the idle connection")
	d.trigger(request, "request on it")
	d.trigger(rst, "reset: the request is lost")
	d.claim(min(fin.Frame, request.Frame), c.Last.Frame)
	d.note("idle", seconds(idle))
	d.note("apart", seconds(max(apart, -apart)))
	d.note("bytes_lost", lost)
	d.note("age", seconds(fin.Time-c.First.Time))
	if c.unaware(request) {
		tellCrossing(c, d, request, idle)
		return
	}
	d.Blame = BlameSide(request.From)
	d.unsure(Likely, "a deliberate half-close (shutdown(SHUT_WR)) of a side that then ended before it had read all")
	d.Title = fmt.Sprintf("%s used an idle connection that %s had closed", c.addr(request.From), c.addr(closer))
	d.Explanation = fmt.Sprintf("%s closed the connection, %s after the last data. The TCP of %s acknowledged that. It was used again "+
		"%s later all the same: %s sent %s, %s after the last data. The request was reset and is lost.", upper(c.side(closer)),
		dur(idle-apart), c.side(request.From), dur(apart), c.addr(request.From), count(lost, "byte"), dur(idle))
	d.Explanation += fmt.Sprintf(" Connections that are kept alive for reuse must be given up before the other side closes them: the "+
		"idle time at %s must be below the %s of %s.", c.addr(request.From), dur(idle-apart), c.addr(closer))
}

// tellCrossing tells of a request that was sent before its sender could have seen the close.
func tellCrossing(c *Case, d *draft, request *fsm.Step, idle int64) {
	closer := request.From.Peer()
	apart := request.Time - c.Sides[closer].FirstFIN.Time
	d.Blame = BlameUnknown
	d.unsure(Likely)
	d.Title = fmt.Sprintf("A request of %s crossed the close by %s", c.addr(request.From), c.addr(closer))
	d.Explanation = fmt.Sprintf("After %s without data %s closed the connection, and %s sent %s within %s of that, before it could have "+
		"seen the close. The request was reset and is lost. The idle time at %s must be below that of %s.", dur(idle), c.side(closer),
		c.side(request.From), count(request.Len, "byte"), dur(max(apart, -apart)), c.addr(request.From), c.addr(closer))
}
