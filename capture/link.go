package capture

import "strconv"

// LinkType is a link-layer header type as capture files number it
// (https://www.tcpdump.org/linktypes.html).
type LinkType uint16

// The link types that are decoded.
const (
	LinkNull       LinkType = 0
	LinkEthernet   LinkType = 1
	LinkPPP        LinkType = 9
	LinkRawDLT     LinkType = 12 // DLT_RAW of most systems, written by old programs
	LinkRawOpenBSD LinkType = 14 // DLT_RAW of OpenBSD
	LinkPPPHDLC    LinkType = 50
	LinkPPPEther   LinkType = 51
	LinkRaw        LinkType = 101
	LinkLoop       LinkType = 108
	LinkLinuxSLL   LinkType = 113
	LinkUser2      LinkType = 149 // for private use: Apple's libpcap writes PKTAP by this number
	LinkIPv4       LinkType = 228
	LinkIPv6       LinkType = 229
	LinkPKTAP      LinkType = 258
	LinkLinuxSLL2  LinkType = 276
)

var linkNames = map[LinkType]string{
	LinkNull: "null", LinkEthernet: "ethernet", LinkPPP: "ppp", LinkRawDLT: "raw", LinkRawOpenBSD: "raw",
	LinkPPPHDLC: "ppp-hdlc", LinkPPPEther: "pppoe", LinkRaw: "raw", LinkLoop: "loop", LinkLinuxSLL: "linux-sll",
	LinkIPv4: "ipv4", LinkIPv6: "ipv6", LinkPKTAP: "pktap", LinkLinuxSLL2: "linux-sll2",
}

// UnknownLinkPrefix begins the name of a link type that is not decoded, or not by its number alone.
const UnknownLinkPrefix = "link-type-"

// String gives a short name, UnknownLinkPrefix and the number for one that has none.
func (l LinkType) String() string {
	if n, ok := linkNames[l]; ok {
		return n
	}
	return UnknownLinkPrefix + strconv.Itoa(int(l))
}
