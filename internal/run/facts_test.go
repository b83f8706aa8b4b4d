package run

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/score"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/text"
)

// fact is what is known of a recording without lastack: by tshark -r FILE -o
// tcp.relative_sequence_numbers:FALSE (frame.number, frame.time_relative, tcp.seq, tcp.ack,
// tcp.len, tcp.options.timestamp.tsval), and by what the kernels said, in truth.ndjson beside the
// capture. Times are seconds since frame 1. Sequence numbers are relative to the SYN's of their
// side, by subtraction.
type fact struct {
	capture, code string
	frames        []uint64 // that prove it
	from, until   float64
	blame         string
	title         string
	says          []string // the explanation
	data          map[string]any
}

var facts = []fact{
	{ // Frame 11: SYN 2385976102. Frame 10 had acknowledged 2386026102, which is 50000 more; a number after that is acceptable, so 50001 are
		// lacking. Frame 14, the SYN again, is 0.095479775-0.085673707 s later. truth: the
		// responder's bucket is in TIME-WAIT at that time.
		capture: "time-wait-syn-rejected-kernels/ipv4-near-nots/initiator.pcap", code: "time-wait-syn-rejected",
		frames: []uint64{11, 12, 13}, from: 0.085673707, until: 0.095479775, blame: "initiator",
		title: "10.1.67.2:8080 refused a SYN on a connection in TIME-WAIT: its sequence number is 50001 too low",
		says:  []string{"number 2385976102 is not after the next one expected, 2386026102", "accepted", "after 10 ms"},
	},
	{ // Frame 3 completes the handshake, 13 has 200 bytes, 14, 15, 16, 19 and 22 the same again, 17 and 20 are the SYN,ACK again, 23 acknowledges
		// the data. truth: the responder dropped 3, 13 to 16 and 19 as TCP_LISTEN_OVERFLOW and
		// accepted after 20; TcpExtTCPSynRetrans is 2 there.
		capture: "accept-queue-full/abort-0-ipv4-near/initiator.pcap", code: "accept-queue-overflow",
		frames: []uint64{3, 13, 14, 15, 16, 17, 19, 20, 22}, from: 0.000711196, until: 3.346928681, blame: "responder",
		title: "10.0.5.2:8080 does not take completed connections: its accept queue is full",
		says:  []string{"repeated its SYN,ACK twice though the client had sent 200 bytes, and only then went on"},
	},
	{ // Frame 8: RST 1636946526, which is 1301 after the SYN's 1636945225; frame 9 acknowledges 1636945526, which is 301. truth: TCP_RESET in
		// tcp_validate_incoming without a transition; frame 10 goes on.
		capture: "challenge-ack-rst/ipv4-near-initiator/middle.pcap", code: "challenge-ack",
		frames: []uint64{8, 9}, from: 0.023017337, until: 0.023285835, blame: "unknown",
		title: "10.0.29.2:8080 refused a reset from 10.0.29.1:40001 and challenged it",
		says:  []string{"number 1301, next expected 301", "in ESTABLISHED", "The connection went on."},
	},
	{ // Frame 8 is the FIN, 9 its acknowledgment, 10 the other FIN, 70.035729827-0.064486068 s after 9. truth: CLOSE-WAIT of the responder from
		// 12:02:56.115 to 12:04:06.129.
		capture: "close-wait-leak/ipv4-near-initiator/responder.pcap", code: "close-wait-leak",
		frames: []uint64{8, 9, 10}, from: 0.021590212, until: 70.035729827, blame: "responder",
		title: "10.0.47.2:8080 stayed in CLOSE-WAIT for 69.97 s: its application does not close",
		says:  []string{"for 69.97 s", "ended in frame 10"},
	},
	{ // Frame 10, 700 bytes, comes 6.199726347-0.063540668 s after frame 9, which acknowledges the FIN. truth: the bucket in FIN-WAIT-2 has a
		// timer of 5 s (tcp_fin_timeout), is gone then, and the reset's reason is NO_SOCKET.
		capture: "fin-wait-2-late/data-ipv4-near/initiator.pcap", code: "fin-wait-2-timeout",
		frames: []uint64{8, 9, 10, 11}, from: 0.022435481, until: 6.199841627, blame: "responder",
		title: "10.0.71.1:40001 no longer waited: 10.0.71.2:8080 spoke 6.136 s after its FIN was acknowledged",
		says:  []string{"sent 700 bytes only 6.136 s later", "5 s in FIN-WAIT-2"},
	},
	{ // Frames 8, 9, 10 are one before the next number. 8 comes 1.010488870-0.001428126 s after 7, 10 comes 3.062905433-2.034443533 s after 9,
		// the RST 4.093405673-3.062905433 s after 10. truth: TcpExtTCPKeepAlive is 3, the reset's
		// reason TCP_KEEPALIVE_TIMEOUT.
		capture: "keepalive-unanswered/ipv4-near-initiator/initiator.pcap", code: "keepalive-timeout",
		frames: []uint64{8, 9, 10, 11}, from: 1.010488870, until: 4.093405673, blame: "unknown",
		title: "10.0.101.2:8080 did not answer 3 keep-alive probes of 10.0.101.1:40001",
		says:  []string{"After 1.009 s of silence", "3 times, 1.028 s apart", "1.031 s after the last probe it gave up"},
	},
	{ // Frame 8: SYN 2635949542 on the connection whose SYN was 2627752175. 9 repeats its ACK, 10 is a RST with that number, 11 the SYN again,
		// 0.533507193-0.524714891 s later. truth: the responder received the reset in ESTABLISHED;
		// TcpExtTCPSYNChallenge is 1.
		capture: "half-open-reboot/ipv4-near/middle.pcap", code: "half-open-discovered",
		frames: []uint64{8, 9, 10}, from: 0.524714891, until: 0.533507193, blame: "initiator",
		title: "10.0.79.1:40001 had lost its connection to 10.0.79.2:8080 and opened it anew",
		says:  []string{"still held the old one in ESTABLISHED", "9 ms after the first"},
	},
	{ // Frame 8 has TSval 2159398093, frame 7 had 2159498092, which is 99999 more; frame 9 repeats the ACK 2691616806. truth: the responder
		// dropped it as TCP_RFC7323_PAWS.
		capture: "paws-discard/ipv4-near-initiator/middle.pcap", code: "paws-discard",
		frames: []uint64{8, 9}, from: 0.022566467, until: 0.022847605, blame: "initiator",
		title: "10.0.141.2:8080 dropped 100 bytes of 10.0.141.1:40001: its timestamp is 99999 too old",
		says:  []string{"timestamp 2159398093", "already seen 2159498092", "in ESTABLISHED", "was not taken"},
		data:  map[string]any{"tsval": uint32(2159398093), "ts_recent": uint32(2159498092)},
	},
	{ // Frame 8, 400 bytes, comes 65.023067049-0.001708484 s after 7; 9 to 13 are the same again. truth: five retransmissions, then ETIMEDOUT at
		// the initiator, while the responder is still in ESTABLISHED.
		capture: "middlebox-forgets/silent-ipv4-near/initiator.pcap", code: "idle-timeout-suspected",
		frames: []uint64{8, 9, 10, 11, 12, 13}, from: 65.023067049, until: 68.370468485, blame: "path",
		title: "After 65.02 s of silence the connection between 10.0.109.1:40001 and 10.0.109.2:8080 no longer worked",
		says:  []string{"repeated that 5 times"},
	},
	{ // Frame 9 is a RST, 0.18 ms after frame 8. truth: the initiator received it, while the responder, who sent none, is in ESTABLISHED.
		capture: "middlebox-forgets/rst-ipv4-near/initiator.pcap", code: "idle-timeout-suspected",
		frames: []uint64{8, 9}, blame: "path", from: 65.023441604, until: 65.023621933,
		title: "After 65.02 s of silence the connection between 10.0.111.1:40001 and 10.0.111.2:8080 no longer worked",
		says:  []string{"a reset came back at once"},
	},
	{ // Frame 8 is RST,ACK, 23 ms after frame 1 and 0.023182381-0.001378238 s after frame 6 with 1200 bytes. truth: the initiator's application
		// had read 1200 bytes and closed with SO_LINGER 0.
		capture: "abortive-close/ipv4-near-initiator/middle.pcap", code: "abortive-close",
		frames: []uint64{6, 8}, from: 0.023182381, until: 0.023182381, blame: "initiator",
		title: "10.0.1.1:40001 aborted the connection with RST in place of FIN",
		says:  []string{"in ESTABLISHED and 23 ms after it had begun", "1,200 bytes", "only 22 ms before", "SO_LINGER 0"},
	},
	{ // 61 SYNs of 61 addresses, the last in frame 87. truth: 61 packets with SYN, no transition to ESTABLISHED.
		capture: "syn-flood/cookies-0-ipv4-near/middle.pcap", code: "syn-flood",
		from: 0, until: 1.670703466, blame: "unknown",
		title: "SYN flood on 10.1.20.2:8080: 61 handshakes never completed",
		says:  []string{"61 connection requests from 61 addresses", "within 1.671 s", "no handshake with it was"},
	},
	{ // SYNs to 40 ports, the last one in frame 79, each answered by RST,ACK. truth: 40 times reset-sent with the reason NO_SOCKET.
		capture: "port-scan/ipv4-near/middle.pcap", code: "port-scan",
		from: 0, until: 0.026643563, blame: "initiator",
		title: "10.0.147.1 tried 40 ports in vain",
		says:  []string{"40 different ports", "40 attempts in all: every one was refused"},
	},
	{ // 16 SYNs from ports 50000 to 50015, which is the initiator's ip_local_port_range. Frame 6 is the first FIN that meets FIN-WAIT. All is over
		// within 0.1 s, and the peak is known to the second. truth: the 17th connect gives
		// EADDRNOTAVAIL.
		capture: "ports-exhausted/ipv4-near/initiator.pcap", code: "ephemeral-port-exhaustion",
		from: 0.001650288, until: 0.001650288, blame: "initiator",
		title: "10.0.149.1 used up its 16 ports towards 10.0.149.2:8080",
		says:  []string{"had 16 TIME-WAITs at once", "16 ports to choose from"},
	},
	{ // Frame 8 has 400 bytes from 1387540026 on, which is 301; 9 to 14 are the same again. truth: the retransmissions, ETIMEDOUT, and that
		// tcp_retries2 is 5: 200 ms doubled five times, and that long again, is 12.6 s.
		capture: "host-gone-data/ipv4-near-initiator/initiator.pcap", code: "peer-unresponsive",
		frames: []uint64{8, 9, 10, 11, 12, 13, 14}, from: 0.023050577, until: 6.847919724, blame: "unknown",
		title: "10.0.85.2:8080 no longer answers 10.0.85.1:40001: 6 repetitions in 6.825 s",
		says: []string{"sent 400 bytes from number 301 on and repeated that 6 times, after 0.205, 0.212, 0.424, 0.832, 1.66, 3.49 s",
			"tcp_retries2 at 5 would give up 12.6 s after"},
	},
	{ // Frame 9 announces window 0, 10, 12 and 13 are probes, 15 opens it, 3.043650636-0.043186696 s after 9.
		capture: "zero-window/ipv4-near-initiator/middle.pcap", code: "zero-window",
		frames: []uint64{9, 10, 12, 13, 15}, from: 0.043186696, until: 3.043650636, blame: "responder",
		title: "10.1.95.2:8080 closed its receive window for 3 s",
		says:  []string{"had to wait 3 s and probed 3 times", "opened again"},
	},
	{ // Frame 8 is the FIN after 2.022567654-0.001616562 s, 9 has 250 bytes 0.252610 ms later and acknowledges no FIN, 10 is the RST. truth: the
		// responder's reset is of TCP_ABORT_ON_DATA.
		capture: "fin-into-request/ipv4-near/middle.pcap", code: "fin-into-request",
		frames: []uint64{8, 9, 10}, from: 2.022567654, until: 2.023243567, blame: "unknown",
		title: "A request of 10.0.63.1:40001 crossed the close by 10.0.63.2:8080",
		says:  []string{"2.021 s without data", "250 bytes within 0.253 ms", "reset and is lost"},
	},
	{ // Frame 8 is the FIN, 10 has 700 bytes 0.069644659-0.027192683 s later, 11 is the RST. truth: the initiator's application had closed; its
		// reset is of TCP_TIMEWAIT_SOCKET.
		capture: "data-after-close/ipv4-near-initiator/middle.pcap", code: "data-after-close",
		frames: []uint64{8, 10, 11}, from: 0.027192683, until: 0.070198944, blame: "initiator",
		title: "10.0.55.2:8080 sent 700 bytes to 10.0.55.1:40001, which had closed",
		says:  []string{"42 ms later", "700 bytes", "answered with a reset"},
	},
	{ // Frame 1 is the SYN, 2 the RST,ACK 0.363584 ms later that acknowledges one more than its number. truth: reset-sent, NO_SOCKET;
		// ECONNREFUSED.
		capture: "open-refused/ipv4-near/middle.pcap", code: "connection-refused",
		frames: []uint64{1, 2}, from: 0, until: 0.000363584, blame: "responder",
		title: "10.0.117.2:8080 refused the connection",
		says:  []string{"After 0.364 ms", "nothing listens on port 8080"},
	},
}

// TestFacts: what is known of a recording is what its finding says, in its record and in its text.
func TestFacts(t *testing.T) {
	for _, f := range facts {
		t.Run(f.code, func(t *testing.T) { f.check(t) })
	}
}

func (f *fact) check(t *testing.T) {
	records, printed := new(stream), new(bytes.Buffer)
	f.analyze(t, report.Multi{records, text.New(printed, text.Options{Command: "lastack"})})
	all := of[report.Finding](records)
	i := slices.IndexFunc(all, func(r *report.Finding) bool { return r.Code == f.code })
	if i < 0 {
		t.Fatal("not found")
	}
	r := all[i]
	var frames []uint64
	for _, e := range r.Evidence {
		frames = append(frames, e.Frame)
	}
	if !slices.Equal(frames, f.frames) {
		t.Errorf("frames %v, want %v", frames, f.frames)
	}
	start := of[report.Summary](records)[0].CaptureStart
	for name, at := range map[string]struct{ got, want float64 }{
		"begins": {float64(r.Time-start) / 1e9, f.from}, "ends": {float64(r.Until-start) / 1e9, f.until},
	} {
		if d := at.got - at.want; d < -1e-6 || d > 1e-6 {
			t.Errorf("it %s at %.9f, want %.9f", name, at.got, at.want)
		}
	}
	if r.Blame != f.blame || r.Title != f.title {
		t.Errorf("blame %s, title %q, want %s and %q", r.Blame, r.Title, f.blame, f.title)
	}
	page := strings.Join(strings.Fields(printed.String()), " ")
	for _, s := range append(f.says, f.title) {
		if !strings.Contains(r.Title+" "+r.Explanation, s) || !strings.Contains(page, s) {
			t.Errorf("%q is not in %q, or not in the text", s, r.Explanation)
		}
	}
	for _, frame := range f.frames {
		if !strings.Contains(printed.String(), fmt.Sprintf("\n%7d  ", frame)) {
			t.Errorf("frame %d is not in the text", frame)
		}
	}
	for key, want := range f.data {
		if !slices.Contains(r.Data, findings.Datum{Key: key, Value: want}) {
			t.Errorf("data %v lacks %s %v", r.Data, key, want)
		}
	}
}

// analyze runs the recording with what its hosts had set.
func (f *fact) analyze(t *testing.T, sink report.Sink) {
	t.Helper()
	file := filepath.Join("../../testdata/lab/stories", f.capture)
	meta, err := lab.ReadMeta(filepath.Dir(file))
	if err != nil {
		t.Fatal(err)
	}
	hosts, err := score.Hosts(meta.Sysctl)
	if err != nil {
		t.Fatal(err)
	}
	source, err := capture.OpenFiles([]string{file}, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	_, err = Run(context.Background(), Config{Source: source, Track: track.Config{Hosts: hosts},
		Findings: findings.Config{Hosts: hosts}, Sink: sink})
	if err != nil {
		t.Fatal(err)
	}
}
