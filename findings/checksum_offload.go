package findings

import (
	"fmt"

	"github.com/lastack/lastack/tcp"
)

var checksumOffload = &Rule{
	Code:     "checksum-offload",
	Title:    "Outgoing checksums are filled in later",
	Group:    GroupCapture,
	Severity: Info,
	Since:    "0.1",
	Summary:  "outgoing checksums are wrong because the network card fills them in after the capture",
	What: "The TCP checksums of what the capturing host sent are not final. They are not verified, and the segments are analyzed " +
		"as usual.",
	Why: "With checksum offload the kernel leaves only the sum of the pseudo header in the field, and the network card completes " +
		"it on the way out, after the capture point (CHECKSUM_PARTIAL; tcp_v4_send_check).",
	Confirm:     []string{"ethtool -k IFACE | grep tx-checksum", "capture at the other end: the checksums are right there"},
	Do:          []string{"Nothing. Tell Wireshark not to validate TCP checksums on such captures."},
	Misreadings: []string{"These segments are not corrupt, and their receiver does not drop them."},
	OtherNames: []string{
		"Wireshark: Bad checksum, maybe caused by TCP checksum offload",
		"Zeek: bad_TCP_checksum, history C and c; run with -C",
		"Suricata: SURICATA TCPv4 invalid checksum, counter tcp.invalid_checksum; checksum handling auto",
		"Snort: none; its statistics count bad_tcp4_checksum",
		"kernel: none; TcpInCsumErrors on the receiver if the checksum is wrong on the wire too",
	},
	RFC:    []string{"RFC 9293 section 3.1"},
	Kernel: []string{"tcp_v4_send_check", "skb_checksum_help"},
	Once:   true,
	needs:  hasChecksum,
	check:  checkChecksumOffload,
}

func checkChecksumOffload(c *Case) {
	for s := range tcp.NoSide {
		side := &c.Sides[s]
		wrong := side.PartialChecksums + side.BadChecksums
		// Corruption hits single segments; offload all that one side sends.
		if side.PartialChecksums == 0 && (side.BadChecksums < 3 || side.BadChecksums*2 < side.Segments) {
			continue
		}
		d := c.fire()
		d.Blame = BlameCapture
		if side.PartialChecksums == 0 {
			d.unsure(Likely, "a device that corrupts every packet: then its receiver drops them all, and nothing is acknowledged")
		}
		d.trigger(c.step(side.FirstBadChecksum.Frame), "checksum not filled in yet")
		d.between(side.FirstBadChecksum.Time, side.Last.Time)
		d.Title = fmt.Sprintf("%s of %s with unfinished checksums", count(wrong, "segment"), c.addr(s))
		d.Explanation = fmt.Sprintf("%s of %s left the capturing host with a checksum that its network card fills in later.",
			count(wrong, "segment"), c.side(s))
		d.note("side", s.String())
		d.note("partial", side.PartialChecksums)
		d.note("bad", side.BadChecksums)
	}
}
