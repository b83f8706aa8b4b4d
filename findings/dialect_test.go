package findings_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
)

// linuxWords are what must not be said of a host that is not Linux.
var linuxWords = regexp.MustCompile(`Linux|net\.ipv4|nstat|TcpExt|\bTcp[A-Z]|\bsysctl net\.ipv4|\bss -|\btcp_[a-z]|TCP_[A-Z]|\bip route|ethtool|` +
	`rp_filter|7875 s|\b75 s, and|15 min|two minutes|65537|one in 500 ms`)

// said gives all that a finding says.
func said(f *findings.Finding) []string {
	lines := slices.Concat([]string{f.Title, f.Explanation, f.Why}, f.Confirm, f.Kernel, f.Sysctl, f.Counter, f.Advice, f.LooksLike)
	for i := range f.Evidence {
		lines = append(lines, f.Evidence[i].Role)
	}
	return lines
}

// TestNoLinuxWordsOfOtherHosts plays every case of every rule between hosts of each other system,
// and holds that nothing that is said is of Linux alone.
func TestNoLinuxWordsOfOtherHosts(t *testing.T) {
	for _, name := range fsm.StackNames() {
		stack, _ := fsm.ParseStack(name)
		if stack <= fsm.RFC9293 || stack == fsm.GVisor { // no other system, or one whose times are Linux's
			continue
		}
		seen := map[string]bool{}
		for _, r := range findings.Catalogue() {
			if r.Code == "truncated-capture" || r.Group == findings.GroupCapture { // of the host that captures
				continue
			}
			for _, s := range stories(t, r.Code) {
				for _, f := range replayBetween(t, s.text, stack) {
					if f.Rule.Group == findings.GroupCapture {
						continue
					}
					seen[f.Code] = true
					for _, line := range said(&f) {
						if word := linuxWords.FindString(line); word != "" {
							t.Errorf("%s between hosts of %s says %q: %s", f.Code, stack, word, line)
						}
						if strings.Contains(line, "()") || strings.Contains(line, "  ") || strings.HasSuffix(line, ": ") {
							t.Errorf("%s between hosts of %s: %q", f.Code, stack, line)
						}
					}
					if len(f.Confirm) == 0 {
						t.Errorf("%s between hosts of %s has nothing to confirm it by", f.Code, stack)
					}
				}
			}
		}
		if len(seen) < 40 {
			t.Errorf("only %d rules fire between hosts of %s", len(seen), stack)
		}
	}
}

// TestAnUnknownStackIsNotSpokenOfWithCertainty: a reset in TIME-WAIT that is ignored by several
// stacks.
func TestAnUnknownStackIsNotSpokenOfWithCertainty(t *testing.T) {
	const refused = `ts on
0.0 > S 0
0.02 < SA 0 ack 1
0.04 > A 1 ack 1
0.05 > PA 1+100 ack 1
0.07 < A 1 ack 101
0.5 < A 1 ack 101 ts 1 1
0.6 > PA 101+100 ack 1
0.62 < PA 1+10 ack 201
0.7 < PA 11+10 ack 201 ts 1 1
5.0 > PA 201+10 ack 11
`
	for stack, want := range map[fsm.Stack]findings.Confidence{fsm.Linux: findings.Certain, fsm.AnyStack: findings.Likely} {
		all := replayBetween(t, refused, stack)
		i := slices.IndexFunc(all, func(f findings.Finding) bool { return f.Code == "paws-discard" })
		if i < 0 || all[i].Confidence != want {
			t.Fatalf("%s: %v", stack, all)
		}
	}
}

// TestProse: what is of Linux alone goes, reference by reference or clause by clause.
func TestProse(t *testing.T) {
	for text, want := range map[string]string{
		"TCP repeats it (RFC 9293 section 3.8.1; tcp_retransmit_timer). Linux doubles.": "TCP repeats it (RFC 9293 section 3.8.1).",
		"It waits (tcp_time_wait). Then it ends.":                                       "It waits. Then it ends.",
		"Linux waits 60 s. Then it ends. Others do not.":                                "Others do not.",
		"A receiver never compares: Linux keeps the first.":                             "A receiver never compares.",
		"Set net.ipv4.tcp_fin_timeout.":                                                 "",
		"Nothing of it (said in passing).":                                              "Nothing of it (said in passing).",
	} {
		if got := findings.Prose(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// TestSaysOfStacks: times, schedules and counts are those of the host's system (Profile).
func TestSaysOfStacks(t *testing.T) {
	for _, c := range []struct {
		code  string
		stack fsm.Stack
		want  string
	}{
		{"peer-unresponsive", fsm.Windows, "Windows gives up after 5 repetitions, 18.9 s after the first try at its shortest timeout, and ends the connection with a RST,ACK."},
		{"peer-unresponsive", fsm.Darwin, "macOS gives up after 12 repetitions"},
		{"peer-unresponsive", fsm.Embedded, "lwIP gives up after 12 repetitions"},
		{"fin-unacknowledged", fsm.Windows, "Windows sends it again 5 times, and then ends the connection with a RST,ACK."},
		{"syn-unanswered", fsm.Windows, "Windows sends a SYN again 3 and 9 s after the first, and the connect fails after 21 s."},
		{"syn-unanswered", fsm.FreeBSD, "FreeBSD sends a SYN again 1, 3, 7, 15, 31 and 63 s after the first, and the connect fails after 75 s."},
		{"syn-unanswered", fsm.Embedded, "lwIP sends a SYN again 3, 6, 9, 12, 15 and 18 s after the first"},
		{"connection-refused", fsm.Windows, "Windows refuses so as well when its accept queue is full."},
		{"connection-refused", fsm.FreeBSD, "it resets at the handshake's last acknowledgment."},
		{"handshake-incomplete", fsm.Windows, "Windows sends a SYN,ACK again twice, then forgets the request."},
		{"handshake-incomplete", fsm.FreeBSD, "FreeBSD sends a SYN,ACK again 3 times"},
		{"fin-wait-2-timeout", fsm.Darwin, "macOS waits for 60 s there."},
		{"keepalive-timeout", fsm.Windows, "Windows probes after 2 h 0 min of silence, then 10 times 1 s apart, and ends with a RST,ACK."},
		{"keepalive-timeout", fsm.FreeBSD, "then 8 times 75 s apart"},
		{"time-wait-accumulation", fsm.Darwin, "macOS keeps TIME-WAIT for 30 s."},
		{"time-wait-assassination", fsm.Darwin, "macOS ignores that."},
		{"time-wait-assassination", fsm.OpenBSD, "OpenBSD lets such a reset end TIME-WAIT."},
		{"time-wait-syn-rejected", fsm.FreeBSD, "looks at no timestamp; it drops another one without a word."},
		{"data-after-close", fsm.Windows, "Windows answers with a RST,ACK that acknowledges the data"},
		{"data-after-close", fsm.Darwin, "macOS answers with a RST without ACK."},
		{"close-wait-leak", fsm.Windows, "netstat -ano -p tcp | findstr CLOSE_WAIT"},
		{"close-wait-leak", fsm.FreeBSD, "sockstat -P tcp -s | grep CLOSE_WAIT"},
		{"port-reused-early", fsm.Darwin, "still owed it a TIME-WAIT of 30 s."},
	} {
		found := false
		for _, s := range stories(t, c.code) {
			for _, f := range replayBetween(t, s.text, c.stack) {
				found = found || f.Code == c.code && strings.Contains(strings.Join(said(&f), "\n"), c.want)
			}
		}
		if !found {
			t.Errorf("%s between hosts of %s does not say %q", c.code, c.stack, c.want)
		}
	}
}
