package scenario

import (
	"slices"
	"strings"

	"github.com/lastack/lastack/internal/lab"
)

// tcpdumped are stories that a real tcpdump records, on the kernel's own devices with their
// offloads on.
var tcpdumped = []Scenario{
	{Name: "tcpdump-any", Title: "tcpdump -i any on a host with a bridge: each packet twice", Variations: []Variation{
		{Name: "ipv4", Tcpdump: "any"}, {Name: "ipv6", Tcpdump: "any", IPv6: true},
	}, Play: bulkOverLAN},
	{Name: "tcpdump-ethernet", Title: "tcpdump on an Ethernet device with offloads on", Variations: []Variation{
		{Name: "ipv4", Tcpdump: "eth0"}, {Name: "ipv6-snap-128", Tcpdump: "eth0", IPv6: true, Snap: 128},
	}, Play: bulkOverLAN},
}

// tcpdumpBulk is enough for the kernel to hand superframes to the device.
const tcpdumpBulk = 40_000

// bulkOverLAN opens a connection, sends the bulk from the responder, and closes in good order.
func bulkOverLAN(s *Story) {
	p := s.Open()
	s.Exchange(p, 100, tcpdumpBulk)
	s.CloseBoth(p, lab.Initiator)
	s.Moved(lab.Responder, "LAST-ACK", "CLOSED", 1)
	s.Expect("superframe", "checksum-offload")
	s.Never("retransmission-burst", "fin-retransmitted", "last-ack-lost", "syn-retransmitted")
	s.Clean()
	s.know("the applications sent and read everything and closed in good order")
	s.Tell("The responder sent %d bytes, both sides closed, and nothing was lost. tcpdump recorded it on both hosts.", tcpdumpBulk)
}

// overLAN are the scenarios that are also told on the kernel's own devices: those that ask nothing
// of the wire.
var overLAN = []string{"close-four-segments", "half-close-data", "close-wait-leak", "abortive-close", "close-with-unread-data", "data-after-close",
	"process-killed", "process-killed-unread", "open-refused", "time-wait-expires", "port-reuse-automatic",
	"port-reuse-bound", "transfer-clean"}

// recordedByTcpdump adds to a scenario what tcpdump records of it, by turns at all devices and at
// one.
func recordedByTcpdump(sc *Scenario) {
	if !slices.Contains(overLAN, sc.Name) {
		return
	}
	own := sc.Variations[:2:2]
	for i, v := range own {
		v.Tcpdump = []string{"any", "eth0"}[i]
		v.Name = strings.NewReplacer("-near", "", "-far", "").Replace(v.Name) + "-tcpdump-" + v.Tcpdump
		v.Far, v.Delay, v.Back = false, 0, 0
		sc.Variations = append(sc.Variations, v)
	}
}
