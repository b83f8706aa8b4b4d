package findings_test

import (
	"testing"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// builtSteps are the firing cases that no script of lengths and numbers can tell: steps of an open connection as the tracker
// reports them.
var builtSteps = map[string][]fsm.Step{
	"retransmission-conflict": {
		{Frame: 7, Time: 7e9, Seq: 1_000_101, Len: 100, Flags: tcp.ACK | tcp.PSH, Verdict: tcp.Accept},
		{Frame: 8, Time: 8e9, Seq: 1_000_101, Len: 100, Flags: tcp.ACK | tcp.PSH, Verdict: tcp.Duplicate, Reason: tcp.OldData,
			Notes: fsm.Retransmission | fsm.Spurious | fsm.DifferentBytes},
	},
}

// firesOnBuiltLife runs a rule's built case and reports whether there is one.
func firesOnBuiltLife(t *testing.T, r *findings.Rule) bool {
	t.Helper()
	steps, ok := builtSteps[r.Code]
	if !ok {
		return false
	}
	life := livesOf(t, "0.0 > S 0\n0.02 < SA 0 ack 1\n0.04 > A 1 ack 1\n")[0]
	life.Steps = append(life.Steps, steps...)
	for _, f := range findings.NewEngine(findings.Config{}).Judge(&life) {
		checkForm(t, &f)
		if f.Code == r.Code {
			return true
		}
	}
	t.Errorf("%s does not fire on its built life", r.Code)
	return true
}
