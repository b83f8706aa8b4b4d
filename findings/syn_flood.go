package findings

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var synFlood = &Rule{
	Code:     "syn-flood",
	Title:    "A listener is flooded with handshakes that are never completed",
	Group:    GroupOpening,
	Severity: Error,
	Since:    "0.1",
	Summary:  "many half-open handshakes to one listener from sources that never complete; one finding with counts",
	What: "Many connection requests reached one listener within seconds and none was completed, from many addresses. They are " +
		"reported together.",
	Why: "A SYN flood fills the listener's queue of half-open requests (tcp_max_syn_backlog) with requests from forged addresses " +
		"(RFC 4987). When the queue is full Linux drops further SYNs, honest ones too, or, with tcp_syncookies 1 (the default), " +
		"answers them with SYN cookies and keeps no state, so that honest clients still get in.",
	Confirm: []string{
		"on the server: ss -tn state syn-recv | wc -l; log \"Possible SYN flooding on port\"",
		"on the server: nstat -az TcpExtSyncookiesSent TcpExtSyncookiesRecv TcpExtTCPReqQFullDrop TcpExtTCPReqQFullDoCookies",
	},
	Do: []string{
		"Leave net.ipv4.tcp_syncookies at 1; raise net.ipv4.tcp_max_syn_backlog and the listener's backlog.",
		"Filter or rate-limit upstream (SYN proxy); forged addresses cannot be blocked one by one.",
	},
	Misreadings: []string{
		"The source addresses are most likely forged: their owners did nothing.",
		"SYN cookies are not the problem: they are what lets honest clients in.",
	},
	OtherNames: []string{
		"Wireshark: many [SYN] and TCP Retransmission on [SYN, ACK]",
		"Zeek: many conn_state S0 and S1",
		"Suricata: none for many sources; stream.3whs_syn_flood counts different SYNs of one flow",
		"Snort: rate_filter on 135:1",
		"kernel: TcpExtSyncookiesSent, TcpExtTCPReqQFullDrop",
	},
	LooksLike: []string{
		"a route that lost the way back to many clients at once: then the sources are your own clients",
		"a scan of one port from many addresses: each comes once or twice and resets",
	},
	RFC:     []string{"RFC 4987"},
	Kernel:  []string{"tcp_conn_request", "tcp_syn_flood_action", "cookie_v4_init_sequence"},
	Sysctl:  []string{"net.ipv4.tcp_syncookies", "net.ipv4.tcp_max_syn_backlog"},
	Counter: []string{"TcpExtSyncookiesSent", "TcpExtSyncookiesFailed", "TcpExtTCPReqQFullDrop", "TcpExtTCPReqQFullDoCookies"},
	Absorbs: []string{"handshake-incomplete", "syn-unanswered"},
}

const (
	// floodAt is how many half-open handshakes within floodWithin make a flood.
	floodAt     = 16
	floodWithin = int64(10 * time.Second)
	// maxMembers is how many members of a group are kept by name.
	maxMembers = 16
)

// endpoint is an address and port.
type endpoint struct {
	addr tcp.Addr
	port uint16
}

func (e endpoint) String() string { return netip.AddrPortFrom(e.addr.Netip(), e.port).String() }

// flood is what is known of the handshakes to one listener.
type flood struct {
	window    [floodAt]int64 // the times of the last half-open ones
	halfOpen  uint64
	completed uint64
	answered  bool // it answered at least one SYN: somebody listens
	fate      *fate
	first     int64
	last      int64
	sources   map[tcp.Addr]struct{}
	conns     []uint64
	hosts     dialect
}

// floods watches listeners.
type floods struct{ groups[endpoint, flood] }

func (g *floods) see(c *Case) {
	key := endpoint{c.Tuple.Dst, c.Tuple.DstPort}
	if c.Opening != tcp.Incomplete && c.Opening != tcp.Unanswered {
		if f := g.byKey[key]; f != nil && c.Established.Seen() {
			f.completed++
		}
		return
	}
	client := &c.Sides[tcp.Initiator]
	if client.Segments > uint64(client.SYNs) || !client.FirstSYN.Seen() {
		return
	}
	if c.filteredByFlags() && c.Sides[tcp.Responder].SYNACKs == 1 { // answered once and never again: content, with what is not captured
		return
	}
	f := g.at(key)
	f.add(c.Life)
	f.hosts.meet(c)
	c.await(f.fate, synFlood.Absorbs...)
}

// add counts one half-open handshake.
func (f *flood) add(l *fsm.Life) {
	began := l.Sides[tcp.Initiator].FirstSYN.Time
	oldest := f.window[f.halfOpen%floodAt]
	f.window[f.halfOpen%floodAt] = began
	f.halfOpen++
	f.answered = f.answered || l.Sides[tcp.Responder].SYNACKs > 0
	if f.halfOpen == 1 {
		f.first, f.last = began, began
	}
	f.first, f.last = min(f.first, began), max(f.last, began)
	if f.sources == nil {
		f.sources, f.fate = map[tcp.Addr]struct{}{}, new(fate)
	}
	if len(f.sources) < maxSources {
		f.sources[l.Tuple.Src] = struct{}{}
	}
	if len(f.conns) < maxMembers {
		f.conns = append(f.conns, l.ID)
	}
	near := max(began-oldest, oldest-began) <= floodWithin
	// Clients of a host that is down do the same, but are not as many.
	flood := f.answered || len(f.sources) == maxSources
	f.fate.told = f.fate.told || f.halfOpen > floodAt && near && flood && f.halfOpen > f.completed
}

// maxSources is how many different sources are counted.
const maxSources = 1024

func (g *floods) finish() []Finding {
	var out []Finding
	for key, f := range g.all {
		if f.fate != nil && f.fate.told {
			out = append(out, f.finding(key))
		}
	}
	return out
}

func (f *flood) finding(key endpoint) Finding {
	out := fireGroup(Lookup("syn-flood"))
	out.Time, out.Until, out.Conns = f.first, f.last, f.conns
	out.Title = fmt.Sprintf("SYN flood on %s: %d handshakes never completed", key, f.halfOpen)
	out.Explanation = fmt.Sprintf("%d connection requests from %s%d addresses reached %s within %s and were never completed; %s.",
		f.halfOpen, outcome(len(f.sources) == maxSources, "at least ", ""), len(f.sources), key, dur(f.last-f.first),
		outcome(f.completed == 0, "no handshake with it was", fmt.Sprintf("%d others were", f.completed)))
	out.note("listener", key.String())
	out.note("half_open", f.halfOpen)
	out.note("completed", f.completed)
	out.note("sources", len(f.sources))
	f.hosts.acts = tcp.Responder
	out.fit(f.hosts)
	return out
}
