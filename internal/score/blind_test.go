package score

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/tcp"
)

var (
	clientAt = netip.MustParseAddrPort("192.0.2.1:40000")
	serverAt = netip.MustParseAddrPort("192.0.2.2:80")
)

// passed makes a packet that was sent some milliseconds into a recording and took 10 ms. frame is
// its number at the middle, 0 if that lacks it.
func passed(n, frame int, fromServer bool, ms int, origin, flags string, seq, ack uint32, length int, delivered bool) lab.Event {
	at := time.Unix(1_700_000_000, 0).Add(time.Duration(ms) * time.Millisecond)
	e := lab.Event{Kind: lab.KindPacket, Time: at, Packet: n, Segment: &lab.Header{Src: clientAt, Dst: serverAt, Seq: seq, Ack: ack, Flags: flags,
		Len: length}, Wire: &lab.Passed{Frames: map[string]int{}, Delivered: delivered, Arrived: at.Add(10 * time.Millisecond), Origin: origin}}
	if fromServer {
		e.Segment.Src, e.Segment.Dst = serverAt, clientAt
	}
	if frame != 0 {
		e.Wire.Frames[lab.Middle] = frame
	}
	return e
}

// TestBlind holds each reason to a case that it is for and to one beside it.
func TestBlind(t *testing.T) {
	closed := fsm.Step{ReceiverBefore: tcp.Closed}
	unknown := fsm.Step{Verdict: tcp.VerdictUnknown, ReceiverBefore: tcp.SynReceived}
	drop := func(reason string) *lab.Event {
		return &lab.Event{Kind: lab.KindDrop, Host: lab.Responder, Reason: reason}
	}
	waits := lab.Event{Kind: lab.KindCounters, Host: lab.Responder, Counters: map[string]int64{"TcpExtTCPDeferAcceptDrop": 1}}
	for name, c := range map[string]struct {
		truth []lab.Event
		of    int // the packet
		step  fsm.Step
		drop  *lab.Event
		want  string
	}{
		"the reset before was lost": {[]lab.Event{passed(1, 1, false, 0, "kernel", "RA", 100, 300, 0, false),
			passed(2, 2, false, 50, "kernel", "R", 100, 0, 0, true)}, 2, closed, nil, resetLost},
		"its receiver spoke after that": {[]lab.Event{passed(1, 1, false, 0, "kernel", "RA", 100, 300, 0, false),
			passed(2, 2, true, 30, "kernel", "A", 300, 100, 0, true), passed(3, 3, false, 50, "kernel", "R", 100, 0, 0, true)}, 3, closed, nil, ""},
		"the refusal was lost": {[]lab.Event{passed(1, 1, false, 0, "kernel", "PA", 100, 300, 10, true),
			passed(2, 0, true, 11, "kernel", "R", 300, 0, 0, false)}, 1, fsm.Step{}, drop("NO_SOCKET"), answerLost},
		"the refusal came": {[]lab.Event{passed(1, 1, false, 0, "kernel", "PA", 100, 300, 10, true),
			passed(2, 2, true, 11, "kernel", "R", 300, 0, 0, true)}, 1, fsm.Step{}, drop("NO_SOCKET"), ""},
		"nothing tells of the first": {[]lab.Event{passed(1, 1, false, 0, "kernel", "FA", 100, 300, 0, true),
			passed(2, 0, true, 11, "kernel", "A", 300, 101, 0, false), passed(3, 2, false, 300, "kernel", "FA", 100, 300, 0, true)}, 3, fsm.Step{},
			drop("TCP_OLD_DATA"), firstSilent},
		"the first was acknowledged": {[]lab.Event{passed(1, 1, false, 0, "kernel", "FA", 100, 300, 0, true),
			passed(2, 2, true, 11, "kernel", "A", 300, 101, 0, false), passed(3, 3, false, 300, "kernel", "FA", 100, 300, 0, true)}, 3, fsm.Step{},
			drop("TCP_OLD_DATA"), ""},
		"forged beyond the tap": {[]lab.Event{passed(1, 0, false, 0, "injected", "PA", 100, 300, 10, true),
			passed(2, 1, false, 50, "kernel", "A", 100, 300, 0, true)}, 2, fsm.Step{}, drop("TCP_OLD_SEQUENCE"), unseenSince},
		"forged before the tap": {[]lab.Event{passed(1, 1, false, 0, "injected", "PA", 100, 300, 10, true),
			passed(2, 2, false, 50, "kernel", "A", 100, 300, 0, true)}, 2, fsm.Step{}, drop("TCP_OLD_SEQUENCE"), ""},
		"the answer to a forged SYN": {[]lab.Event{passed(1, 1, true, 0, "injected", "S", 500, 0, 0, true),
			passed(2, 2, false, 11, "kernel", "RA", 0, 501, 0, true)}, 2, fsm.Step{ReceiverBefore: tcp.SynSent}, drop("TCP_FLAGS"), forgedSYN},
		"the answer to a SYN": {[]lab.Event{passed(1, 1, true, 0, "kernel", "S", 500, 0, 0, true),
			passed(2, 2, false, 11, "kernel", "RA", 0, 501, 0, true)}, 2, fsm.Step{ReceiverBefore: tcp.SynSent}, drop("TCP_FLAGS"), ""},
		"a listener that waits for data": {[]lab.Event{passed(1, 1, false, 0, "kernel", "A", 100, 300, 0, true), waits}, 1, unknown,
			drop("NOT_SPECIFIED"), deferred},
		"one that does not wait": {[]lab.Event{passed(1, 1, false, 0, "kernel", "A", 100, 300, 0, true)}, 1, unknown, drop("NOT_SPECIFIED"), ""},
		"either SYN": {[]lab.Event{passed(1, 1, false, 0, "kernel", "S", 99, 0, 0, true), passed(2, 2, false, 1000, "kernel", "S", 99, 0, 0, true),
			passed(3, 3, true, 1020, "kernel", "SA", 299, 100, 0, true)}, 1, unknown, nil, whichSYN},
		"the first SYN was answered": {[]lab.Event{passed(1, 1, false, 0, "kernel", "S", 99, 0, 0, true),
			passed(2, 2, true, 20, "kernel", "SA", 299, 100, 0, true), passed(3, 3, false, 1000, "kernel", "S", 99, 0, 0, true)}, 1, unknown, nil, ""},
	} {
		rec := &lab.Recording{Truth: c.truth}
		if got := blind(rec, lab.Middle, &c.truth[c.of-1], &c.step, c.drop); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestForgedOpening: a SYN in a socket's name that the tap has explains an opening that the kernel
// knows nothing of, and no more.
func TestForgedOpening(t *testing.T) {
	open := tcp.Established.String()
	said := []string{tcp.SynSent.String(), open, tcp.Closed.String(), tcp.SynSent.String(), tcp.Closed.String()}
	kernel := []string{tcp.SynSent.String(), open, tcp.Closed.String()}
	agrees := func(without []string) bool { return slices.Equal(collapse(without), kernel) }
	for name, c := range map[string]struct {
		syn  lab.Event
		said []string
		want string
	}{
		"forged":                {passed(1, 1, false, 0, "injected", "S", 99, 0, 0, true), said, forgedOpen},
		"the kernel's":          {passed(1, 1, false, 0, "kernel", "S", 99, 0, 0, true), said, ""},
		"in the other's name":   {passed(1, 1, true, 0, "injected", "S", 99, 0, 0, true), said, ""},
		"beyond the tap":        {passed(1, 0, false, 0, "injected", "S", 99, 0, 0, true), said, ""},
		"and something besides": {passed(1, 1, false, 0, "injected", "S", 99, 0, 0, true), append(said[:4:4], open), ""},
	} {
		rec := &lab.Recording{Truth: []lab.Event{c.syn}}
		if got := openedByForger(rec, lab.Middle, socketPair{clientAt, serverAt}, agrees, c.said); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestClosedUnseen: a FIN that did not come as far as the tap explains a close that nothing tells
// of, and no more.
func TestClosedUnseen(t *testing.T) {
	var truth []lab.Event
	for _, s := range []tcp.State{tcp.SynSent, tcp.Established, tcp.FinWait1, tcp.Closed} {
		truth = append(truth, lab.Event{To: s.String()})
	}
	agreesWith := func(said ...tcp.State) func([]lab.Event) bool {
		return func(without []lab.Event) bool {
			return slices.EqualFunc(without, said, func(e lab.Event, s tcp.State) bool { return e.To == s.String() })
		}
	}
	open := agreesWith(tcp.SynSent, tcp.Established, tcp.Closed)
	lost := passed(1, 0, false, 0, "kernel", "FA", 100, 300, 0, false)
	refusal := passed(2, 1, false, 50, "kernel", "R", 100, 0, 0, true)
	for name, c := range map[string]struct {
		truth  []lab.Event
		agrees func([]lab.Event) bool
		want   string
	}{
		"lost":              {[]lab.Event{lost, refusal}, open, unseenFIN},
		"not sent":          {[]lab.Event{refusal}, open, ""},
		"repeated":          {[]lab.Event{lost, passed(3, 2, false, 300, "kernel", "FA", 100, 300, 0, true)}, open, ""},
		"its number passed": {[]lab.Event{lost, passed(3, 2, false, 20, "kernel", "A", 101, 301, 0, true)}, open, ""},
		"and more differs":  {[]lab.Event{lost, refusal}, agreesWith(tcp.SynSent, tcp.Closed), ""},
	} {
		rec := &lab.Recording{Truth: c.truth}
		if got := closedUnseen(rec, lab.Middle, socketPair{clientAt, serverAt}, truth, c.agrees); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
