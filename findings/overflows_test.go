package findings_test

import (
	"testing"

	"github.com/lastack/lastack/findings"
)

// Three connections whose listener repeats its SYN,ACK make likely what is only possible of one.
func TestAcceptQueueConfidenceRises(t *testing.T) {
	var got []findings.Confidence
	for _, f := range replay(t, `repeat 4 0.01
conn 10.9.0.{1}:{20000} 10.0.0.2:80
0.0 > S 0
0.001 < SA 0 ack 1
0.002 > A 1 ack 1
1.001 < SA 0 ack 1
1.002 > A 1 ack 1
3.001 < SA 0 ack 1
3.002 > A 1 ack 1
done
end 60
`) {
		if f.Code == "accept-queue-overflow" {
			got = append(got, f.Confidence)
		}
	}
	want := []findings.Confidence{findings.Possible, findings.Possible, findings.Likely, findings.Likely}
	if len(got) != len(want) {
		t.Fatalf("found %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("connection %d is %s, want %s", i+1, got[i], want[i])
		}
	}
}
