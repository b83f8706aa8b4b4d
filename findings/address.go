package findings

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/lastack/lastack/tcp"
)

// The rules' lines about how to confirm a finding speak of any connection. Those of a finding are to
// be copied and run: they name its own hosts, and their commands pick its own connection.

// blank is something that a line leaves open.
type blank uint8

const (
	nothing     blank = iota
	server            // the address of the server; of the client, and so on
	client            //
	port              // the server's
	clientPort        //
	aboutHost         // the address of the host that the line is about
	otherHost         // the address of its peer
	ofPeer            // a filter of ss: the connection with the peer of the host that the line is about
	ofListener        // a filter of ss: the listener
	betweenBoth       // a command that captures the connection
)

// part is a piece of a line: text, and what comes behind it.
type part struct {
	text string
	then blank
}

// hostLine is a line in parts.
type hostLine struct {
	parts []part
	role  role // the host that it is about
}

// role is a host as lines name it.
type role uint8

const (
	anyHost    role = iota
	serverHost      // the client, the server
	clientHost
	actingHost // the side that the finding is about, and its peer
	otherSide
)

// hostRoles are the words that lines about a host begin with.
var hostRoles = []struct {
	words string
	role  role
}{
	{"on the server", serverHost}, {"on the client", clientHost},
	{"on the sender:", actingHost}, {"on that side", actingHost}, {"on the closer", actingHost},
	{"on the other side", otherSide}, {"on the peer", otherSide},
}

// side gives the side that a line is about, NoSide if that is not known.
func (r role) side(acts tcp.Side) tcp.Side {
	switch {
	case r == serverHost:
		return tcp.Responder
	case r == clientHost:
		return tcp.Initiator
	case r == actingHost:
		return acts
	case r == otherSide && acts < tcp.NoSide:
		return acts.Peer()
	}
	return tcp.NoSide
}

// Here gives the lines that say how to confirm the finding, for its own hosts and connection.
func (f *Finding) Here() []string {
	if f.Conn == 0 {
		return f.Confirm
	}
	own := make([]string, len(f.Confirm)) // the rule's are not to be changed
	for i, line := range f.Confirm {
		own[i] = f.fill(parsed(line))
	}
	return own
}

func (f *Finding) fill(l *hostLine) string {
	if len(l.parts) == 1 {
		return l.parts[0].text
	}
	t := &f.tuple
	addrs := [2]netip.Addr{t.Src.Netip(), t.Dst.Netip()}
	ports := [2]uint16{t.SrcPort, t.DstPort}
	side := l.role.side(f.acts)
	peer := tcp.NoSide
	if side < tcp.NoSide {
		peer = side.Peer()
	}
	var b []byte
	for _, p := range l.parts {
		b = append(b, p.text...)
		switch p.then {
		case server:
			b = addrs[tcp.Responder].AppendTo(b)
		case client:
			b = addrs[tcp.Initiator].AppendTo(b)
		case port:
			b = strconv.AppendUint(b, uint64(ports[tcp.Responder]), 10)
		case clientPort:
			b = strconv.AppendUint(b, uint64(ports[tcp.Initiator]), 10)
		case aboutHost:
			if side < tcp.NoSide {
				b = addrs[side].AppendTo(append(b, ' '))
			}
		case otherHost:
			if peer < tcp.NoSide {
				b = addrs[peer].AppendTo(b)
			}
		case ofPeer:
			if peer < tcp.NoSide {
				b = netip.AddrPortFrom(addrs[peer], ports[peer]).AppendTo(append(b, " dst "...))
			}
		case ofListener:
			b = append(strconv.AppendUint(append(b, " 'sport = :"...), uint64(ports[tcp.Responder]), 10), '\'')
		case betweenBoth:
			b = addrs[tcp.Initiator].AppendTo(append(b, " (tcpdump -ni any 'host "...))
			b = addrs[tcp.Responder].AppendTo(append(b, " and host "...))
			b = append(strconv.AppendUint(append(b, " and port "...), uint64(ports[tcp.Responder]), 10), "')"...)
		}
	}
	return string(b)
}

// hostLines remembers lines in parts: there are some hundred, and those that are made for a case.
var hostLines = struct {
	sync.Mutex
	of map[string]*hostLine
}{of: make(map[string]*hostLine)}

func parsed(line string) *hostLine {
	hostLines.Lock()
	defer hostLines.Unlock()
	l := hostLines.of[line]
	if l == nil {
		if len(hostLines.of) >= mostFittings {
			clear(hostLines.of)
		}
		l = parse(line)
		hostLines.of[line] = l
	}
	return l
}

var (
	// listing is a command that lists sockets, up to where a filter belongs.
	listing = regexp.MustCompile(`\bss -[a-z]*t[a-z]*( state [a-z0-9-]+)?`)
	// open are the words that stand for addresses and ports.
	open = regexp.MustCompile(`\b(SERVER|CLIENT|PORT|CLIENTPORT|RECEIVER)\b`)
)

const bothEnds = "capture at both ends"

// parse finds what a line leaves open.
func parse(line string) *hostLine {
	l := new(hostLine)
	blanks := make(map[int]blank) // by place
	skip := make(map[int]int)     // what the blank there takes the place of
	for _, r := range hostRoles {
		if strings.HasPrefix(line, r.words) {
			l.role = r.role
			blanks[len(strings.TrimSuffix(r.words, ":"))] = aboutHost
			break
		}
	}
	if strings.HasPrefix(line, bothEnds) {
		blanks[len(bothEnds)] = betweenBoth
	}
	for _, at := range open.FindAllStringIndex(line, -1) {
		blanks[at[0]], skip[at[0]] = map[string]blank{"SERVER": server, "CLIENT": client, "PORT": port, "CLIENTPORT": clientPort,
			"RECEIVER": otherHost}[line[at[0]:at[1]]], at[1]-at[0]
	}
	// Lines about several hosts, or about all connections, have no filter.
	if at := listing.FindStringIndex(line); at != nil && !strings.Contains(line, " hosts") && !filtered(line[at[1]:]) {
		if strings.Contains(line[at[0]:at[1]], "-ltn") || strings.Contains(line[at[1]:], "| wc -l") {
			blanks[at[1]] = ofListener
		} else {
			blanks[at[1]] = ofPeer
		}
	}
	from := 0
	for i := 0; i <= len(line); i++ {
		if then := blanks[i]; then != nothing {
			l.parts = append(l.parts, part{line[from:i], then})
			from = i + skip[i]
		}
	}
	l.parts = append(l.parts, part{line[from:], nothing})
	return l
}

// filtered reports whether a command goes on with a filter of its own.
func filtered(rest string) bool {
	rest = strings.TrimPrefix(rest, " ")
	return strings.HasPrefix(rest, "'") || strings.HasPrefix(rest, "dst ") || strings.HasPrefix(rest, "src ") ||
		strings.HasPrefix(rest, "sport ") || strings.HasPrefix(rest, "dport ")
}
