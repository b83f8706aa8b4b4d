package capture

// Skip says why a record gave no segment. SkipNone is for those that did.
type Skip uint8

// The reasons.
const (
	SkipNone        Skip = iota
	SkipARP              // ARP or RARP
	SkipLLC              // 802.3 frame without an IP packet: spanning tree, CDP, IS-IS
	SkipPPPControl       // PPP or PPPoE signalling, or a PPP protocol other than IP
	SkipEthertype        // an ethertype other than IP
	SkipUDP              // UDP that is not a known tunnel
	SkipICMP             // ICMP or ICMPv6 that is not an error about a TCP segment
	SkipEncrypted        // ESP or MACsec
	SkipProtocol         // any other IP protocol
	SkipFragment         // later fragment: no TCP header in it
	SkipLinkType         // link type that is not decoded
	SkipTunnel           // tunnel with a header or content that is not decoded
	SkipTooDeep          // more nested headers than maxDepth
	SkipTruncated        // the capture cut the packet before the TCP sequence number's end
	SkipBadIP            // impossible IP header
	SkipBadTCP           // impossible TCP header: data offset, or a packet too short for one
	SkipEmpty            // record without a byte
	SkipNotPacket        // pcapng block that is numbered as a record and holds no packet: journal entry, system event
	SkipBeyondFrame      // an IP length beyond the end of a frame that was captured whole
	NumSkips        = iota
)

var skipNames = [NumSkips]string{"", "arp", "llc", "ppp-control", "other-ethertype", "udp", "icmp", "encrypted",
	"other-protocol", "fragment", "unknown-link-type", "unsupported-tunnel", "too-deep", "truncated", "bad-ip-header",
	"bad-tcp-header", "empty", "not-a-packet", "ip-length-beyond-frame"}

// String gives the reason's name in records, "" for none.
func (s Skip) String() string {
	if int(s) < len(skipNames) {
		return skipNames[s]
	}
	return "?"
}
