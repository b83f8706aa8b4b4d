package findings

import "fmt"

var truncatedCapture = &Rule{
	Code:     "truncated-capture",
	Title:    "The capture is cut short",
	Group:    GroupCapture,
	Severity: Warning,
	Since:    "0.1",
	Summary:  "a file ends inside a record, or packets were cut before the end of their TCP header",
	What: "A capture file ends in the middle of a record, or the snap length was so small that TCP headers were cut. What " +
		"was there was analyzed.",
	Why: "A capture program that is killed, or a disk that fills up, leaves the last record unfinished. A snap length " +
		"(tcpdump -s) below about 120 bytes cuts TCP options, below 54 even the fixed header of IPv4 on Ethernet.",
	Confirm: []string{"capinfos FILE", "tcpdump -r FILE | tail -1"},
	Do: []string{
		"Stop the capture program with an interrupt (Ctrl-C) or SIGTERM rather than SIGKILL, and use tcpdump -U.",
		"Capture with the default snap length, or at least 128 bytes (-s 128).",
	},
	Misreadings: []string{
		"The connections that were open at the cut did not necessarily hang: the capture just does not go on.",
	},
	OtherNames: []string{
		"Wireshark: The capture file appears to have been cut short in the middle of a packet; Packet size limited during capture",
		"Zeek: truncated_header, internally_truncated_header, truncated_tcp_payload",
		"Suricata: ipv4.trunc_pkt, tcp.pkt_too_small",
		"Snort: 116:6 IPv4 datagram length > captured length",
		"kernel: none",
		"tcpdump: truncated dump file; [|tcp]",
	},
	RFC:    []string{"draft-ietf-opsawg-pcap section 5", "RFC 9293 section 3.1"},
	Kernel: []string{"tpacket_rcv", "packet_rcv"},
}

// judgeCapture gives the findings about the capture as a whole.
func judgeCapture(facts CaptureFacts) []Finding {
	var out []Finding
	for _, b := range facts.Broken {
		out = append(out, Finding{
			Code: truncatedCapture.Code, Rule: truncatedCapture, Severity: truncatedCapture.Severity, Confidence: Certain,
			Blame: BlameCapture, Why: truncatedCapture.Why, Confirm: truncatedCapture.Confirm, Kernel: truncatedCapture.Kernel,
			Sysctl: truncatedCapture.Sysctl, Counter: truncatedCapture.Counter, Advice: truncatedCapture.Do[:1], Time: b.Last.Time, Until: b.Last.Time,
			Title: fmt.Sprintf("%s ends inside a record after frame %d", b.File, b.Last.Frame),
			Explanation: fmt.Sprintf("The file %s could not be read past byte %d: %s. Everything before that was analyzed, up "+
				"to frame %d.", b.File, b.Offset, b.Reason, b.Last.Frame),
			Data: []Datum{{"file", b.File}, {"offset", b.Offset}, {"reason", b.Reason}},
		})
	}
	if n := facts.CutHeaders; n > 0 {
		out = append(out, Finding{
			Code: truncatedCapture.Code, Rule: truncatedCapture, Severity: truncatedCapture.Severity, Confidence: Certain,
			Blame: BlameCapture, Why: truncatedCapture.Why, Confirm: truncatedCapture.Confirm, Kernel: truncatedCapture.Kernel,
			Sysctl: truncatedCapture.Sysctl, Counter: truncatedCapture.Counter, Advice: truncatedCapture.Do[1:], Time: facts.FirstCut.Time, Until: facts.End,
			Title: fmt.Sprintf("%s cut inside the TCP header", count(n, "packet")),
			Explanation: fmt.Sprintf("The capture's snap length cut %s before the end of the TCP header, the first one in frame "+
				"%d. What was left of their headers was used; timestamps, window scaling and selective acknowledgments may be "+
				"missing from the analysis.", count(n, "packet"), facts.FirstCut.Frame),
			Data: []Datum{{"cut_headers", n}},
		})
	}
	return out
}
