package findings_test

import (
	"slices"
	"testing"

	"github.com/lastack/lastack/findings"
)

// TestDoubt: what hangs on records that the capture may lack, or have in the wrong order, is no
// more than possible, and nobody is blamed.
func TestDoubt(t *testing.T) {
	const stamped = "ts on\n0.0 > S 0\n0.02 < SA 0 ack 1\n0.04 > A 1 ack 1\n0.1 > PA 1+100 ack 1\n0.12 < A 1 ack 101\n"
	const burst = "0.0 > S 0\n0.02 < SA 0 ack 1\n0.04 > A 1 ack 1\nrepeat 4 1\n1.0 > PA {1}+1 ack 1\n1.2 > PA {1}+1 ack 1\n1.22 < A 1 ack {2}\ndone\n"
	for _, c := range []struct {
		name, script, code string
		sure               findings.Confidence
		blame              findings.Blame
	}{
		{"a socket's own reset where all else may be filtered out", "0.0 > S 0\n0.02 < SA 0 ack 1\n5.0 > RA 1 ack 1\nend 9",
			"handshake-incomplete", findings.Possible, findings.BlameUnknown},
		{"an answer from no socket (RFC 9293 section 3.10.7.1)", "0.0 > S 0\n0.02 < SA 0 ack 1\n0.021 > R 1\nend 9",
			"handshake-incomplete", findings.Likely, findings.BlameInitiator},
		{"an ACK whose timestamp is 3 ms older", stamped + "0.2 < PA 1+100 ack 101\n0.201 < A 1 ack 101 ts 90197 50100\n0.22 > A 101 ack 101\nend 9",
			"paws-discard", findings.Possible, findings.BlameUnknown},
		{"data whose timestamp is a day older", stamped + "0.2 < PA 1+100 ack 101\n0.25 > A 101 ack 101\n1.0 < PA 101+100 ack 101 ts 1 50100\n" +
			"1.02 > A 101 ack 101\nend 9", "paws-discard", findings.Certain, findings.BlameResponder},
		{"repetitions where options are cut off", burst + "6.0 < A 1 ack 5 cut\nend 9", "retransmission-burst", findings.Possible, findings.BlameUnknown},
		{"repetitions", burst + "6.0 < A 1 ack 5\nend 9", "retransmission-burst", findings.Likely, findings.BlamePath},
		{"a reset numbered as a connection ended whose SYN was recorded after its data", "0.0 > PA 1+300 ack 1\n0.001 < A 1 ack 301\n0.003 > S 0\n" +
			"0.0035 < SA 0 ack 1\n0.01 < PA 1+100 ack 301\n3.3 > R 301\nend 9", "stale-rst", findings.Possible, findings.BlamePath},
		{"an ACK of unsent data of a side whose own data is missing, too", "0.0 > S 0\n0.02 < SA 0 ack 1\n0.04 > A 1 ack 1\n0.1 > A 301 ack 1301\n" +
			"0.5 < PA 1+100 ack 1\n0.52 > A 1 ack 101\nend 9", "ack-of-unsent-data", findings.Possible, findings.BlameUnknown},
		{"an ACK of unsent data", "0.0 > S 0\n0.02 < SA 0 ack 1\n0.04 > A 1 ack 1\n0.1 > A 1 ack 1301\n0.5 < PA 1+100 ack 1\n0.52 > A 1 ack 101\nend 9",
			"ack-of-unsent-data", findings.Likely, findings.BlameUnknown},
		{"an abort where an ACK was recorded before its data", "0.0 > S 0\n0.02 < SA 0 ack 1\n0.04 > A 1 ack 1\n0.1 < A 1 ack 101\n" +
			"0.11 > PA 1+100 ack 1\n0.2 < PA 1+50 ack 101\n0.22 > A 101 ack 51\n3.0 > RA 101 ack 51\nend 9",
			"abortive-close", findings.Possible, findings.BlameUnknown},
		{"an abort after records in order", "0.0 > S 0\n0.02 < SA 0 ack 1\n0.04 > A 1 ack 1\n0.1 > PA 1+100 ack 1\n0.11 < A 1 ack 101\n" +
			"0.2 < PA 1+50 ack 101\n0.22 > A 101 ack 51\n3.0 > RA 101 ack 51\nend 9",
			"abortive-close", findings.Likely, findings.BlameInitiator},
	} {
		found := replay(t, c.script)
		i := slices.IndexFunc(found, func(f findings.Finding) bool { return f.Code == c.code })
		if i < 0 {
			t.Errorf("%s: %s is not found among %d", c.name, c.code, len(found))
			continue
		}
		if f := &found[i]; f.Confidence != c.sure || f.Blame != c.blame {
			t.Errorf("%s: %v, blame %v, want %v, %v", c.name, f.Confidence, f.Blame, c.sure, c.blame)
		}
	}
}
