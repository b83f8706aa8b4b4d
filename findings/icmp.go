package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
)

// icmpName names an ICMP error's type and code.
type icmpName struct {
	icmpType, code uint8
	name           string
}

// ICMPv4 errors (RFC 792, RFC 1812 section 5.2.7.1) that can be about a TCP segment.
var icmp4Names = []icmpName{
	{3, 0, "network unreachable"},
	{3, 1, "host unreachable"},
	{3, 2, "protocol unreachable"},
	{3, 3, "port unreachable"},
	{3, 4, "fragmentation needed"},
	{3, 5, "source route failed"},
	{3, 6, "network unknown"},
	{3, 7, "host unknown"},
	{3, 9, "network administratively prohibited"},
	{3, 10, "host administratively prohibited"},
	{3, 13, "communication administratively prohibited"},
	{11, 0, "time to live exceeded in transit"},
	{11, 1, "fragment reassembly time exceeded"},
	{12, 0, "parameter problem"},
}

// ICMPv6 errors (RFC 4443 section 3).
var icmp6Names = []icmpName{
	{1, 0, "no route to destination"},
	{1, 1, "communication administratively prohibited"},
	{1, 2, "beyond scope of source address"},
	{1, 3, "address unreachable"},
	{1, 4, "port unreachable"},
	{1, 5, "source address failed ingress or egress policy"},
	{1, 6, "reject route to destination"},
	{2, 0, "packet too big"},
	{3, 0, "hop limit exceeded in transit"},
	{3, 1, "fragment reassembly time exceeded"},
	{4, 0, "parameter problem"},
}

// icmpText says what an ICMP error is, with its type and code: "ICMP port unreachable (type 3, code
// 3)".
func icmpText(s *fsm.Step) string {
	family, names := "ICMP", icmp4Names
	if !s.ICMPFrom.Netip().Is4() {
		family, names = "ICMPv6", icmp6Names
	}
	what := "error"
	for _, n := range names {
		if n.icmpType == s.ICMPType && n.code == s.ICMPCode {
			what = n.name
		}
	}
	return fmt.Sprintf("%s %s (type %d, code %d)", family, what, s.ICMPType, s.ICMPCode)
}
