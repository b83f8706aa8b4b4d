package tcp

// Kind says what a Segment holds.
type Kind uint8

// The kinds.
const (
	KindTCP  Kind = iota // a TCP segment
	KindICMP             // an ICMP or ICMPv6 error that quotes a TCP segment; the four-tuple and Seq are the quoted segment's
)

// Checksum is what is known of a segment's TCP checksum.
type Checksum uint8

// The checksum findings.
const (
	ChecksumUnverified Checksum = iota // not all of the segment was captured, or it is a fragment
	ChecksumGood
	ChecksumBad
	ChecksumPartial // holds just the pseudo-header's sum: the sending card had yet to fill it in (offload)
)

// OptionSet says which options a segment carries.
type OptionSet uint16

// The options that the tracker uses or names.
const (
	OptMSS        OptionSet = 1 << iota // RFC 9293 section 3.7.1
	OptWScale                           // RFC 7323 section 2
	OptSACKPerm                         // RFC 2018 section 2
	OptSACK                             // RFC 2018 section 3
	OptTimestamps                       // RFC 7323 section 3
	OptFastOpen                         // RFC 7413 section 4.1.1; FastOpenLen says how long the cookie is
	OptMPTCP                            // RFC 8684, marked only
	OptMD5                              // RFC 2385, marked only
	OptAO                               // RFC 5925, marked only
	OptMalformed                        // an option's length was impossible; options after it were not read
	OptCut                              // the capture cut the options off
)

// Cut says which parts of a segment the capture does not hold.
type Cut uint8

// The ways a segment can be incomplete.
const (
	CutPayload  Cut = 1 << iota // the snap length cut the payload: lengths are still true
	CutOptions                  // the snap length cut the options
	CutHeader                   // the snap length cut the fixed header: what is missing is zero (ports and Seq are always there)
	CutFragment                 // first fragment of a fragmented packet: Len covers this fragment only
	CutQuote                    // an ICMP error quotes no more than this: what is missing, no snap length cut
)

// MaxSACK is the most SACK blocks that fit in a header.
const MaxSACK = 4

// SACKBlock is one block of a SACK option: bytes Left … Right−1 were received.
type SACKBlock struct{ Left, Right Seq }

// Segment is one decoded TCP segment, or an ICMP error about one. It holds no pointers, so that
// batches of them cost the garbage collector nothing, and it is reused: whoever wants to keep one
// copies it.
type Segment struct {
	Time  int64  // nanoseconds since 1970-01-01 UTC, as recorded
	Frame uint64 // record number from 1, over all files of the run in the order given; a run of several files counts in order of time

	Src, Dst         Addr
	SrcPort, DstPort uint16

	File  uint16 // index of the input file
	Iface uint16 // interface within the file

	// Path names the encapsulation that the segment was found in (VLAN, tunnel): 0 for none, else
	// an index for capture.PathName. Mostly the same for both directions of one connection.
	Path uint32

	Seq    Seq
	Ack    Seq // 0 without the ACK flag
	Flags  Flags
	Window uint16 // as on the wire, unscaled
	Urgent uint16

	Len   uint32 // payload bytes on the wire (from the IP length, not from what was captured)
	TSval uint32 // with OptTimestamps
	TSecr uint32

	SACKCount   uint8
	WScale      uint8  // with OptWScale, as on the wire (above 14 counts as 14, RFC 7323 section 2.3)
	FastOpenLen uint8  // cookie bytes; 0 is a cookie request
	Layout      Layout // of the options of a SYN
	MSS         uint16
	Options     OptionSet

	Kind     Kind
	TTL      uint8 // or hop limit, of the innermost IP header
	IPv6     bool
	Checksum Checksum
	Cut      Cut
	// HiddenAck marks a RST without the ACK flag whose acknowledgment number is not 0 all the same.
	HiddenAck bool
	IPID      uint16 // IPv4 identification; 0 for IPv6

	// PayloadSum is the 16-bit one's-complement sum of the payload's bytes when all of them were
	// captured (0 otherwise): enough to tell that a retransmission carries different bytes.
	PayloadSum uint16

	DF bool // IPv4's "don't fragment"; false for IPv6

	// OuterBad marks a whole SYN or SYN,ACK with a good checksum in a tunnel over UDP whose own
	// checksum is wrong: the tunnel's end drops it unread.
	OuterBad bool

	Content Content // of the payload, where its first bytes tell

	// What follows few segments have. It stands last, so that the others are within two cache
	// lines.

	SACK [MaxSACK]SACKBlock // the first SACKCount

	// For KindICMP: the error and who sent it (Src and Dst are the quoted segment's).
	ICMPType uint8
	ICMPCode uint8
	ICMPFrom Addr
	ICMPMTU  uint32 // next-hop MTU of "fragmentation needed" and "packet too big"
}

// SeqLen is the sequence space that the segment takes: its payload, and one each for SYN and FIN
// (RFC 9293 section 3.4).
func (s *Segment) SeqLen() uint32 {
	n := s.Len
	if s.Flags&SYN != 0 {
		n++
	}
	if s.Flags&FIN != 0 {
		n++
	}
	return n
}

// EndSeq is the sequence number after the segment's last (the kernel's end_seq).
func (s *Segment) EndSeq() Seq { return s.Seq + Seq(s.SeqLen()) }

// Has reports whether the segment carries all the options of o.
func (s *Segment) Has(o OptionSet) bool { return s.Options&o == o }

// FourTuple names a TCP connection's two ends, as the segment has them.
type FourTuple struct {
	Src, Dst         Addr
	SrcPort, DstPort uint16
	Path             uint32
}

// Tuple gives the segment's four-tuple.
func (s *Segment) Tuple() FourTuple {
	return FourTuple{Src: s.Src, Dst: s.Dst, SrcPort: s.SrcPort, DstPort: s.DstPort, Path: s.Path}
}

// Reverse gives the tuple of the other direction.
func (t FourTuple) Reverse() FourTuple {
	return FourTuple{Src: t.Dst, Dst: t.Src, SrcPort: t.DstPort, DstPort: t.SrcPort, Path: t.Path}
}
