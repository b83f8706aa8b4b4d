package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var timestampEchoInvalid = &Rule{
	Code:     "timestamp-echo-invalid",
	Title:    "A timestamp was echoed that was never sent",
	Group:    GroupTimestamps,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "TSecr echoes a value that the peer never sent",
	What:     "A segment echoes a timestamp that its receiver never sent.",
	Why: "TSecr must repeat a TSval that came from the other side (RFC 7323 section 3.2). A wrong echo spoils the round trip " +
		"measurement, and during the handshake Linux drops a segment whose echo lies outside of what it sent " +
		"(tcp_rcv_synsent_state_process, and since 6.15 tcp_check_req). A middlebox that rewrites timestamps in one direction " +
		"only is the usual origin.",
	Confirm:     []string{"capture at both ends and compare TSval and TSecr", "on the receiver: nstat -az TcpExtPAWSActive TcpExtTSEcrRejected"},
	Do:          []string{"Find the device that rewrites timestamps, and let it leave them alone or do both directions."},
	Misreadings: []string{"A round trip computed from timestamps is worthless on such a connection."},
	OtherNames: []string{
		"Wireshark: no note; compare tcp.options.timestamp.tsecr",
		"Zeek: none",
		"Suricata: none",
		"Snort: none",
		"kernel: TcpExtPAWSActive, TcpExtTSEcrRejected, drop reason TCP_RFC7323_TSECR",
	},
	LooksLike: []string{"a segment with that timestamp that the capture lost", "a forged segment: compare TTL and IP ID"},
	RFC:       []string{"RFC 7323 section 3.2"},
	Kernel:    []string{"tcp_rcv_synsent_state_process", "tcp_check_req"},
	Counter:   []string{"TcpExtPAWSActive", "TcpExtTSEcrRejected"},
	needs:     hasTimestampTrouble,
	wholly:    true,
	check:     checkTimestampEchoInvalid,
}

// echoesFuture likes a segment whose TSecr its receiver had not reached, as a later and lower TSval
// proves. Without that the capture may have lost the segment that carried the value, or recorded it
// after its echo.
func (c *Case) echoesFuture(s *fsm.Step) bool {
	return s.Notes.Has(fsm.EchoUnsent) && c.first(func(later *fsm.Step) bool {
		return later.Frame > s.Frame && later.From != s.From && later.Options&tcp.OptTimestamps != 0 &&
			tcp.TSBefore(later.TSval, s.TSecr)
	}) != nil
}

func checkTimestampEchoInvalid(c *Case) {
	if c.OneWay || c.MidStream || c.Sides[0].MissingBytes+c.Sides[1].MissingBytes > 0 {
		return
	}
	odd := c.first(c.echoesFuture)
	if odd == nil {
		return
	}
	d := c.fire()
	d.Blame = BlameUnknown
	d.unsure(Likely)
	n := 0
	for i := range c.Steps {
		if s := &c.Steps[i]; c.echoesFuture(s) {
			d.trigger(s, "echoes a timestamp that was never sent")
			n++
		}
	}
	d.Title = fmt.Sprintf("%s echoed timestamp %d, which %s never sent", c.addr(odd.From), odd.TSecr, c.addr(odd.From.Peer()))
	d.Explanation = fmt.Sprintf("Frame %d in the name of %s echoes timestamp %d, but no segment of %s carries that value.",
		c.frame(odd.Frame), c.side(odd.From), odd.TSecr, c.addr(odd.From.Peer()))
	d.note("count", n)
	d.note("tsecr", odd.TSecr)
}
