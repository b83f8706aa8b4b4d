package report

import (
	"net/netip"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// noon is 2026-03-04 12:00:00.000000789 UTC.
const noon = 1772625600_000000789

// sampleStep is a SYN that TIME-WAIT refuses, with everything a step can have.
func sampleStep() *fsm.Step {
	return &fsm.Step{
		Time: noon, Frame: 17, AnsweredBy: 18, Seq: 4294967295, Ack: 0, Len: 3, Window: 64240, TSval: 999, TSecr: 0,
		Notes: fsm.NewSYN | fsm.SynData, Flags: tcp.SYN | tcp.ECE | tcp.CWR, Options: tcp.OptTimestamps | tcp.OptMSS,
		From: tcp.Initiator, SenderBefore: tcp.Closed, SenderAfter: tcp.SynSent, ReceiverBefore: tcp.TimeWait,
		ReceiverAfter: tcp.TimeWait, Verdict: tcp.Discard, Reason: tcp.PAWS, Response: tcp.RespondAck,
	}
}

// sampleError is an ICMP error about the same connection.
func sampleError() *fsm.Step {
	return &fsm.Step{Time: noon + 1e9, Frame: 19, From: tcp.Initiator, Kind: tcp.KindICMP, ICMPType: 3, ICMPCode: 4, ICMPMTU: 1280,
		ICMPFrom: tcp.AddrFrom(netip.MustParseAddr("192.0.2.254")), SenderAfter: tcp.SynSent, Verdict: tcp.Accept}
}

// sampleLife is a connection with everything a life can have.
func sampleLife() *fsm.Life {
	l := &fsm.Life{
		ID: 7, Incarnation: 2, Direction: tcp.DirectionFromSYNACK,
		Tuple: tcp.FourTuple{Src: tcp.AddrFrom(netip.MustParseAddr("192.0.2.1")), SrcPort: 40001,
			Dst: tcp.AddrFrom(netip.MustParseAddr("198.51.100.2")), DstPort: 443},
		First: fsm.Mark{Frame: 3, Time: noon}, Last: fsm.Mark{Frame: 21, Time: noon + 2_500_000_000},
		Opening: tcp.ThreeWay, Closing: tcp.SimultaneousClose, ClosedBy: [2]bool{true, true}, RTT: 12_345_678,
		Vantage: tcp.NearResponder,
		Transitions: []fsm.Transition{
			{Mark: fsm.Mark{Frame: 3, Time: noon}, Side: tcp.Initiator, From: tcp.Closed, To: tcp.SynSent, Certainty: tcp.Observed,
				Cause: fsm.SentSYN},
			{Mark: fsm.Mark{Time: noon + 1}, Side: tcp.Responder, From: tcp.TimeWait, To: tcp.Closed, Certainty: tcp.Timer,
				Cause: fsm.TimeWaitExpired, Withdrawn: true},
		},
	}
	l.Sides[0] = fsm.SideFacts{State: tcp.TimeWait, Stack: fsm.Windows, Told: true,
		Tally: fsm.Tally{ISN: 1000, ISNKnown: true, Segments: 5, Bytes: 300, Retransmitted: 1}}
	l.Sides[1] = fsm.SideFacts{State: tcp.Closed, Stack: fsm.Linux,
		Tally: fsm.Tally{Signs: fsm.Signs(tcp.LayoutLinux), ISN: 4000000000, ISNKnown: true, Segments: 4, Bytes: 5000000000}}
	return l
}

// sampleFinding is a finding about sampleLife.
func sampleFinding() *findings.Finding {
	return &findings.Finding{
		Code: "sample", Severity: findings.Error, Confidence: findings.Likely, Blame: findings.BlamePath,
		Title: "Title with \"quotes\"", Explanation: "A story.\nTwo lines.", Time: noon, Until: noon + 5, Conn: 7,
		Evidence: []findings.Evidence{{Step: *sampleStep(), Role: "a SYN"}, {Step: *sampleError(), Role: "an error"}},
		Advice:   []string{"Do this."}, LooksLike: []string{"that"},
		Data:   []findings.Datum{{Key: "tries", Value: 2.0}, {Key: "gave_up", Value: true}, {Key: "path", Value: "a\x1bb"}},
		Rule:   &findings.Rule{Code: "sample", RFC: []string{"RFC 9293 section 3.5"}, Why: "Linux does."},
		Kernel: []string{"tcp_v4_rcv"}, Sysctl: []string{"net.ipv4.tcp_tw_reuse"}, Counter: []string{"TcpExtTWRecycled"},
		Why: "All do.", Confirm: []string{"on the server: ss -tn"},
	}
}

func sampleIncident() *Incident {
	return &Incident{ID: 2, Severity: "error", Confidence: "likely", Blame: "path", Code: "sample", Title: "41 of 90", Explanation: "All.",
		Where:    Where{Listener: &Endpoint{netip.MustParseAddr("192.0.2.2"), 80}, Initiators: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Others: 3},
		Affected: 41, Of: 90, Since: noon, Until: noon + 5, Shape: "periodic", Period: 30e9,
		Common:   []Common{{"age", "125.1 s", 41, 0}},
		Findings: []FindingID{3, 1}, More: 39, Advice: []string{"Do."}, Confirm: []string{"ss -tn"}, LooksLike: []string{"that"}}
}

func sampleSummary() *Summary {
	return &Summary{
		Files: []File{{Name: "in \u202e.pcap", Format: "pcapng", Compression: "zstd", Packets: 9, Start: noon, End: noon + 7,
			Interfaces: []Interface{{Name: "eth0", Link: "ethernet", SnapLen: 96, Packets: 9,
				Counts: &Counts{Received: 9, Dropped: 1, IfDropped: 2}}}, Error: "byte 12: cut"}},
		Packets: 9, TCPSegments: 8, ICMPErrors: 1, Connections: 7, Filtered: 6, Duplicates: 5, StrayICMP: 4, Evicted: 3,
		Skipped: map[string]uint64{"udp": 2, "arp": 1}, Findings: map[string]uint64{"sample": 1},
		CaptureStart: noon, CaptureEnd: noon + 7, Truncated: true, Interrupted: true,
	}
}

// several says that all frames are from the second of several files.
func several(frame uint64) (uint64, Optional[uint16]) { return frame, Some[uint16](1) }

// single says that there is one file.
func single(frame uint64) (uint64, Optional[uint16]) { return frame, Optional[uint16]{} }

// samples are records of all types with everything they can have.
func samples() (s Segment, i Segment, c Connection, f Finding, sum *Summary) {
	s.Conn, i.Conn = 7, 7
	s.Fill(sampleStep(), several)
	s.Why = []Decision{
		{Assumption: "first-said", Frame: 17, File: Some[uint16](1), Because: "it \"is\" so", Verdict: "accept",
			ReceiverState: Change{"LISTEN", "SYN-RECEIVED"}, Response: "syn-ack"},
		{Assumption: "answered", Because: "time passed", Verdict: s.Verdict, Reason: s.Reason, Response: s.Response,
			ReceiverState: s.ReceiverState, AnsweredBy: 18, Notes: s.Notes}}
	i.Fill(sampleError(), several)
	c.Fill(sampleLife(), "vlan 12", several)
	c.Findings = []FindingID{3, 4}
	f.Fill(3, sampleFinding(), sampleLife(), several)
	return s, i, c, f, sampleSummary()
}
