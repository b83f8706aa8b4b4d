package redact

import (
	"net/netip"
	"testing"
)

// TestCryptoPAn holds the anonymization against the sample trace of the authors' own program, and
// for IPv6 against that of yacryptopan.
func TestCryptoPAn(t *testing.T) {
	xu := [KeySize]byte{21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16,
		216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2}
	text := [KeySize]byte([]byte("32-char-str-for-AES-key-and-pad."))
	for _, test := range []struct {
		key      [KeySize]byte
		in, want string
	}{
		{xu, "128.11.68.132", "135.242.180.132"},
		{xu, "129.118.74.4", "134.136.186.123"},
		{xu, "130.132.252.244", "133.68.164.234"},
		{xu, "141.223.7.43", "141.167.8.160"},
		{xu, "141.233.145.108", "141.129.237.235"},
		{text, "192.0.2.1", "192.0.125.244"},
		{text, "2001:db8::1", "27fe:8bc7:fee:1e:1e1f:f0fe:f0e1:83fd"},
	} {
		b := netip.MustParseAddr(test.in).AsSlice()
		newCryptoPAn(test.key).anonymize(b)
		if got, _ := netip.AddrFromSlice(b); got.String() != test.want {
			t.Errorf("%s: got %s, want %s", test.in, got, test.want)
		}
	}
}
