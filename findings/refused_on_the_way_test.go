package findings_test

import (
	"strings"
	"testing"

	"github.com/lastack/lastack/findings"
)

// answered is a connection of the server in question, which answers after 24 ms with a TTL.
const answered = `
0.0 > S 0
0.024 < SA 0 ack 1 ttl TTL
0.0241 > A 1 ack 1
`

// refusedLater is a connect that is refused after a time, by a segment with a TTL.
const refusedLater = `
conn 10.0.0.1:40009 10.0.0.2:21
2.0 > S 0
2.0AFTER < RA -5000000 ack 1 ttl TTL
end 70
`

// TestWhoRefused: a refusal that comes from nearer than the server's answers is somebody else's.
func TestWhoRefused(t *testing.T) {
	for _, c := range []struct {
		why                 string
		server, rst, before string // TTLs, and what comes before
		after               string // ms, four digits
		blame               findings.Blame
	}{
		{"nearer and quicker", "52", "63", answered, "009", findings.BlamePath},
		{"nearer alone: the server's neighbour", "52", "58", answered, "24", findings.BlamePath},
		{"nearer, a firewall's own initial TTL", "52", "254", answered, "009", findings.BlamePath},
		{"the same TTL and time", "52", "52", answered, "24", findings.BlameResponder},
		{"the same way from another initial TTL, 255", "52", "243", answered, "24", findings.BlameResponder},
		{"the same way from another initial TTL, 128", "52", "116", answered, "24", findings.BlameResponder},
		{"the host of a container refuses: a hop nearer", "63", "64", strings.ReplaceAll(answered, "0.024", "0.0009"), "0008",
			findings.BlameResponder},
		{"a container behind two hops of its host", "50", "52", answered, "24", findings.BlameResponder},
		{"farther than what answers: a proxy near the client answers for the server", "63", "52", answered, "24", findings.BlameResponder},
		{"one late answer of the server does not make its refusal quick", "52", "52", answered, "002", findings.BlameResponder},
		{"nothing else of the server", "52", "63", "", "009", findings.BlameResponder},
		{"another server", "52", "63", "conn 10.0.0.1:40000 10.0.0.3:80\n" + answered, "009", findings.BlameResponder},
		{"balanced hosts at several distances", "52", "61",
			answered + strings.ReplaceAll("conn 10.0.0.1:40001 10.0.0.2:80\n"+answered, "TTL", "62"), "24", findings.BlameResponder},
		{"always slower than that", "52", "52", `repeat 3 0.1
conn 10.0.0.1:{41000} 10.0.0.2:80
` + strings.TrimLeft(answered, "\n") + "done\n", "002", findings.BlamePath},
	} {
		text := strings.ReplaceAll(c.before, "TTL", c.server) +
			strings.NewReplacer("TTL", c.rst, "AFTER", c.after).Replace(refusedLater)
		said := false
		for _, f := range replay(t, text) {
			if f.Code != "connection-refused" {
				continue
			}
			said = true
			if f.Blame != c.blame {
				t.Errorf("%s: blames %s: %s", c.why, f.Blame, f.Explanation)
			}
			if both := strings.Contains(f.Explanation, c.rst) && strings.Contains(f.Explanation, c.server); f.Blame == findings.BlamePath &&
				c.rst != c.server && !both {
				t.Errorf("%s: does not compare the TTLs: %s", c.why, f.Explanation)
			}
		}
		if !said {
			t.Errorf("%s: not said", c.why)
		}
	}
}
