package capture

import "strconv"

// headerNames has each kind's name, for messages and tests.
var headerNames = [NumHeaders]string{
	HeaderEthernet: "ethernet", HeaderCooked: "linux-sll", HeaderCooked2: "linux-sll2",
	HeaderLoopback: "loopback", HeaderPKTAP: "pktap", HeaderPPP: "ppp", HeaderPPPoE: "pppoe",
	HeaderVLAN: "vlan", HeaderLLC: "llc", HeaderMPLS: "mpls", HeaderIPv4: "ipv4", HeaderIPv6: "ipv6",
	HeaderAH: "ah", HeaderGRE: "gre", HeaderERSPAN: "erspan", HeaderUDP: "udp",
	HeaderVXLAN: "vxlan", HeaderGENEVE: "geneve", HeaderGTP: "gtp", HeaderICMP: "icmp",
	HeaderICMPv6: "icmpv6", HeaderTCP: "tcp",
}

// String gives the kind's name, and its number for one that has none.
func (k HeaderKind) String() string {
	if int(k) < len(headerNames) && headerNames[k] != "" {
		return headerNames[k]
	}
	return "header-" + strconv.Itoa(int(k))
}
