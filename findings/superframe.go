package findings

import (
	"fmt"

	"github.com/lastack/lastack/tcp"
)

var superframe = &Rule{
	Code:     "superframe",
	Title:    "Segments are larger than the path can carry",
	Group:    GroupCapture,
	Severity: Info,
	Since:    "0.1",
	Summary:  "segments larger than the negotiated maximum: offload at the capturing host (TSO, GRO)",
	What:     "Some recorded segments carry more than one packet's worth of data. On the wire they were several packets.",
	Why: "A capture on a host sees outgoing data before the network card cuts it up (TSO) and incoming data after the kernel has " +
		"joined it (GRO). So sizes, counts and times of single packets are not those of the wire.",
	Confirm:     []string{"ethtool -k IFACE | grep -e segmentation-offload -e receive-offload"},
	Do:          []string{"Nothing; if single packets matter, switch the offloads off for the capture (ethtool -K IFACE tso off gso off gro off)."},
	Misreadings: []string{"Packets above the MTU here do not mean jumbo frames or a wrong MTU."},
	OtherNames: []string{
		"Wireshark: frame length above the MTU, no note",
		"Zeek: none; truncated_tcp_payload when the snapshot length cut them",
		"Suricata: none; ipv4.trunc_pkt when the snapshot length cut them",
		"Snort: none",
		"kernel: none; tcp-segmentation-offload and generic-receive-offload in ethtool -k",
	},
	RFC:    []string{"RFC 9293 section 3.7.1"},
	Kernel: []string{"tcp_gro_receive", "tcp_gso_segment"},
	Once:   true,
	needs:  hasSuperframe,
	check:  checkSuperframe,
}

func checkSuperframe(c *Case) {
	for s := range tcp.NoSide {
		side := &c.Sides[s]
		if side.Superframes == 0 {
			continue
		}
		d := c.fire()
		d.Blame = BlameCapture
		d.trigger(c.step(side.FirstSuperframe.Frame), "more than one packet's worth")
		d.between(side.FirstSuperframe.Time, side.LastData.Time)
		d.Title = fmt.Sprintf("%s of %s larger than one packet", count(side.Superframes, "segment"), c.addr(s))
		d.Explanation = fmt.Sprintf("%s of %s carry more than the %d bytes that the other side takes in one packet, up to %d: the "+
			"capturing host joins or cuts packets (offload).", count(side.Superframes, "segment"), c.side(s),
			c.Sides[s.Peer()].MSS, side.MaxLen)
		d.note("side", s.String())
		d.note("superframes", side.Superframes)
		d.note("largest", side.MaxLen)
		d.note("mss", c.Sides[s.Peer()].MSS)
	}
}
