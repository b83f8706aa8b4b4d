package findings_test

import (
	"fmt"
	"testing"

	"github.com/lastack/lastack/findings"
)

// TestTranslatedIsSaidOnce: what happened to a connection that is recorded on both sides of a NAT
// is said once; of two connections that a timestamp or a number tells apart it is said twice.
func TestTranslatedIsSaidOnce(t *testing.T) {
	const script = `ts on
0.0 > S 0
conn 192.0.2.7:61000 10.0.0.2:80
isn %[1]d %[2]d
%[3]s > S 0 ts 50000 0 ttl %[4]d
0.02 < SA 0 ack 1
conn 10.0.0.1:40000 10.0.0.2:80
isn 1000000 5000000
0.020050 < SA 0 ack 1
0.04 > A 1 ack 1
0.1 > PA 1+100 ack 1
0.12 < A 1 ack 101
3.0 > RA 101 ack 1
conn 192.0.2.7:61000 10.0.0.2:80
isn %[1]d %[2]d
0.040050 > A 1 ack 1 ttl %[4]d
0.1 > PA 1+100 ack 1 ttl %[4]d
0.12 < A 1 ack 101
3.000050 > RA 101 ack 1 ttl %[4]d
end 80`
	for _, c := range []struct {
		name             string
		client, server   int
		begins           string
		ttl              int
		aborts, repeated int
	}{
		{"the same numbers", 1000000, 5000000, "0.000050", 63, 1, 1},
		{"another number of the server", 1000000, 6000000, "0.000050", 63, 2, 0},
		{"another number of the client", 2000000, 5000000, "0.000050", 63, 2, 0},
		{"half a second later", 1000000, 5000000, "0.5", 63, 2, 0},
		{"nobody passed it on", 1000000, 5000000, "0.000050", 64, 2, 0},
	} {
		n := map[string]int{}
		for _, f := range replay(t, fmt.Sprintf(script, c.client, c.server, c.begins, c.ttl)) {
			if f.Severity > findings.Info || f.Code == "duplicate-packets" {
				n[f.Code]++
			}
		}
		if n["abortive-close"] != c.aborts || n["duplicate-packets"] != c.repeated {
			t.Errorf("%s: found %v", c.name, n)
		}
	}
}

// TestBothSidesOfProxy: what the two sides of a SYNPROXY seem to do to each other in one capture is
// no complaint.
func TestBothSidesOfProxy(t *testing.T) {
	const script = `ts on
0.0 > S 0
0.000040 < SA 0 ack 1
0.000080 > A 1 ack 1
%s
isn 1000000 705000000
skew 50000 -80000000
0.000110 < SA 0 ack 1
0.000120 > A 1 ack 1
0.000500 < PA 1+3000 ack 1
end 80`
	for name, c := range map[string]struct {
		syn string
		sev findings.Severity
	}{
		"both sides":   {"0.000090 > S 0", findings.Info},
		"a second one": {"", findings.Warning}, // somebody else answers too
	} {
		worst := findings.Info
		for _, f := range replay(t, fmt.Sprintf(script, c.syn)) {
			worst = max(worst, f.Severity)
		}
		if c.sev == findings.Info && worst > findings.Info || c.sev > findings.Info && worst == findings.Info {
			t.Errorf("%s: the worst is %v", name, worst)
		}
	}
}
