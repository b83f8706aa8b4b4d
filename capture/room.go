package capture

import "github.com/lastack/lastack/tcp"

// room checks that a packet has room for what its IP header says.
//
// A frame can be longer than its IP packet: Ethernet pads, and a card may leave the check sequence.
// When it is shorter, the rest of the packet is nowhere. Linux drops it (ip_rcv and ip6_rcv_core,
// IPSTATS_MIB_INTRUNCATEDPKTS), and so does everybody else, so nothing that it says was heard by
// its receiver. But a tool may have cut the frames and written down the shorter length as that on
// the wire: then the packet was whole. Which of the two it is shows the capture as a whole, see
// lengths.
type room struct {
	strict  bool // a length beyond the frame is not believed
	unknown bool // how much of this packet was on the wire, nobody knows
	beyond  bool // this packet's length goes beyond its frame
}

// begin begins the next packet. One that the snap length cut is as long as its frame says: who
// recorded it saw all of it.
func (r *room) begin(cut bool) { r.unknown, r.beyond = cut, false }

// enterIP notes that an IP header follows. Inside the first fragment of another packet there is
// less than it says, by right: the rest is in the other fragments. seg is what the packet around it
// left.
func (r *room) enterIP(seg *tcp.Segment) { r.unknown = r.unknown || seg.Cut&tcp.CutFragment != 0 }

// holds reports whether a packet of so many bytes is in so many bytes of frame, or may be.
func (r *room) holds(packet, frame int) bool {
	if packet <= frame || r.unknown {
		return true
	}
	r.beyond = true
	return !r.strict
}
