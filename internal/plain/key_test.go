package plain

import (
	"net/netip"
	"testing"

	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// TestKeysComeBack: a key is unpacked as it was packed, and skipped as far as it was; so is that of
// an IPv6 connection whose addresses hold IPv4 addresses, which is another one than the IPv4
// connection.
func TestKeysComeBack(t *testing.T) {
	ends := func(a, b string) (tcp.Addr, tcp.Addr) {
		return tcp.AddrFrom(netip.MustParseAddr(a)), tcp.AddrFrom(netip.MustParseAddr(b))
	}
	packed := make(map[string]bool)
	for _, path := range []uint32{0, 7} {
		for _, e := range [][2]string{{"192.0.2.1", "192.0.2.2"}, {"::ffff:192.0.2.1", "::ffff:192.0.2.2"},
			{"192.0.2.1", "::ffff:192.0.2.2"}, {"2001:db8::1", "2001:db8::2"}} {
			k := reassembly.Key{APort: 1, BPort: 2, Path: path}
			k.A, k.B = ends(e[0], e[1])
			b := packKey(nil, &k)
			r := reader{append(b, 'x')}
			if got := r.key(); got != k || len(r.b) != 1 {
				t.Errorf("%v became %v, %d bytes are left", k, got, len(r.b))
			}
			r = reader{append(b, 'x')}
			if r.skipKey(); len(r.b) != 1 {
				t.Errorf("%v: %d bytes are left behind the key", k, len(r.b))
			}
			if packed[string(b)] {
				t.Errorf("%v is packed as another", k)
			}
			packed[string(b)] = true
		}
	}
}
