package findings_test

import (
	"testing"

	"github.com/lastack/lastack/findings"
)

// Captures that keep nothing but SYNs are common. What they lack accuses nobody, once it shows that
// they are such captures.
func TestFilteredByFlags(t *testing.T) {
	const few = 4
	for code, answer := range map[string]string{"syn-unanswered": "", "handshake-incomplete": "0.001 < SA 0 ack 1\n"} {
		n := 0
		for _, f := range replay(t, "repeat 12 0.01\nconn 10.9.0.{1}:{20000} 10.0.0.2:80\n0.0 > S 0\n"+answer+"done\nend 60\n") {
			if f.Severity == findings.Info {
				continue
			}
			if n++; f.Code != code {
				t.Errorf("found %s: %s", f.Code, f.Title)
			}
		}
		if n > few {
			t.Errorf("%s was found %d times", code, n)
		}
	}
}
