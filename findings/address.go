package findings

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"github.com/lastack/lastack/tcp"
)

// The rules' lines about how to confirm a finding speak of any connection. Those of a finding are to
// be copied and run: they name its own hosts, and their commands pick its own connection.

// hostWords are the words by which lines name a host: the client, the server, the side that the finding
// is about, or the other one.
var hostWords = []struct {
	words string
	of    func(acts tcp.Side) tcp.Side
}{
	{"on the server", func(tcp.Side) tcp.Side { return tcp.Responder }},
	{"on the client", func(tcp.Side) tcp.Side { return tcp.Initiator }},
	{"on the sender", func(acts tcp.Side) tcp.Side { return acts }},
	{"on that side", func(acts tcp.Side) tcp.Side { return acts }},
	{"on the closer", func(acts tcp.Side) tcp.Side { return acts }},
	{"on the other side", tcp.Side.Peer},
	{"on the peer", tcp.Side.Peer},
}

// listing matches a command that lists sockets, up to where a filter belongs.
var listing = regexp.MustCompile(`\bss -[a-zJ]*t[a-z]*( state [a-z0-9-]+)?`)

// address names the case's hosts and connection in the lines that say how to confirm a finding.
func (d *draft) address(c *Case) {
	own := make([]string, len(d.Confirm)) // the rule's are not to be changed
	for i, line := range d.Confirm {
		own[i] = c.addressed(line, d.acts)
	}
	d.Confirm = own
}

func (c *Case) addressed(line string, acts tcp.Side) string {
	line = c.named(line, acts)
	side := tcp.NoSide
	for _, h := range hostWords {
		if strings.HasPrefix(line, h.words) {
			if s := h.of(acts); s < tcp.NoSide {
				side = s
				a, _ := c.Endpoint(s)
				line = h.words + " " + a.Netip().String() + line[len(h.words):]
			}
			break
		}
	}
	if strings.Contains(line, " hosts") || strings.Contains(line, "ss -s") {
		return line // of several hosts, or of all connections
	}
	at := listing.FindStringIndex(line)
	if at == nil || filtered(line[at[1]:]) {
		return line
	}
	filter := ""
	switch {
	case strings.Contains(line[at[0]:at[1]], "-ltn"), strings.Contains(line[at[1]:], "| wc -l"):
		filter = fmt.Sprintf(" 'sport = :%d'", c.Tuple.DstPort)
	case side == tcp.NoSide:
		return line
	default:
		a, port := c.Endpoint(side.Peer())
		filter = " dst " + netip.AddrPortFrom(a.Netip(), port).String()
	}
	return line[:at[1]] + filter + line[at[1]:]
}

// filtered reports whether a command goes on with a filter of its own.
func filtered(rest string) bool {
	rest = strings.TrimPrefix(rest, " ")
	return strings.HasPrefix(rest, "'") || strings.HasPrefix(rest, "dst ") || strings.HasPrefix(rest, "src ") ||
		strings.HasPrefix(rest, "sport ") || strings.HasPrefix(rest, "dport ")
}

// named puts addresses and ports in place of the words that stand for them.
func (c *Case) named(line string, acts tcp.Side) string {
	if strings.HasPrefix(line, bothEnds) {
		line = fmt.Sprintf("%s (tcpdump -ni any 'host %s and host %s and port %d')%s", bothEnds, c.Tuple.Src.Netip(), c.Tuple.Dst.Netip(),
			c.Tuple.DstPort, line[len(bothEnds):])
	}
	if !placeholder.MatchString(line) {
		return line
	}
	return placeholder.ReplaceAllStringFunc(line, func(word string) string {
		switch word {
		case "SERVER":
			return c.Tuple.Dst.Netip().String()
		case "CLIENT":
			return c.Tuple.Src.Netip().String()
		case "PORT":
			return fmt.Sprint(c.Tuple.DstPort)
		case "CLIENTPORT":
			return fmt.Sprint(c.Tuple.SrcPort)
		}
		if acts < tcp.NoSide { // RECEIVER
			a, _ := c.Endpoint(acts.Peer())
			return a.Netip().String()
		}
		return word
	})
}

const bothEnds = "capture at both ends"

var placeholder = regexp.MustCompile(`\b(SERVER|CLIENT|PORT|CLIENTPORT|RECEIVER)\b`)
