package tcp

import (
	"net/netip"
	"testing"
)

// TestAddrForms: an address comes back as it was, and an IPv4 address is another one than the IPv6
// address that holds it.
func TestAddrForms(t *testing.T) {
	for _, text := range []string{"192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "::", "::1", "ff02::1", "::fffe:0:1",
		"ffff:ffff::1", "0.0.0.0", "::ffff:0.0.0.0"} {
		if a := netip.MustParseAddr(text); AddrFrom(a).Netip() != a {
			t.Errorf("%s became %s", a, AddrFrom(a).Netip())
		}
	}
	v4, inV6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("::ffff:192.0.2.1")
	if AddrFrom(v4) == AddrFrom(inV6) {
		t.Errorf("%s and %s are the same", v4, inV6)
	}
	if a := AddrFrom6(inV6.As16()); a != AddrFrom(inV6) {
		t.Errorf("from the wire %x, else %x", a, AddrFrom(inV6))
	}
}
