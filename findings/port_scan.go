package findings

import (
	"fmt"

	"github.com/lastack/lastack/tcp"
)

var portScan = &Rule{
	Code:     "port-scan",
	Title:    "One source tries many ports",
	Group:    GroupOpening,
	Severity: Notice,
	Since:    "0.1",
	Summary: "one source, many refused or unanswered ports, half-open probes, or lone FINs and ACKs of no connection; one finding " +
		"with counts",
	What: "One address tried to connect to many different addresses or ports and mostly failed, or sent them segments that belong to no " +
		"connection. The attempts are reported together.",
	Why: "A scan finds out what listens: a RST,ACK means closed, a SYN,ACK open, silence filtered (RFC 9293 section 3.10.7.1 gives " +
		"the answers). A lone FIN, no flag at all, or FIN, PSH and URG together (Xmas) are answered with a reset by a closed port and with " +
		"silence by a listener. A lone ACK is answered with a reset by both, so that silence tells of a filter (RFC 9293 section 3.10.7.2). " +
		"Vulnerability scanners, monitoring and service discovery do all this as well as attackers.",
	Confirm: []string{
		"on the source, if it is yours: which process sends them (ss -tnp state syn-sent)",
		"in the firewall's log: the same source on other hosts",
	},
	Do: []string{
		"Find out whether the source is your own scanner or monitoring; if not, block or report it.",
		"See which ports answered: connections of the same source that did open.",
	},
	Misreadings: []string{"Refused ports are the harmless part of a scan; what matters is which were open."},
	OtherNames: []string{
		"Wireshark: Connection reset (RST) on many ports, no note of the scan",
		"Zeek: Scan::Port_Scan, Scan::Address_Scan; conn_state REJ and S0",
		"Suricata: none in the engine; ET SCAN rules",
		"Snort: port_scan (gid 122)",
		"kernel: none of its own; TcpOutRsts on the host that is scanned",
		"nmap: -sT, -sS, -sF, -sX, -sN, -sA",
	},
	LooksLike: []string{
		"a host whose services are all down, and a client that needs many of them",
		"a load balancer or monitor that checks many listeners half-open: its address tells",
	},
	RFC:     []string{"RFC 9293 section 3.10.7.1"},
	Kernel:  []string{"tcp_v4_send_reset"},
	Counter: []string{"TcpOutRsts", "TcpAttemptFails"},
	Absorbs: []string{"connection-refused", "syn-unanswered", "handshake-incomplete", "connection-unreachable", "reset-mid-stream",
		"one-way-capture"},
}

const (
	scanAt     = 16   // different targets that make a scan
	maxTargets = 1024 // different targets that are counted
)

// scanner is a source and how it asks.
type scanner struct {
	source tcp.Addr
	probe  probe
}

// scan is what one source tried in vain.
type scan struct {
	tries   uint64
	refused uint64
	first   int64
	last    int64
	targets map[endpoint]struct{}
	conns   []uint64
	hosts   dialect
	fate    *fate
}

// scans watches sources.
type scans struct{ groups[scanner, scan] }

func (g *scans) see(c *Case) {
	if how, side := c.probing(); how != 0 {
		g.seeProbe(c, how, side)
		return
	}
	failed := c.Opening == tcp.Refused || c.Opening == tcp.Unanswered || c.Opening == tcp.Unreachable ||
		c.Opening == tcp.Incomplete && c.Sides[tcp.Initiator].RSTs > 0
	if !failed || !c.Sides[tcp.Initiator].FirstSYN.Seen() || c.asksTheSame() {
		return
	}
	s := g.at(scanner{source: c.Tuple.Src})
	s.add(c.Sides[tcp.Initiator].FirstSYN.Time, endpoint{c.Tuple.Dst, c.Tuple.DstPort}, c.Opening == tcp.Refused, c.ID)
	s.hosts.meet(c)
	s.fate.told = s.fate.told || len(s.targets) >= scanAt
	c.await(s.fate, portScan.Absorbs...)
}

// add counts one attempt that failed, or was of no connection.
func (s *scan) add(began int64, target endpoint, refused bool, conn uint64) {
	if s.tries++; s.tries == 1 {
		s.first, s.last = began, began
		s.targets = map[endpoint]struct{}{}
		s.fate = new(fate)
	}
	s.first, s.last = min(s.first, began), max(s.last, began)
	if refused {
		s.refused++
	}
	if len(s.targets) < maxTargets {
		s.targets[target] = struct{}{}
	}
	if len(s.conns) < maxMembers {
		s.conns = append(s.conns, conn)
	}
}

func (g *scans) finish() []Finding {
	var out []Finding
	for by, s := range g.all {
		if s.fate.told {
			out = append(out, s.finding(by.source, by.probe))
		}
	}
	return out
}

func (s *scan) finding(source tcp.Addr, how probe) Finding {
	out := fireGroup(Lookup("port-scan"))
	out.Blame = BlameInitiator
	out.Time, out.Until, out.Conns = s.first, s.last, s.conns
	many := outcome(len(s.targets) == maxTargets, "at least ", "")
	out.Title = fmt.Sprintf("%s tried %s%d ports in vain", source.Netip(), many, len(s.targets))
	out.Explanation = fmt.Sprintf("%s tried %s%d different ports within %s, %s in all: %s.", source.Netip(), many,
		len(s.targets), dur(s.last-s.first), count(s.tries, "attempt"), outcome(s.refused == s.tries, "every one was refused",
			fmt.Sprintf("%d refused, the others without an answer or not completed", s.refused)))
	if how != 0 {
		out.Title = fmt.Sprintf("%s probed %s%d ports with %s", source.Netip(), many, len(s.targets), how)
		out.Explanation = fmt.Sprintf("%s sent %s to %s%d different ports within %s, %s in all, none of which belongs to a connection: "+
			"%d were answered with a reset.", source.Netip(), how, many, len(s.targets), dur(s.last-s.first), count(s.tries, "segment"),
			s.refused)
		out.LooksLike = how.looksLike()
		out.note("probe", how.String())
	}
	out.note("source", source.Netip().String())
	out.note("targets", len(s.targets))
	out.note("attempts", s.tries)
	out.note("refused", s.refused)
	s.hosts.acts = tcp.Initiator
	out.fit(s.hosts)
	return out
}
