package report

import (
	"net/netip"
	"testing"
)

func end(addrPort string) Endpoint {
	ap := netip.MustParseAddrPort(addrPort)
	return Endpoint{ap.Addr(), ap.Port()}
}

// The vectors are those of the specification's reference implementation and of Zeek's tests.
func TestCommunityIDVectors(t *testing.T) {
	for _, v := range []struct{ a, b, want string }{
		{"128.232.110.120:34855", "66.35.250.204:80", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{"1.2.3.4:1122", "5.6.7.8:3344", "1:wCb3OG7yAFWelaUydu0D+125CLM="},
		{"[2001:470:e5bf:dead:4957:2174:e82c:4887]:63943", "[2607:f8b0:400c:c03::1a]:25",
			"1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
	} {
		if got := CommunityIDOf(end(v.a), end(v.b)).String(); got != v.want {
			t.Errorf("%s to %s: %s, want %s", v.a, v.b, got, v.want)
		}
		if got := CommunityIDOf(end(v.b), end(v.a)).String(); got != v.want {
			t.Errorf("%s to %s: %s, want %s", v.b, v.a, got, v.want)
		}
	}
}

func TestCommunityIDOrdersPortsOfOneHost(t *testing.T) {
	a, b := end("127.0.0.1:50000"), end("127.0.0.1:80")
	if x, y := CommunityIDOf(a, b), CommunityIDOf(b, a); x != y {
		t.Errorf("%s one way and %s the other", x, y)
	}
}
