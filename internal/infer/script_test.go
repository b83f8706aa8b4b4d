package infer_test

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/sysctl"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/tcp"
)

// A script is a file of cases in a notation like packetdrill's. A case begins with its name; what
// it expects is taken from the text that its comments cite, never from what the tracker said.
//
//	== three-way handshake
//	# RFC 9293 section 3.5, figure 6
//	stacks linux rfc9293
//	1 0.000 > S  100:100(0) win 1000    | CLOSED>SYN-SENT | LISTEN>SYN-RECEIVED | accept syn-ack by 2
//	2 0.010 < S. 300:300(0) ack 101     | SYN-SENT>ESTABLISHED | LISTEN>SYN-RECEIVED | accept ack by 3
//	3 0.020 > .  101:101(0) ack 301     | ESTABLISHED | SYN-RECEIVED>ESTABLISHED | accept
//	life three-way open
//	move A 1 CLOSED>SYN-SENT observed sent SYN
//
// A segment's line has its frame number, its time in seconds, its direction (> from A on the left
// to B on the right), flags, seq:end(payload length), and in any order ack, win (65535 without it),
// ttl, id, csum bad, cut fragment and options in <>; then A's state and B's state when the segment
// left its sender and arrived at its receiver, before>after, one name when they are the same; then
// the receiver's verdict/reason, its response if that is not none, and the frame that is that
// response. A comment may follow after #.
//
// open A B [OPTIONS] stands for a three-way handshake within 0.2 ms as frames 1 to 3, with A and B
// as the next numbers to send; the options are both sides', TS among them without values: A's clock
// is at 1000, B's at 5000.
//
// Other lines: stacks (both sides run this one, in a run for each; linux without it), stack A NAME
// (that side runs it, whatever the other one does), sysctl A KEY=VALUE, tick (an ACK of another
// connection, which lets capture time pass), icmp (an error that quotes a segment), life (one line
// for each life that is reported, in that order: opening, closing, by whom) and move (one line for
// each transition of all lives: side, frame or @time of a timer, from>to, certainty, cause,
// withdrawn or not). Without life or move lines, lives or transitions are not looked at.
type scriptCase struct {
	name   string
	file   string
	line   int
	stacks []fsm.Stack
	stack  [2]fsm.Stack // of A and B, where it is not that of stacks
	hosts  sysctl.Settings
	events []event
	lives  []want
	moves  []want
}

// event is one line with a segment.
type event struct {
	line  int
	tick  bool
	fromB bool
	seg   tcp.Segment
	want  string
}

// want is an expectation and where it was written.
type want struct {
	line int
	text string
}

var (
	addrA = tcp.AddrFrom(netip.MustParseAddr("192.0.2.1"))
	addrB = tcp.AddrFrom(netip.MustParseAddr("192.0.2.2"))
)

const (
	portA, portB = 40000, 80
	epoch        = int64(1_700_000_000e9)
)

// readScript parses a file of cases.
func readScript(t *testing.T, file string) []*scriptCase {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []*scriptCase
	for i, line := range strings.Split(string(text), "\n") {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "== "); ok {
			cases = append(cases, &scriptCase{name: name, file: file, line: i + 1})
			continue
		}
		if line == "" {
			continue
		}
		if len(cases) == 0 {
			t.Fatalf("%s:%d: before the first case", file, i+1)
		}
		if err := cases[len(cases)-1].parse(i+1, line); err != nil {
			t.Fatalf("%s:%d: %v", file, i+1, err)
		}
	}
	return cases
}

func (c *scriptCase) parse(at int, line string) error {
	word, rest, _ := strings.Cut(line, " ")
	rest = strings.Join(strings.Fields(rest), " ")
	switch word {
	case "stacks":
		for _, name := range strings.Fields(rest) {
			s, ok := fsm.ParseStack(name)
			if !ok {
				return fmt.Errorf("no stack is called %q", name)
			}
			c.stacks = append(c.stacks, s)
		}
	case "stack":
		side, name, _ := strings.Cut(rest, " ")
		s, ok := fsm.ParseStack(name)
		if i := strings.Index("AB", side); ok && i >= 0 {
			c.stack[i] = s
			return nil
		}
		return fmt.Errorf("not a side's stack: %q", line)
	case "sysctl":
		side, setting, _ := strings.Cut(rest, " ")
		addr := map[string]string{"A": "192.0.2.1:", "B": "192.0.2.2:"}[side]
		return c.hosts.Add(addr + setting)
	case "open":
		return c.open(at, rest)
	case "life":
		c.lives = append(c.lives, want{at, rest})
	case "move":
		c.moves = append(c.moves, want{at, rest})
	default:
		return c.parseEvent(at, line)
	}
	return nil
}

func (c *scriptCase) open(at int, rest string) error {
	var a, b uint32
	words, options, _ := strings.Cut(rest, "<")
	if _, err := fmt.Sscanf(words, "%d %d", &a, &b); err != nil {
		return err
	}
	stamps := func(val, echo int) string {
		return "<" + strings.Replace(options, "TS", fmt.Sprintf("TS val %d ecr %d", val, echo), 1)
	}
	only := ""
	if strings.Contains(options, "TS") {
		only = "<TS val 1000 ecr 5000>"
	}
	for _, line := range []string{
		fmt.Sprintf("1 0.0000 > S %d:%[1]d(0) %s | CLOSED>SYN-SENT | LISTEN>SYN-RECEIVED | accept syn-ack by 2", a-1, stamps(1000, 0)),
		fmt.Sprintf("2 0.0001 < S. %d:%[1]d(0) ack %d %s | SYN-SENT>ESTABLISHED | LISTEN>SYN-RECEIVED | accept ack by 3", b-1, a, stamps(5000, 1000)),
		fmt.Sprintf("3 0.0002 > . %d:%[1]d(0) ack %d %s | ESTABLISHED | SYN-RECEIVED>ESTABLISHED | accept", a, b, only),
	} {
		if err := c.parseEvent(at, line); err != nil {
			return err
		}
	}
	return nil
}

func (c *scriptCase) parseEvent(at int, line string) error {
	what, expected, _ := strings.Cut(line, "|")
	f := strings.Fields(what)
	if len(f) < 3 {
		return fmt.Errorf("not a line of a script: %q", line)
	}
	frame, err := strconv.ParseUint(f[0], 10, 64)
	if err != nil || int(frame) != len(c.events)+1 {
		return fmt.Errorf("frame %s, want %d", f[0], len(c.events)+1)
	}
	seconds, err := strconv.ParseFloat(f[1], 64)
	if err != nil {
		return err
	}
	e := event{line: at}
	for _, column := range strings.Split(expected, "|") {
		e.want += " | " + strings.Join(strings.Fields(column), " ")
	}
	e.want = strings.TrimPrefix(e.want, " | ")
	e.seg = tcp.Segment{Time: epoch + int64(seconds*1e6+0.5)*1000, Frame: frame, Window: 65535, TTL: 64, IPID: uint16(frame),
		Checksum: tcp.ChecksumGood}
	switch f[2] {
	case "tick":
		e.tick = true
		e.seg.Flags, e.seg.SrcPort, e.seg.DstPort = tcp.ACK, 50000+uint16(frame), portB
	case "<":
		e.fromB = true
		fallthrough
	case ">":
		err = parseSegment(&e.seg, f[3:])
	default:
		err = fmt.Errorf("direction %q", f[2])
	}
	c.events = append(c.events, e)
	return err
}

// flagLetters are packetdrill's, low bit first; a dot is ACK.
const flagLetters = "FSRP.UEW"

func parseSegment(seg *tcp.Segment, f []string) error {
	if f[0] == "icmp" { // icmp TYPE/CODE SEQ
		seg.Kind, seg.IPID = tcp.KindICMP, 0
		var seq uint32
		if _, err := fmt.Sscanf(strings.Join(f[1:], " "), "%d/%d %d", &seg.ICMPType, &seg.ICMPCode, &seq); err != nil {
			return err
		}
		seg.Seq = tcp.Seq(seq)
		return nil
	}
	for _, r := range f[0] {
		bit := strings.IndexRune(flagLetters, r)
		if r == '-' {
			continue
		}
		if bit < 0 {
			return fmt.Errorf("no flag %q", r)
		}
		seg.Flags |= 1 << bit
	}
	var seq, end uint32
	if _, err := fmt.Sscanf(f[1], "%d:%d(%d)", &seq, &end, &seg.Len); err != nil || end != seq+seg.Len {
		return fmt.Errorf("%s: want seq:end(length)", f[1])
	}
	seg.Seq = tcp.Seq(seq)
	rest, options, _ := strings.Cut(strings.Join(f[2:], " "), "<")
	words := strings.Fields(rest)
	for i := 0; i < len(words); i += 2 {
		if i+1 == len(words) {
			return fmt.Errorf("%s without a value", words[i])
		}
		n, err := strconv.ParseUint(words[i+1], 10, 32)
		switch words[i] {
		case "ack":
			seg.Ack = tcp.Seq(n)
		case "win":
			seg.Window = uint16(n)
		case "ttl":
			seg.TTL = uint8(n)
		case "id":
			seg.IPID = uint16(n)
		case "cut": // cut fragment: the first fragment of the segment
			seg.Cut, err = tcp.CutFragment, nil
		case "csum":
			seg.Checksum, err = tcp.ChecksumBad, nil
		default:
			err = fmt.Errorf("%q is not known", words[i])
		}
		if err != nil {
			return err
		}
	}
	if seg.Flags.Has(tcp.ACK) != strings.Contains(rest, "ack ") {
		return fmt.Errorf("ack goes with the ACK flag")
	}
	return parseOptions(seg, strings.TrimSuffix(options, ">"))
}

func parseOptions(seg *tcp.Segment, text string) error {
	for _, o := range strings.Split(text, ",") {
		o = strings.TrimSpace(o)
		kind, value, _ := strings.Cut(o, " ")
		var err error
		switch kind {
		case "":
		case "mss":
			seg.Options |= tcp.OptMSS
			_, err = fmt.Sscanf(value, "%d", &seg.MSS)
		case "sackOK":
			seg.Options |= tcp.OptSACKPerm
		case "wscale":
			seg.Options |= tcp.OptWScale
			_, err = fmt.Sscanf(value, "%d", &seg.WScale)
		case "TS":
			seg.Options |= tcp.OptTimestamps
			_, err = fmt.Sscanf(value, "val %d ecr %d", &seg.TSval, &seg.TSecr)
		case "sack":
			seg.Options |= tcp.OptSACK
			for _, block := range strings.Fields(value) {
				b := &seg.SACK[seg.SACKCount]
				seg.SACKCount++
				if _, err = fmt.Sscanf(block, "%d:%d", &b.Left, &b.Right); err != nil {
					break
				}
			}
		case "FO":
			seg.Options |= tcp.OptFastOpen
			if value != "" {
				_, err = fmt.Sscanf(value, "%d", &seg.FastOpenLen)
			}
		default:
			err = fmt.Errorf("no option %q", o)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", o, err)
		}
	}
	return nil
}

// variant is a way to play a case that must not matter: which side's address is the lower one, and
// where in the number space it is.
type variant struct {
	name   string
	swap   bool
	seqA   tcp.Seq // added to A's sequence numbers
	seqB   tcp.Seq
	stamps uint32 // added to timestamps
}

// The scripts' numbers are small, so that an offset a little below the wrap has most of them cross
// it.
var variants = []variant{
	{name: "as written"},
	{name: "addresses swapped", swap: true},
	{name: "sequence numbers wrap", seqA: 1<<32 - 150, seqB: 1<<32 - 350},
	{name: "sequence numbers pass half the space", seqA: 1<<31 - 150, seqB: 1<<31 - 350, swap: true},
	{name: "timestamps wrap", stamps: ^uint32(0) - 1500, seqA: 1 << 30},
}

// place puts a segment of a script where the variant has it.
func (v *variant) place(e *event) tcp.Segment {
	seg := e.seg
	if e.tick {
		seg.Src, seg.Dst = addrA, addrB
		return seg
	}
	a, b := addrA, addrB
	if v.swap {
		a, b = b, a
	}
	mine, other := v.seqA, v.seqB
	seg.Src, seg.Dst, seg.SrcPort, seg.DstPort = a, b, portA, portB
	if e.fromB {
		mine, other = other, mine
		seg.Src, seg.Dst, seg.SrcPort, seg.DstPort = b, a, portB, portA
	}
	if seg.Seq != 0 || !seg.Flags.Has(tcp.RST|tcp.ACK) { // a RST in answer to a SYN has no number of its own
		seg.Seq += mine
	}
	if seg.Flags.Has(tcp.ACK) {
		seg.Ack += other
	}
	for i := range seg.SACKCount {
		seg.SACK[i].Left += other
		seg.SACK[i].Right += other
	}
	if seg.TSval != 0 {
		seg.TSval += v.stamps
	}
	if seg.TSecr != 0 {
		seg.TSecr += v.stamps
	}
	return seg
}

// recorder keeps what a tracker reports in a script's notation.
type recorder struct {
	fromB map[uint64]bool
	steps map[uint64]string
	lives []string
	moves []string
	v     *variant
	ticks map[uint64]bool
}

func (r *recorder) Segment(_ uint64, s *fsm.Step) {
	sender, receiver := change(s.SenderBefore, s.SenderAfter), change(s.ReceiverBefore, s.ReceiverAfter)
	if r.fromB[s.Frame] {
		sender, receiver = receiver, sender
	}
	said := s.Verdict.String()
	if s.Reason != tcp.NoReason {
		said += "/" + s.Reason.String()
	}
	if s.Response != tcp.RespondNone {
		said += " " + s.Response.String()
	}
	if s.AnsweredBy != 0 {
		said += " by " + strconv.FormatUint(s.AnsweredBy, 10)
	}
	r.steps[s.Frame] = sender + " | " + receiver + " | " + said
}

func change(before, after tcp.State) string {
	if before == after {
		return before.String()
	}
	return before.String() + ">" + after.String()
}

// sideName says which side of a script a life's side is.
func (r *recorder) sideName(l *fsm.Life, s tcp.Side) string {
	addr, port := l.Endpoint(s)
	if a := (addr == addrA) != r.v.swap; a && port == portA {
		return "A"
	}
	return "B"
}

func (r *recorder) Ended(l *fsm.Life) {
	if r.ticks[l.First.Frame] {
		return
	}
	text := l.Opening.String() + " " + l.Closing.String()
	switch l.ClosedBy {
	case [2]bool{true, true}:
		text += " by both"
	case [2]bool{true, false}:
		text += " by " + r.sideName(l, tcp.Initiator)
	case [2]bool{false, true}:
		text += " by " + r.sideName(l, tcp.Responder)
	}
	r.lives = append(r.lives, text)
	for i := range l.Transitions {
		tr := &l.Transitions[i]
		at := strconv.FormatUint(tr.Frame, 10)
		if tr.Frame == 0 {
			at = fmt.Sprintf("@%.3f", time.Duration(tr.Time-epoch).Seconds())
		}
		text := fmt.Sprintf("%s %s %s>%s %s %s", r.sideName(l, tr.Side), at, tr.From, tr.To, tr.Certainty, tr.Cause)
		if tr.Withdrawn {
			text += " withdrawn"
		}
		r.moves = append(r.moves, text)
	}
}

// stacksOf gives what the hosts run: stack, unless the case says otherwise of one.
func (c *scriptCase) stacksOf(stack fsm.Stack, v *variant) fsm.Stacks {
	s := fsm.Stacks{All: stack, ByAddr: map[tcp.Addr]fsm.Stack{}}
	for i, addr := range []tcp.Addr{addrA, addrB} {
		if v.swap {
			addr = []tcp.Addr{addrB, addrA}[i]
		}
		if c.stack[i] != fsm.AnyStack {
			s.ByAddr[addr] = c.stack[i]
		}
	}
	return s
}

func (c *scriptCase) run(t *testing.T, stack fsm.Stack, v *variant) {
	r := &recorder{fromB: map[uint64]bool{}, steps: map[uint64]string{}, ticks: map[uint64]bool{}, v: v}
	hosts := c.hosts.Hosts()
	if v.swap {
		a, b := *hosts.Of(addrA), *hosts.Of(addrB)
		hosts.ByAddr = map[tcp.Addr]fsm.Host{addrA: b, addrB: a}
	}
	tracker := track.New(track.Config{Stacks: c.stacksOf(stack, v), Hosts: hosts, KeepAll: true}, r)
	for i := range c.events {
		e := &c.events[i]
		r.fromB[e.seg.Frame], r.ticks[e.seg.Frame] = e.fromB, e.tick
		seg := v.place(e)
		tracker.Observe(&seg)
	}
	tracker.Finish()
	for i := range c.events {
		e := &c.events[i]
		if got := r.steps[e.seg.Frame]; !e.tick && e.seg.Kind == tcp.KindTCP && got != e.want {
			t.Errorf("%s:%d: frame %d\n got %s\nwant %s", c.file, e.line, e.seg.Frame, got, e.want)
		}
	}
	compare(t, c, "life", r.lives, c.lives)
	compare(t, c, "move", r.moves, c.moves)
}

// compare holds a list of what was reported to what was wanted, if anything was.
func compare(t *testing.T, c *scriptCase, what string, got []string, wants []want) {
	t.Helper()
	if len(wants) == 0 {
		return
	}
	for i := range max(len(got), len(wants)) {
		switch {
		case i >= len(got):
			t.Errorf("%s:%d: %s %q is missing", c.file, wants[i].line, what, wants[i].text)
		case i >= len(wants):
			t.Errorf("%s:%d: %s %q is one too many", c.file, c.line, what, got[i])
		case got[i] != wants[i].text:
			t.Errorf("%s:%d: %s %q, want %q", c.file, wants[i].line, what, got[i], wants[i].text)
		}
	}
}
