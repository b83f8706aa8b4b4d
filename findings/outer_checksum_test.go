package findings_test

import (
	"strings"
	"testing"

	"github.com/lastack/lastack/findings"
)

// TestWrongOuterChecksum: a tunnel's wrong checksum is the cause if all that got no reaction had
// one, and nothing that got one.
func TestWrongOuterChecksum(t *testing.T) {
	for _, c := range []struct {
		why, text, code string
		cause           bool
	}{
		{"the SYNs with a wrong one are ignored, the one without is answered", `
0.0 > S 0 sum outer
1.0 > S 0 sum outer
3.0 > S 0
3.001 < SA 0 ack 1
3.002 > A 1 ack 1
`, "syn-retransmitted", true},
		{"nothing is answered", `
0.0 > S 0 sum outer
1.0 > S 0 sum outer
3.0 > S 0 sum outer
end 60
`, "syn-unanswered", true},
		{"the server's answers have it, and the client completes nothing", `
0.0 > S 0
0.001 < SA 0 ack 1 sum outer
1.001 < SA 0 ack 1 sum outer
3.001 < SA 0 ack 1 sum outer
end 60
`, "handshake-incomplete", true},
		{"all have it, also the one that is answered: the card fills it in later", `
0.0 > S 0 sum outer
1.0 > S 0 sum outer
3.0 > S 0 sum outer
3.02 < SA 0 ack 1
3.021 > A 1 ack 1
`, "syn-retransmitted", false},
		{"one without it is ignored, too", `
0.0 > S 0 sum outer
1.0 > S 0
3.0 > S 0 sum outer
end 60
`, "syn-unanswered", false},
		{"none has it", `
0.0 > S 0
1.0 > S 0
1.02 < SA 0 ack 1
1.04 > A 1 ack 1
`, "syn-retransmitted", false},
	} {
		said := false
		for _, f := range replay(t, c.text) {
			if f.Code != c.code {
				continue
			}
			said = true
			if got := strings.Contains(f.Explanation, "outer UDP checksum"); got != c.cause || c.cause != (f.Blame == findings.BlamePath) {
				t.Errorf("%s: blames %s: %s", c.why, f.Blame, f.Explanation)
			}
			checkForm(t, &f)
		}
		if !said {
			t.Errorf("%s: no %s", c.why, c.code)
		}
	}
}
