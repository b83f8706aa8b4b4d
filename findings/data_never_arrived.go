package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var dataNeverArrived = &Rule{
	Code:     "data-never-arrived",
	Title:    "Data is missing, and no repetition of it comes",
	Group:    GroupLiveness,
	Severity: Error,
	Since:    "0.1",
	Summary:  "a hole in what a receiver got stays unfilled for many timeouts, with later or smaller segments behind it",
	What: "Some of what one side sent did not come, though later segments did. The receiver asked for it and waited for many timeouts. It " +
		"never came.",
	Why: "A receiver that gets data behind a hole acknowledges again what it had before (RFC 5681 section 4.2), and its sender sends the " +
		"missing part again, after some 200 ms at the latest, then at doubling intervals (RFC 6298; tcp_retransmit_timer). When that never " +
		"comes though other segments do, the path loses just these, each time: most often because they are too large for it, and the ICMP " +
		"error that would say so does not come back (RFC 2923 section 2.1).",
	Confirm: []string{
		"on the sender: ss -tin dst RECEIVER (mss, pmtu, unacked, backoff)",
		"on the sender: ping -M do -s 1472 RECEIVER, then with smaller sizes: the largest that is answered is the path's MTU less 28",
		"capture at the sender: it repeats segments of one size, and none of them is in this capture",
	},
	Do: []string{
		"Let ICMP \"fragmentation needed\" and \"packet too big\" pass all firewalls on the way.",
		"Clamp the MSS where the path narrows: nft … tcp option maxseg size set rt mtu.",
		"Meanwhile: net.ipv4.tcp_mtu_probing=1 on the sender.",
	},
	Misreadings: []string{
		"The receiver is not slow, nor is its window closed: it waits for bytes that do not come.",
		"It is no loss by chance: a repetition would have passed.",
	},
	OtherNames: []string{
		"Wireshark: TCP Previous segment not captured, TCP Dup ACK",
		"Zeek: weird data_before_established, content_gap",
		"Suricata: none",
		"Snort: none",
		"kernel: none on the receiver; on the sender TcpExtTCPTimeouts",
	},
	LooksLike: []string{
		"a sender that was cut off or stopped right then: it sends nothing else either",
		"repetitions that take another way, past the capture point, and are lost there",
	},
	RFC:     []string{"RFC 5681 section 4.2", "RFC 2923 section 2.1", "RFC 6298 section 5"},
	Kernel:  []string{"tcp_retransmit_timer", "tcp_mtu_probing", "tcp_data_queue_ofo"},
	Sysctl:  []string{"net.ipv4.tcp_mtu_probing"},
	Counter: []string{"TcpExtTCPTimeouts", "TcpExtTCPMTUPFail"},
	Absorbs: []string{"close-wait-leak", "peer-unresponsive", "retransmission-burst", "half-close"},
	wholly:  true,
	needs:   hasHole,
	check:   checkDataNeverArrived,
}

// neverAfter is how long a hole must stay to be more than a loss, ns: from a timeout of 200 ms on,
// four repetitions come within it.
const neverAfter = 3e9

func checkDataNeverArrived(c *Case) {
	if c.OneWay {
		return
	}
	for s := range tcp.NoSide {
		h, peer := &c.Sides[s].Hole, &c.Sides[s.Peer()]
		// Only the receiver's own word tells that it still waits.
		if h.Since != 0 && peer.RcvNxt == h.From && peer.Last.Time-h.Since >= neverAfter && c.over() {
			fireNeverArrived(c, s)
		}
	}
}

func fireNeverArrived(c *Case, s tcp.Side) {
	h, sender := &c.Sides[s].Hole, &c.Sides[s]
	receiver := s.Peer()
	until := c.Sides[receiver].Last.Time
	d := c.fire()
	d.acts = s
	d.Blame = BlamePath
	d.unsure(Likely)
	if behind := c.first(func(st *fsm.Step) bool { return isTCP(st, s, 0, tcp.RST) && st.Len > 0 && st.Seq.AtOrAfter(h.To) }); behind != nil {
		d.context(behind, "later data, which came")
	}
	d.trigger(c.step(c.Sides[receiver].Last.Frame), "the receiver still waits for number "+c.seq(s, h.From))
	d.context(c.step(sender.Last.Frame), "the sender's last segment")
	missing := uint32(h.To - h.From)
	d.Title = fmt.Sprintf("%s of %s never reached %s", count(missing, "byte"), c.addr(s), c.addr(receiver))
	d.Explanation = fmt.Sprintf("The bytes from number %s to %s of %s are missing, though later ones came. %s acknowledged %s, and %s later "+
		"still nothing beyond. In this time a sender repeats what is missing several times. None of that came.", c.seq(s, h.From), c.seq(s, h.To-1), c.side(s),
		upper(c.side(receiver)), c.seq(s, h.From), dur(until-h.Since))
	if largest := uint32(c.Sides[receiver].MSS); missing > smallSegment && sender.MaxLen+maxOptions < largest {
		d.Explanation += fmt.Sprintf(" The largest segment that came has %d bytes, and the receiver would take %d: the path may be too narrow for full "+
			"segments, and \"fragmentation needed\" not come back (an MTU black hole).", sender.MaxLen, largest)
		d.note("largest_seen", sender.MaxLen)
		d.note("mss", largest)
	}
	d.between(h.Since, until)
	d.note("side", s.String())
	d.note("missing", missing)
	d.note("waited", seconds(until-h.Since))
}

// maxOptions is how much a segment of full size may be below the MSS: all the options that a TCP
// header has room for (RFC 9293 section 3.7.1).
const maxOptions = 40
