package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var portScan = &Rule{
	Code:     "port-scan",
	Title:    "One source tries many ports",
	Group:    GroupOpening,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "one source, many refused or unanswered ports or half-open probes; one finding with counts",
	What:     "One address tried to connect to many different addresses or ports and mostly failed. The attempts are reported together.",
	Why: "A scan finds out what listens: a RST,ACK means closed, a SYN,ACK open, silence filtered (RFC 9293 section 3.10.7.1 gives " +
		"the answers). Vulnerability scanners, monitoring and service discovery do it as well as attackers.",
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
		"nmap: -sT, -sS",
	},
	LooksLike: []string{
		"a host whose services are all down, and a client that needs many of them",
		"a load balancer or monitor that checks many listeners half-open: its address tells",
	},
	RFC:     []string{"RFC 9293 section 3.10.7.1"},
	Kernel:  []string{"tcp_v4_send_reset"},
	Counter: []string{"TcpOutRsts", "TcpAttemptFails"},
	Absorbs: []string{"connection-refused", "syn-unanswered", "handshake-incomplete", "connection-unreachable"},
}

const (
	scanAt     = 16   // different targets that make a scan
	maxTargets = 1024 // different targets that are counted
)

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
type scans struct{ groups[tcp.Addr, scan] }

func (g *scans) see(c *Case) {
	failed := c.Opening == tcp.Refused || c.Opening == tcp.Unanswered || c.Opening == tcp.Unreachable ||
		c.Opening == tcp.Incomplete && c.Sides[tcp.Initiator].RSTs > 0
	if !failed || !c.Sides[tcp.Initiator].FirstSYN.Seen() || c.asksTheSame() {
		return
	}
	s := g.at(c.Tuple.Src)
	s.add(c.Life)
	s.hosts.meet(c)
	s.fate.told = s.fate.told || len(s.targets) >= scanAt
	c.await(s.fate, portScan.Absorbs...)
}

// add counts one attempt that failed.
func (s *scan) add(l *fsm.Life) {
	began := l.Sides[tcp.Initiator].FirstSYN.Time
	if s.tries++; s.tries == 1 {
		s.first, s.last = began, began
		s.targets = map[endpoint]struct{}{}
		s.fate = new(fate)
	}
	s.first, s.last = min(s.first, began), max(s.last, began)
	if l.Opening == tcp.Refused {
		s.refused++
	}
	if len(s.targets) < maxTargets {
		s.targets[endpoint{l.Tuple.Dst, l.Tuple.DstPort}] = struct{}{}
	}
	if len(s.conns) < maxMembers {
		s.conns = append(s.conns, l.ID)
	}
}

func (g *scans) finish() []Finding {
	var out []Finding
	for source, s := range g.all {
		if s.fate.told {
			out = append(out, s.finding(source))
		}
	}
	return out
}

func (s *scan) finding(source tcp.Addr) Finding {
	out := fireGroup(Lookup("port-scan"))
	out.Blame = BlameInitiator
	out.Time, out.Until, out.Conns = s.first, s.last, s.conns
	many := outcome(len(s.targets) == maxTargets, "at least ", "")
	out.Title = fmt.Sprintf("%s tried %s%d ports in vain", source.Netip(), many, len(s.targets))
	out.Explanation = fmt.Sprintf("%s tried %s%d different ports within %s, %s in all: %s.", source.Netip(), many,
		len(s.targets), dur(s.last-s.first), count(s.tries, "attempt"), outcome(s.refused == s.tries, "every one was refused",
			fmt.Sprintf("%d refused, the others without an answer or not completed", s.refused)))
	out.note("source", source.Netip().String())
	out.note("targets", len(s.targets))
	out.note("attempts", s.tries)
	out.note("refused", s.refused)
	s.hosts.acts = tcp.Initiator
	out.fit(s.hosts)
	return out
}
