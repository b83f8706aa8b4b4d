package score

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// Hosts reads a recording's sysctls, each ADDR:KEY=VALUE.
func Hosts(args []string) (fsm.Hosts, error) {
	h := fsm.Hosts{Default: fsm.LinuxDefaults(), ByAddr: map[tcp.Addr]fsm.Host{}}
	for _, arg := range args {
		eq := strings.LastIndexByte(arg, '=')
		colon := strings.LastIndexByte(arg[:max(eq, 0)], ':')
		if eq < 0 || colon < 0 {
			return h, fmt.Errorf("sysctl %q is not ADDR:KEY=VALUE", arg)
		}
		addr, err := netip.ParseAddr(strings.Trim(arg[:colon], "[]"))
		if err != nil {
			return h, fmt.Errorf("sysctl %q: %w", arg, err)
		}
		host := *h.Of(tcp.AddrFrom(addr))
		switch arg[colon+1 : eq] {
		case "net.ipv4.tcp_rfc1337":
			host.RFC1337 = arg[eq+1:] == "1"
		case "net.ipv4.tcp_abort_on_overflow":
			host.AbortOnOverflow = arg[eq+1:] == "1"
		}
		h.ByAddr[tcp.AddrFrom(addr)] = host
	}
	return h, nil
}
