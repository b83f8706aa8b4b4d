package findings_test

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/tcp"
)

// script replays segments written as text, in the manner of packetdrill:
//
//	0.000 > S 0            a segment from the client (">") or the server ("<"): time, flags, sequence number
//	0.020 < SA 0 ack 1     numbers are relative to each side's initial one
//	0.050 > PA 1+300 ack 1 300 bytes
//	icmp 1 3 3 10.0.0.9    an ICMP error (time, type, code, sender, perhaps MTU) about the segment before
//	end 70                 the capture goes on, without this connection, to that time
//	repeat 20 0.01         what follows up to "done" 20 times, each 0.01 s later, {7} being 7, 8, 9 …
//
// and settings for the lines that follow:
//
//	conn 10.0.0.1:40000 10.0.0.2:80
//	isn 1000000 5000000    initial sequence numbers of client and server
//	ts on                  timestamps in every segment: the time in ms
//	skew 0 -5000           what the two sides' timestamp clocks are off by, in ms
//	rfc1337 10.0.0.2       the host has tcp_rfc1337 set
//	ports 10.0.0.1 LOW HIGH  the host's port range
//	stack 10.0.0.1 NAME    what the host runs: Linux, unless a line says so
//
// Words after the number change a single segment: ack N, win N (unscaled), ts VALUE ECHO, nots, ttl
// N, ipid N, sack L R, bare (no options in a SYN), tfo LEN, sum bad|partial|outer (the tunnel's),
// bytes N (the payload's sum), says alert|short|control|handshake|close|goodbye|quit (what the payload is), mptcp,
// cut, fragment (the first one of the segment).
type script struct {
	conn     [2]netip.AddrPort
	isn      [2]tcp.Seq
	skew     [2]int64
	recent   [2]uint32 // the last TSval that each side received
	stamps   bool
	frame    uint64
	ids      uint16
	tracker  *track.Tracker
	engine   *findings.Engine
	last     tcp.Segment
	later    int64 // what a repeated block's times are later by
	findings []findings.Finding
	stack    fsm.Stack // what hosts run of which no line says so
}

// Segment is not needed: the engine looks at lives.
func (sc *script) Segment(uint64, *fsm.Step) {}

// Ended judges a life.
func (sc *script) Ended(l *fsm.Life) { sc.findings = append(sc.findings, sc.engine.Judge(l)...) }

// replay runs a script and gives what is found.
func replay(tb testing.TB, text string) []findings.Finding {
	tb.Helper()
	return replayBetween(tb, text, fsm.Linux)
}

// replayBetween runs a script between hosts that run a stack and gives what is found.
func replayBetween(tb testing.TB, text string, stack fsm.Stack) []findings.Finding {
	tb.Helper()
	sc := &script{stack: stack}
	sc.run(text, sc)
	return findings.Untold(append(sc.findings, sc.engine.Finish(findings.CaptureFacts{})...))
}

// livesOf runs a script and gives its lives.
func livesOf(tb testing.TB, text string) []fsm.Life {
	tb.Helper()
	k := new(keeper)
	(&script{stack: fsm.Linux}).run(text, k)
	return k.lives
}

func (sc *script) run(text string, h track.Handler) {
	sc.isn, sc.skew = [2]tcp.Seq{1_000_000, 5_000_000}, [2]int64{50_000, 90_000}
	sc.connect("10.0.0.1:40000", "10.0.0.2:80")
	sc.start(text, h)
	sc.lines(text)
	sc.tracker.Finish()
}

// lines runs a script's lines; a block of them any number of times.
func (sc *script) lines(text string) {
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "repeat":
			block, after, _ := strings.Cut(rest, "\ndone\n")
			sc.repeat(number(words[1]), at(words[2])-at("0"), block)
			rest = after
		default:
			sc.line(words)
		}
		text = rest
	}
}

// repeat runs a block n times, each time step later, with {NUMBER} raised by one each time.
func (sc *script) repeat(n, step int64, block string) {
	for i := range n {
		sc.lines(counter.ReplaceAllStringFunc(block, func(s string) string {
			return strconv.FormatInt(number(s[1:len(s)-1])+i, 10)
		}))
		sc.later += step
	}
	sc.later -= n * step
}

var counter = regexp.MustCompile(`\{\d+\}`)

// start makes the tracker, which must know the hosts' settings ("rfc1337 ADDR") from the beginning.
func (sc *script) start(text string, h track.Handler) {
	hosts := fsm.Hosts{Default: fsm.LinuxDefaults(), ByAddr: map[tcp.Addr]fsm.Host{}}
	stacks := fsm.Stacks{All: sc.stack, ByAddr: map[tcp.Addr]fsm.Stack{}}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 3 && words[0] == "stack" {
			stack, ok := fsm.ParseStack(words[2])
			if !ok {
				panic("unknown stack " + words[2])
			}
			stacks.ByAddr[tcp.AddrFrom(netip.MustParseAddr(words[1]))] = stack
		}
		if len(words) == 0 || words[0] != "rfc1337" && words[0] != "ports" {
			continue
		}
		host := fsm.LinuxDefaults()
		if words[0] == "ports" {
			host.PortLow, host.PortHigh = int(number(words[2])), int(number(words[3]))
		} else {
			host.RFC1337 = true
		}
		hosts.ByAddr[tcp.AddrFrom(netip.MustParseAddr(words[1]))] = host
	}
	sc.tracker = track.New(track.Config{Hosts: hosts, Stacks: stacks}, h)
	sc.engine = findings.NewEngine(findings.Config{Hosts: hosts})
}

func (sc *script) line(w []string) {
	switch w[0] {
	case "conn":
		sc.connect(w[1], w[2])
	case "isn":
		sc.isn = [2]tcp.Seq{tcp.Seq(number(w[1])), tcp.Seq(number(w[2]))}
	case "ts":
		sc.stamps = w[1] == "on"
	case "skew":
		sc.skew = [2]int64{number(w[1]), number(w[2])}
	case "rfc1337", "ports", "stack":
	case "icmp":
		sc.icmp(w[1:])
	case "end":
		sc.end(w[1])
	default:
		sc.segment(w)
	}
}

func (sc *script) connect(client, server string) {
	sc.conn = [2]netip.AddrPort{netip.MustParseAddrPort(client), netip.MustParseAddrPort(server)}
}

func (sc *script) segment(w []string) {
	from := 0
	if w[1] == "<" {
		from = 1
	}
	seg := sc.from(from, sc.later+at(w[0]))
	seg.Flags = flags(w[2])
	seq, length, _ := strings.Cut(w[3], "+")
	seg.Seq = sc.isn[from] + tcp.Seq(number(seq))
	if length != "" {
		seg.Len = uint32(number(length))
	}
	sc.options(&seg, from)
	sc.words(&seg, from, w[4:])
	sc.send(&seg)
	if seg.Has(tcp.OptTimestamps) {
		sc.recent[1-from] = seg.TSval
	}
}

// from makes a segment with the usual fields.
func (sc *script) from(side int, time int64) tcp.Segment {
	src, dst := sc.conn[side], sc.conn[1-side]
	sc.ids++
	return tcp.Segment{Time: time, Src: tcp.AddrFrom(src.Addr()), Dst: tcp.AddrFrom(dst.Addr()), SrcPort: src.Port(),
		DstPort: dst.Port(), Window: 502, TTL: 64, IPID: sc.ids, IPv6: src.Addr().Is6(), Checksum: tcp.ChecksumGood}
}

func (sc *script) options(seg *tcp.Segment, from int) {
	if seg.Flags.Has(tcp.SYN) {
		seg.Options = tcp.OptMSS | tcp.OptWScale | tcp.OptSACKPerm
		seg.MSS, seg.WScale, seg.Window = 1460, 7, 64240
	}
	if sc.stamps && !seg.Flags.Has(tcp.RST) {
		seg.Options |= tcp.OptTimestamps
		seg.TSval = uint32((seg.Time-at("0"))/1e6 + sc.skew[from])
		if seg.Flags.Has(tcp.ACK) {
			seg.TSecr = sc.recent[from]
		}
	}
}

// words applies what a line says after the sequence number.
func (sc *script) words(seg *tcp.Segment, from int, w []string) {
	for len(w) > 0 {
		key, value := w[0], ""
		if len(w) > 1 {
			value = w[1]
		}
		used := 2
		switch key {
		case "ack":
			seg.Ack = sc.isn[1-from] + tcp.Seq(number(value))
		case "win":
			seg.Window = uint16(number(value))
		case "ts":
			seg.Options |= tcp.OptTimestamps
			seg.TSval, seg.TSecr = uint32(number(value)), uint32(number(w[2]))
			used = 3
		case "nots":
			seg.Options &^= tcp.OptTimestamps
			used = 1
		case "bare":
			seg.Options, seg.MSS, seg.WScale = 0, 0, 0
			used = 1
		case "fragment":
			seg.Cut = tcp.CutFragment
			used = 1
		case "cut":
			seg.Cut = tcp.CutOptions
			seg.Options |= tcp.OptCut
			used = 1
		case "ttl":
			seg.TTL = uint8(number(value))
		case "ipid":
			seg.IPID = uint16(number(value))
		case "tfo":
			seg.Options |= tcp.OptFastOpen
			seg.FastOpenLen = uint8(number(value))
		case "says":
			seg.Content = map[string]tcp.Content{"alert": tcp.ContentTLSAlert, "short": tcp.ContentTLSShort, "control": tcp.ContentTLSControl,
				"handshake": tcp.ContentTLSHandshake, "close": tcp.ContentWebSocketClose, "goodbye": tcp.ContentGoodbye, "quit": tcp.ContentQuit}[value]
		case "mptcp":
			seg.Options |= tcp.OptMPTCP
			used = 1
		case "bytes":
			seg.PayloadSum = uint16(number(value))
		case "sum":
			seg.OuterBad = value == "outer"
			seg.Checksum = map[string]tcp.Checksum{"bad": tcp.ChecksumBad, "partial": tcp.ChecksumPartial}[value]
		case "sack":
			seg.Options |= tcp.OptSACK
			seg.SACK[0] = tcp.SACKBlock{Left: sc.isn[1-from] + tcp.Seq(number(value)), Right: sc.isn[1-from] + tcp.Seq(number(w[2]))}
			seg.SACKCount = 1
			used = 3
		default:
			panic("unknown word " + key)
		}
		w = w[used:]
	}
}

func (sc *script) send(seg *tcp.Segment) {
	sc.frame++
	seg.Frame = sc.frame
	sc.last = *seg
	sc.tracker.Observe(seg)
}

// icmp sends an error about the segment before.
func (sc *script) icmp(w []string) {
	seg := sc.last
	seg.Kind, seg.Time = tcp.KindICMP, at(w[0])
	seg.ICMPType, seg.ICMPCode = uint8(number(w[1])), uint8(number(w[2]))
	seg.ICMPFrom = tcp.AddrFrom(netip.MustParseAddr(w[3]))
	if len(w) > 4 {
		seg.ICMPMTU = uint32(number(w[4]))
	}
	quoted := sc.last
	sc.send(&seg)
	sc.last = quoted
}

// end lets the capture's clock go on: something else is seen at that time.
func (sc *script) end(time string) {
	conn := sc.conn
	sc.connect("192.0.2.1:1", "192.0.2.2:1")
	seg := sc.from(0, at(time))
	seg.Flags = tcp.RST
	sc.send(&seg)
	sc.conn = conn
}

const letters = "FSRPAUECN"

func flags(s string) tcp.Flags {
	var f tcp.Flags
	for _, r := range s {
		f |= 1 << strings.IndexRune(letters, r)
	}
	return f
}

// at reads a time in seconds from the start.
func at(s string) int64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(err)
	}
	const start = 1_700_000_000
	return start*1e9 + int64(f*1e6)*1e3
}

func number(s string) int64 {
	n, err := strconv.ParseInt(strings.ReplaceAll(s, "_", ""), 10, 64)
	if err != nil {
		panic(fmt.Sprintf("not a number: %q", s))
	}
	return n
}
