package findings

import (
	"fmt"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var synDroppedByTimestamp = &Rule{
	Code:     "syn-dropped-by-timestamp",
	Title:    "SYNs with older timestamps are dropped",
	Group:    GroupOpening,
	Severity: Error,
	Since:    "0.1",
	Summary:  "from one address SYNs with an older timestamp get no answer while newer ones do (tcp_tw_recycle behind NAT)",
	What: "Connection requests came from one address with two kinds of timestamps. Those with the newer kind were answered, those " +
		"with the older kind were not.",
	Why: "Hosts behind one NAT address have different timestamp clocks. A server that remembers the newest timestamp of an address " +
		"and drops SYNs with an older one locks some of them out: Linux before 4.12 did so with tcp_tw_recycle 1, and some load " +
		"balancers and firewalls do still. RFC 7323 appendix B.2 warns of per-host timestamp checks.",
	Confirm: []string{
		"on the server: sysctl net.ipv4.tcp_tw_recycle (exists only before Linux 4.12)",
		"on the server: nstat -az TcpExtPAWSPassive TcpExtPAWSActive",
		"on one of the clients: does the connect work with net.ipv4.tcp_timestamps=0?",
	},
	Do: []string{
		"Set net.ipv4.tcp_tw_recycle=0, or upgrade the kernel; no replacement is needed.",
		"Let the NAT device strip or rewrite timestamps only if the server cannot be changed.",
	},
	Misreadings: []string{
		"tcp_tw_recycle is not tcp_tw_reuse: the latter is harmless here.",
		"The path is not lossy: the same clients fail again and again while others work.",
	},
	OtherNames: []string{
		"Wireshark: TCP Retransmission on [SYN]",
		"Zeek: conn_state S0",
		"Suricata: tcp.state syn_sent in the flow record",
		"Snort: none",
		"kernel: TcpExtPAWSPassive",
	},
	LooksLike: []string{"loss, or a full listen queue, that happened to hit the SYNs with older timestamps: the longer the series, the less likely"},
	RFC:       []string{"RFC 7323 appendix B.2"},
	Kernel:    []string{"tcp_v4_conn_request", "tcp_peer_is_proven (both before Linux 4.12)"},
	Sysctl:    []string{"net.ipv4.tcp_tw_recycle", "net.ipv4.tcp_timestamps"},
	Counter:   []string{"TcpExtPAWSPassive"},
	Absorbs:   []string{"syn-unanswered"},
}

const (
	droppedAt = 3 // unanswered SYNs with older timestamps, and answered ones with newer, that make a case
	// clockSlack is how far a host's own timestamps can seem to go back: none, but for the clock's
	// grain and reordering.
	clockSlack = 1000
	// rememberedFor is how long the old kernels remembered an address's timestamp (TCP_PAWS_MSL).
	rememberedFor = int64(60 * time.Second)
)

// natKey is one source address and one listener.
type natKey struct {
	source   tcp.Addr
	listener endpoint
}

func natKeyOf(t *tcp.FourTuple) natKey { return natKey{t.Src, endpoint{t.Dst, t.DstPort}} }

// stamps is what became of one source's SYNs at one listener.
type stamps struct {
	newest   uint32 // the newest timestamp of a SYN that was answered
	at       int64
	answered uint64
	dropped  uint64 // older than the newest, and not answered
	refuted  uint64 // older than the newest, and answered
	first    int64
	last     int64
	conns    []uint64
	hosts    dialect
	fate     *fate
}

// nats watches sources.
type nats struct{ groups[natKey, stamps] }

func (g *nats) see(c *Case) {
	syn := c.step(c.Sides[tcp.Initiator].FirstSYN.Frame)
	if syn == nil || syn.Options&tcp.OptTimestamps == 0 {
		return
	}
	g.at(natKeyOf(&c.Tuple)).add(c, syn)
}

func (s *stamps) add(c *Case, syn *fsm.Step) {
	s.hosts.meet(c)
	switch older := s.older(syn.TSval, syn.Time); {
	case c.Opening == tcp.Unanswered && older:
		if s.dropped++; s.dropped == 1 {
			s.first, s.fate = syn.Time, new(fate)
		}
		c.await(s.fate, synDroppedByTimestamp.Absorbs...)
		s.last = c.Last.Time
		if len(s.conns) < maxMembers {
			s.conns = append(s.conns, c.ID)
		}
	case c.Established.Seen():
		s.answer(syn.TSval, syn.Time)
	}
}

// older reports whether a SYN's timestamp is older than the newest that was answered within the
// time that it was remembered.
func (s *stamps) older(tsVal uint32, at int64) bool {
	recent := s.answered > 0 && at-s.at < rememberedFor && at >= s.at
	return recent && tcp.TSBefore(tsVal+clockSlack, s.newest)
}

// answer counts a SYN that was answered.
func (s *stamps) answer(tsVal uint32, at int64) {
	if s.older(tsVal, at) {
		s.refuted++
		return
	}
	s.answered++
	s.newest, s.at = tsVal, at
}

func (g *nats) finish() []Finding {
	var out []Finding
	for key, s := range g.all {
		if s.dropped >= droppedAt && s.answered >= droppedAt && s.refuted == 0 {
			s.fate.told = true
			out = append(out, s.finding(key))
		}
	}
	return out
}

func (s *stamps) finding(key natKey) Finding {
	out := fireGroup(Lookup("syn-dropped-by-timestamp"))
	out.Blame = BlameResponder
	out.Time, out.Until, out.Conns = s.first, s.last, s.conns
	out.Title = fmt.Sprintf("%s does not answer SYNs of %s whose timestamps are older than another's", key.listener, key.source.Netip())
	out.Explanation = fmt.Sprintf("From %s %s with newer timestamps were answered by %s and %s with older ones were not, none the other "+
		"way round. Several hosts share that address, and the server or a device before it drops those whose clock is behind.",
		key.source.Netip(), count(s.answered, "SYN"), key.listener, count(s.dropped, "SYN"))
	out.note("source", key.source.Netip().String())
	out.note("listener", key.listener.String())
	out.note("answered", s.answered)
	out.note("dropped", s.dropped)
	s.hosts.acts = tcp.Responder
	out.fit(s.hosts)
	return out
}
