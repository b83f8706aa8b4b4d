package present

import "testing"

func TestListing(t *testing.T) {
	for command, want := range map[string]string{
		"lastack x.pcap":                  "lastack x.pcap --code a-code --max-findings 0",
		"lastack x.pcap --code a-code":    "lastack x.pcap --code a-code --max-findings 0",
		"lastack x.pcap --code=a-code,b":  "lastack x.pcap --code=a-code,b --max-findings 0",
		"lastack x.pcap --severity error": "lastack x.pcap --severity error --code a-code --max-findings 0",
	} {
		if got := Listing(command, "a-code"); got != want {
			t.Errorf("%s: %s, want %s", command, got, want)
		}
	}
}
