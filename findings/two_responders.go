package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var twoResponders = &Rule{
	Code:     "two-responders",
	Title:    "Two servers answer one connect",
	Group:    GroupOpening,
	Severity: Error,
	Since:    "0.1",
	Summary:  "a SYN and its repetition are answered with different first numbers, and with timestamps that no one clock gives",
	What: "A client asked one address for a connection and repeated its SYN. The two were answered with SYN,ACKs of different initial sequence " +
		"numbers, whose timestamps cannot be of one host. So two servers have that address.",
	Why: "A host answers a repeated SYN with the SYN,ACK of the request that it has (RFC 9293 section 3.10.7.4; tcp_check_req). If it has " +
		"forgotten the request, its new number differs, but its timestamps go on: for two addresses Linux has one clock (secure_tcp_ts_off). " +
		"Where each packet of a connection may go to another server (a balancer without memory, anycast, two hosts with one address), each of " +
		"them opens a connection of its own. The client takes the first answer, and what it sends to the other server meets numbers that this " +
		"one never gave. That server answers with a reset, which can end the connection.",
	Confirm: []string{
		"on each server: ss -tan state syn-recv and ss -tan state established (both hold a connection of the client's port)",
		"on the network of the address: arping -D, or ip neigh show (two MAC addresses for one IP address)",
	},
	Do: []string{
		"Let the balancer send all packets of a connection to one server: by a hash of addresses and ports, the same on all its nodes.",
		"If no balancer is meant to be there, look for an address that two hosts have.",
	},
	Misreadings: []string{
		"The second SYN,ACK is no repetition of the first: it has another number.",
		"The reset that follows is not the application's: it is of a server that never had the connection.",
	},
	OtherNames: []string{
		"Wireshark: TCP Out-Of-Order or TCP Retransmission on the second SYN, ACK; Connection reset (RST)",
		"Zeek: SYN_seq_jump, SYN_inside_connection",
		"Suricata: stream.3whs_synack_seq_wrong, stream.3whs_synack_flood",
		"Snort: 129:13 4-way handshake detected",
		"kernel: TcpExtEmbryonicRsts, TcpOutRsts",
	},
	LooksLike: []string{
		"a host that restarted between the two answers: its clock begins anew",
		"a stack that gives each request a clock of its own (OpenBSD), and had forgotten the first request",
		"a SYN proxy that answered one of the two",
	},
	RFC:     []string{"RFC 9293 section 3.10.7.4", "RFC 7323 section 5.4"},
	Kernel:  []string{"tcp_check_req", "secure_tcp_ts_off", "tcp_v4_send_reset"},
	Sysctl:  []string{"net.ipv4.tcp_timestamps"},
	Counter: []string{"TcpExtEmbryonicRsts", "TcpOutRsts"},
	Absorbs: []string{"syn-retransmitted", "syn-ack-retransmitted", "handshake-incomplete", "old-duplicate-syn", "challenge-ack",
		"accept-queue-overflow", "reset-mid-stream", "rst-injection-suspected", "timestamp-echo-invalid", "segment-out-of-window",
		"paws-discard", "rst-out-of-window", "ack-of-unsent-data", "capture-gap"},
	needs: hasRepeatedSYN,
	check: checkTwoResponders,
}

// clockSpread is how far a host's timestamps may be from even, in ticks: SYN cookies hide options
// in the lowest six bits (cookie_init_timestamp), and records come late.
const clockSpread = 1000

// fastestTick is a clock's fastest rate, in ticks a millisecond, that RFC 7323 section 5.4 has.
const fastestTick = 1

func checkTwoResponders(c *Case) {
	one, other := c.differentAnswers()
	if other == nil || bothSides(c.Life) {
		return
	}
	d := c.fire()
	d.Blame = BlamePath
	d.unsure(Likely)
	until := other
	for i := range c.Steps {
		switch s := &c.Steps[i]; {
		case isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK):
			d.context(s, "SYN")
		case s == one:
			d.trigger(s, "SYN,ACK of one server")
		case s == other:
			d.trigger(s, "SYN,ACK of another server")
		case s.Frame > one.Frame && isTCP(s, tcp.Responder, tcp.RST, 0) && s.Time-other.Time < initialTimeout:
			d.context(s, "reset of a server that does not know the client's numbers")
			until = s
		}
	}
	d.claim(c.First.Frame, max(until.Frame, until.AnsweredBy, c.Established.Frame))
	if ack := c.first(func(s *fsm.Step) bool {
		return isTCP(s, tcp.Initiator, tcp.ACK, tcp.SYN|tcp.RST) && s.Ack == other.Seq+1
	}); ack != nil {
		d.context(ack, "the client takes this server's answer")
	}
	apart, ticks := other.Time-one.Time, int32(other.TSval-one.TSval)
	d.Title = fmt.Sprintf("Two servers answer as %s", c.addr(tcp.Responder))
	d.Explanation = fmt.Sprintf("%s sent one SYN twice. %s answered with number %d (frame %d), and %s later with number %d (frame %d). The "+
		"timestamp went from %d to %d: %d ticks in %s, which no clock of one host does.%s", upper(c.side(tcp.Initiator)),
		c.addr(tcp.Responder), uint32(one.Seq), c.frame(one.Frame), dur(apart), uint32(other.Seq), c.frame(other.Frame), one.TSval, other.TSval,
		ticks, dur(apart), outcome(one.TTL != other.TTL, fmt.Sprintf(" Their TTLs differ, too: %d and %d.", one.TTL, other.TTL), ""))
	d.between(c.Sides[tcp.Initiator].FirstSYN.Time, until.Time)
	d.note("isn", uint32(one.Seq))
	d.note("other_isn", uint32(other.Seq))
	d.note("tsval", one.TSval)
	d.note("other_tsval", other.TSval)
	d.note("ttl", one.TTL)
	d.note("other_ttl", other.TTL)
}

// differentAnswers gives two SYN,ACKs that answer one SYN and its repetition and cannot be of one
// host, nil if there are none.
func (c *Case) differentAnswers() (one, other *fsm.Step) {
	isn := c.Sides[tcp.Initiator].ISN
	var again bool
	var first *fsm.Step
	for i := range c.Steps {
		switch s := &c.Steps[i]; {
		case isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK) && s.Seq == isn:
			again = again || first != nil && s.Time-first.Time >= initialTimeout // a timer sent it
			if first == nil {
				first = s
			}
		case !isTCP(s, tcp.Responder, tcp.SYN|tcp.ACK, 0) || s.Ack != isn+1 || s.Options&tcp.OptTimestamps == 0:
		case one == nil:
			one = s
		case again && s.Seq != one.Seq && twoClocks(one, s):
			return one, s
		}
	}
	return nil, nil
}

// twoClocks reports whether no clock has both timestamps: the later one is behind, or ahead of what
// the fastest clock does in that time.
func twoClocks(s, later *fsm.Step) bool {
	most := (later.Time-s.Time)/1_000_000*fastestTick + clockSpread
	ticks := int64(int32(later.TSval - s.TSval))
	return ticks < -clockSpread || ticks > most
}
