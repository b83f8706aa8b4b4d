package score

import (
	"net/netip"
	"slices"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/tcp"
)

// findings compares the codes that were found with those that the scenario calls for.
func (s *Score) findings(rec *lab.Recording, tap string, r *replay) {
	found := map[string]bool{}
	want := rec.Meta.ExpectAt[tap]
	if carriesEvidence(rec, tap) {
		want = slices.Concat(rec.Meta.Expect, want)
	}
	for i := range r.findings {
		f := &r.findings[i]
		found[f.Code] = true
		miss := Miss{rec.Dir, tap, rec.Meta.Params["by"], 0, "found " + f.Code + ": " + f.Title, ""}
		ruledOut := slices.Contains(rec.Meta.Never, f.Code) || rec.Meta.Clean && f.Severity > findings.Info && !slices.Contains(want, f.Code)
		unlisted := f.Severity > findings.Info && !rec.Meta.AnyFindings && !slices.Contains(want, f.Code)
		// The lab's captures are whole: only a scenario can be the reason to doubt one, and lists
		// that.
		doubts := unlisted && f.Rule.Group == findings.GroupCapture
		switch {
		case doubts, ruledOut && !sentAgain(rec, r, f):
			s.Unsupported++
			s.FindingMisses = append(s.FindingMisses, miss)
		case unlisted:
			s.Unlisted = append(s.Unlisted, miss)
		}
	}
	for _, code := range want {
		s.Expected++
		if found[code] {
			s.ExpectedFound++
			continue
		}
		s.FindingMisses = append(s.FindingMisses, Miss{rec.Dir, tap, rec.Meta.Params["by"], 0, "did not find " + code, ""})
	}
}

// carriesEvidence reports whether a tap has every packet that the wire made or lost: what the
// scenario is about passed it.
func carriesEvidence(rec *lab.Recording, tap string) bool {
	for _, e := range rec.Events(lab.KindPacket) {
		made := e.Wire.Origin == "injected" || e.Wire.Origin == "duplicate"
		if _, seen := e.Wire.Frames[tap]; !seen && (made || !e.Wire.Delivered) {
			return false
		}
	}
	return true
}

// repeat says what a host must have done for a finding to be true that says that something was sent
// again, or what came of that. A finding that is merely possible is also right if what it says
// would look the same has happened.
type repeat struct {
	times  int         // how often it sent something again, at least
	states []tcp.State // from one of these states
	reset  bool        // and a reset that one of the kernels sent
	alike  bool        // that looks the same: the finding must say that it is no more than possible
}

var closingStates = []tcp.State{tcp.FinWait1, tcp.Closing, tcp.LastAck}

var repeats = map[string]repeat{
	"syn-retransmitted":       {times: 1, states: []tcp.State{tcp.SynSent}},
	"syn-ack-retransmitted":   {times: 1, states: []tcp.State{tcp.SynReceived}},
	"fin-retransmitted":       {times: 1, states: closingStates},
	"last-ack-lost":           {times: 1, states: []tcp.State{tcp.LastAck}},
	"accept-queue-overflow":   {times: 2, states: []tcp.State{tcp.SynReceived}, alike: true}, // the final acknowledgment was lost
	"time-wait-assassination": {times: 1, states: closingStates, reset: true},
	"retransmission-burst":    {times: 3, states: append([]tcp.State{tcp.Established, tcp.CloseWait}, closingStates...)},
}

// sentAgain reports whether a finding says that something was sent again, and the kernels' own
// events say so too: on a machine that is busy, timers run out though no scenario has lost
// anything.
func sentAgain(rec *lab.Recording, r *replay, f *findings.Finding) bool {
	want, ok := repeats[f.Code]
	if !ok || want.alike && f.Confidence != findings.Possible {
		return false
	}
	times, resets := 0, 0
	for _, e := range rec.Truth {
		switch {
		case e.Kind == lab.KindResetSent && e.Segment != nil && r.isOf(f.Conn, e.Segment.Dst, e.Segment.Src): // a listener has no remote
			resets++
		case e.Kind == lab.KindRetransmit && r.isOf(f.Conn, e.Local, e.Remote) && slices.ContainsFunc(want.states, func(s tcp.State) bool { return s.String() == e.To }):
			times++
		}
	}
	if want.alike && defers(rec, lab.Responder) {
		return true // a listener that waits for data ignores the bare acknowledgment too
	}
	return times >= want.times && (resets > 0 || !want.reset)
}

// isOf reports whether a life has these endpoints.
func (r *replay) isOf(life uint64, local, remote netip.AddrPort) bool {
	i := slices.IndexFunc(r.lives, func(l fsm.Life) bool { return l.ID == life })
	if i < 0 {
		return false
	}
	sd, ok := side(&r.lives[i], tcp.AddrFrom(local.Addr()), local.Port())
	if !ok {
		return false
	}
	a, port := r.lives[i].Endpoint(sd.Peer())
	return a == tcp.AddrFrom(remote.Addr()) && port == remote.Port()
}
