package zeek

import (
	"bytes"
	"strings"
	"testing"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/rendertest"
	"github.com/lastack/lastack/tcp"
)

// follow gives conn_state and history of a conversation: each word is a segment's flags, in
// capitals when the originator sends it. "+" adds payload, "!" is a bad checksum, "0" a closed
// window, "<" takes the sequence number of the segment before again.
func follow(conversation string) (state, history string) {
	var f flow
	seq := [2]tcp.Seq{1000, 5000}
	before := seq
	var bytes [2]uint64
	for _, word := range strings.Fields(conversation) {
		side, from := tcp.Initiator, 0
		if strings.ToLower(word) == word {
			side, from = tcp.Responder, 1
		}
		e := report.Event{From: side.String(), Win: 100, Seq: seq[from]}
		e.Flags = strings.ToUpper(strings.Trim(word, "+!0<"))
		if strings.Contains(word, "+") {
			e.Len = 10
		}
		if strings.Contains(word, "<") {
			e.Seq = before[from]
		}
		before[from] = e.Seq
		if strings.Contains(word, "0") {
			e.Win = 0
		}
		if strings.Contains(word, "!") {
			e.Reason = "bad-checksum"
		}
		p := packetOf(&e)
		if end := p.end(); e.Reason == "" && int32(end-seq[from]) > 0 {
			seq[from] = end
			bytes[from] += uint64(e.Len)
		}
		f.see(&e)
	}
	return f.connState(report.Pair[uint64]{Initiator: bytes[0], Responder: bytes[1]}), string(f.history)
}

// TestStates has each of Zeek's states, as its documentation describes them.
func TestStates(t *testing.T) {
	for _, test := range []struct{ conversation, state, history string }{
		{"S S< S<", "S0", "S"},
		{"S sa A A+ a+", "S1", "ShADd"},
		{"S sa A A+ a+ FA fa A", "SF", "ShADdFf"},
		{"S ra", "REJ", "Sr"},
		{"S sa A FA a a", "S2", "ShAFa"},
		{"S sa A fa A a", "S3", "ShAfa"},
		{"S sa A A+ R", "RSTO", "ShADR"},
		{"S sa A A+ a+ r", "RSTR", "ShADdr"},
		{"S R", "RSTOS0", "SR"},
		{"sa r", "RSTRH", "hr"},
		{"S FA", "SH", "SF"},
		{"sa fa", "SHR", "hf"},
		{"A+ a A+ a", "OTH", "Da"},
		{"S sa A FA fa R", "SF", "ShAFfR"}, // after two FINs a RST changes nothing
		{"S sa A FA R fa", "SF", "ShAFRf"}, // nor between them
		{"S sa A+ A<+ A<+", "S1", "ShDT"},  // repeated data, written the first and the tenth time
		{"S sa A a+ A0 A0", "S1", "ShAdW"}, // a closed window
		{"S sa A A!+ A+", "S1", "ShACD"},   // a bad checksum is noted and dropped
		{"S SF", "SH", "SQ"},               // flags that exclude each other
		{"S a R S sa A", "RSTO", "SaRShA"}, // a wrong answer, reset; the second SYN has another number
	} {
		state, history := follow(test.conversation)
		if state != test.state || history != test.history {
			t.Errorf("%s: got %s %s, want %s %s", test.conversation, state, history, test.state, test.history)
		}
	}
}

// TestLog writes a log that is the same each time, with a line a connection and a value a column.
func TestLog(t *testing.T) {
	const file = "../../testdata/lab/stories/time-wait-syn-rejected-kernels/ipv4-near-nots/initiator.pcap"
	out := analyze(t, file)
	if again := analyze(t, file); again != out {
		t.Error("not the same the second time")
	}
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if len(lines) != 8+2+1 || !strings.HasPrefix(lines[5], "#open\t2026-11-21-") || !strings.HasPrefix(lines[10], "#close\t2026-11-21-") {
		t.Fatalf("got\n%s", out)
	}
	names := strings.Split(strings.TrimPrefix(lines[6], "#fields\t"), "\t")
	for _, line := range lines[8:10] {
		values := strings.Split(line, "\t")
		if len(values) != len(names) {
			t.Errorf("%d values for %d columns: %s", len(values), len(names), line)
		}
	}
	// The refused SYN belongs to the first connection: it was sent to what was left of that.
	if want := "\tSF\t-\t-\t0\t"; !strings.Contains(lines[8], want) || !strings.Contains(lines[9], want) {
		t.Errorf("got\n%s", out)
	}
}

func analyze(t *testing.T, file string) string {
	t.Helper()
	var out bytes.Buffer
	rendertest.Analyze(t, New(&out), file)
	return out.String()
}
