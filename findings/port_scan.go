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
	kinds   [numAttempts]attempts
}

// attempt is what came of one. A scan finds ports that are closed and ports that say nothing, and
// tells of both. What was tried for seconds, or is prohibited, it tells only where that is common in
// it: else somebody wanted it.
type attempt uint8

const (
	attemptUsual       attempt = iota // refused, not answered, reset by the client, or a probe of no connection
	attemptInsisted                   // not answered either, and tried for longer than a timeout
	attemptUnreachable                // an ICMP error
	numAttempts
)

// attempts are those of one kind.
type attempts struct {
	targets int // different ones
	fate    *fate
}

const (
	// commonShare is from what share of a scan's targets on a kind of answer is common, in percent.
	commonShare = 10
	// commonLeast is how many there must be at least.
	commonLeast = 4
)

// attemptOf tells what came of a connect; failed is false for one that came about.
func (c *Case) attemptOf() (kind attempt, failed bool) {
	client := &c.Sides[tcp.Initiator]
	switch c.Opening {
	case tcp.Refused:
		return attemptUsual, true
	case tcp.Unreachable:
		return attemptUnreachable, true
	case tcp.Unanswered:
		if client.SYNs > 1 && client.LastSYN.Time-client.FirstSYN.Time >= minRTO {
			return attemptInsisted, true
		}
		return attemptUsual, true
	case tcp.Incomplete:
		return attemptUsual, client.RSTs > 0
	}
	return attemptUsual, false
}

// scans watches sources.
type scans struct{ groups[scanner, scan] }

func (g *scans) see(c *Case) {
	if how, side := c.probing(); how != 0 {
		g.seeProbe(c, how, side)
		return
	}
	kind, failed := c.attemptOf()
	if !failed || !c.Sides[tcp.Initiator].FirstSYN.Seen() || c.asksTheSame() {
		return
	}
	s := g.at(scanner{source: c.Tuple.Src})
	fate := s.add(c.Sides[tcp.Initiator].FirstSYN.Time, endpoint{c.Tuple.Dst, c.Tuple.DstPort}, kind, c.Opening == tcp.Refused, c.ID)
	s.hosts.meet(c)
	c.await(fate, portScan.Absorbs...)
}

// tell reports whether a scan that is known to be one tells what came of the case.
func (g *scans) tell(c *Case) bool {
	kind, failed := c.attemptOf()
	if !failed || !c.Sides[tcp.Initiator].FirstSYN.Seen() {
		return false
	}
	s := g.byKey[scanner{source: c.Tuple.Src}]
	return s != nil && s.kinds[kind].fate != nil && s.kinds[kind].fate.told && !c.asksTheSame()
}

// add counts one attempt that failed, or was of no connection, and gives the fate of what is said of
// it.
func (s *scan) add(began int64, target endpoint, kind attempt, refused bool, conn uint64) *fate {
	if s.tries++; s.tries == 1 {
		s.first, s.last = began, began
		s.targets = map[endpoint]struct{}{}
	}
	k := &s.kinds[kind]
	if k.fate == nil {
		k.fate = new(fate)
	}
	if _, known := s.targets[target]; !known {
		k.targets++
	}
	s.first, s.last = min(s.first, began), max(s.last, began)
	if refused {
		s.refused++
	}
	if len(s.targets) < maxTargets {
		s.targets[target] = struct{}{}
	}
	k.fate.told = k.fate.told || k.targets >= scanAt
	if len(s.conns) < maxMembers && (kind == attemptUsual || k.fate.told) { // what the scan tells
		s.conns = append(s.conns, conn)
	}
	if f := s.kinds[attemptUsual].fate; f != nil && len(s.targets) >= scanAt {
		f.told = true
	}
	return k.fate
}

// isScan reports whether there are enough targets, and lets the scan tell all that is common in it.
func (s *scan) isScan() bool {
	if len(s.targets) < scanAt {
		return false
	}
	for i := range s.kinds {
		k := &s.kinds[i]
		if k.fate == nil {
			continue
		}
		if k.targets >= commonLeast && k.targets*100 >= len(s.targets)*commonShare {
			k.fate.told = true
		}
	}
	return true
}

func (g *scans) finish() []Finding {
	var out []Finding
	for by, s := range g.all {
		if s.isScan() {
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
