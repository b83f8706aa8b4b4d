package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var timestampMissing = &Rule{
	Code:     "timestamp-missing",
	Title:    "Segments lack the timestamp that was agreed on",
	Group:    GroupTimestamps,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "timestamps were negotiated and a segment other than a RST lacks the option",
	What:     "Both sides agreed on timestamps in the handshake, and then segments came without one.",
	Why: "After negotiation every segment but a reset must carry the option, and one without may be dropped (RFC 7323 section " +
		"3.2). Linux accepts such a segment without the PAWS check (tcp_validate_incoming). A middlebox that strips options, or one " +
		"that makes segments of its own, is the usual origin.",
	Confirm:     []string{"capture at both ends: does the segment leave its sender with the option?"},
	Do:          []string{"Find the middlebox; stripping an option in the middle of a connection breaks PAWS and round trip measurement."},
	Misreadings: []string{"A reset without a timestamp is normal."},
	OtherNames: []string{
		"Wireshark: no note; filter !tcp.options.timestamp.tsval",
		"Zeek: none",
		"Suricata: none",
		"Snort: 129:14 TCP timestamp is missing",
		"kernel: none",
	},
	LooksLike: []string{"a forged segment: compare TTL and IP ID"},
	RFC:       []string{"RFC 7323 section 3.2"},
	Kernel:    []string{"tcp_fast_parse_options", "tcp_validate_incoming"},
	Sysctl:    []string{"net.ipv4.tcp_timestamps"},
	needs:     hasTimestampTrouble,
	check:     checkTimestampMissing,
}

func checkTimestampMissing(c *Case) {
	for s := range tcp.NoSide {
		first := c.first(func(st *fsm.Step) bool { return st.From == s && st.Notes.Has(fsm.TimestampMissing) })
		if first == nil {
			continue
		}
		d := c.fire()
		d.Blame = BlameUnknown
		d.unsure(Likely)
		d.trigger(first, "no timestamp")
		n := max(1, c.Sides[s].NoTimestamp)
		d.Title = fmt.Sprintf("%s of %s without the agreed timestamp", count(n, "segment"), c.addr(s))
		d.Explanation = fmt.Sprintf("Both sides agreed on timestamps, but %s of %s came without, first in frame %d.",
			count(n, "segment"), c.side(s), c.frame(first.Frame))
		d.note("side", s.String())
		d.note("segments", n)
	}
}
