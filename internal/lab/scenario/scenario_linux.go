package scenario

import (
	"fmt"
	"sort"
	"strconv"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/world"
)

// Scenario is one story, told in several variations.
type Scenario struct {
	Name  string
	Title string
	// Scripted is the host that a scripted peer stands in for, "" for two kernels.
	Scripted   string
	Variations []Variation
	Play       func(*Story)
	// Rest, if there is one, says of what happened what may be found, once the wire has come to
	// rest: what was under way when the story ended may tell of more.
	Rest func(*Story)
}

// Variation says how one telling differs from the others.
type Variation struct {
	Name         string
	IPv6         bool
	NoTimestamps bool
	Far          bool          // 40 ms one way instead of 0.1
	Delay        time.Duration // one way, where neither will do
	Back         time.Duration // one way from the responder, where it is another
	Middle       float64       // where the middle tap is; 0 stands for half-way
	Scripted     string        // overrides the scenario's
	By           string        // which host does what the scenario is named after
	Kind         string        // what else the scenario tells apart
	// Tcpdump is the device at which a real tcpdump records, of hosts that the kernel's own devices
	// join; "" for the lab's wire and taps.
	Tcpdump string
	Snap    int // tcpdump's snap length, bytes; 0 for whole packets

	NoSACK     bool
	NoScaling  bool    // no window scaling
	MTU        int     // of both hosts' devices; 0 for 1500
	Early      bool    // what is lost is lost before the middle
	Size       float64 // what applications exchange, times this; 0 for once
	Seed       uint64  // what a wild story's choices start from
	Slow       float64 // the pauses of some seconds, times this; 0 for once
	Apart      int     // the hosts' addresses are this many networks from those of the scenario's own variations
	ClientPort uint16
	ServerPort uint16
}

// The wire's delays, one way.
const (
	near = 100 * time.Microsecond
	far  = 40 * time.Millisecond
)

func (v *Variation) delay() time.Duration {
	if v.Delay != 0 {
		return v.Delay
	}
	if v.Far {
		return far
	}
	return near
}

// back is the delay of the other direction.
func (v *Variation) back() time.Duration {
	if v.Back != 0 {
		return v.Back
	}
	return v.delay()
}

// where is the half of the wire that loses packets.
func (v *Variation) where() world.Where {
	if v.Early {
		return world.BeforeMiddle
	}
	return world.AfterMiddle
}

// size gives how much an application sends where the story has n bytes.
func (v *Variation) size(n int) int {
	if v.Size == 0 {
		return n
	}
	return max(1, int(float64(n)*v.Size))
}

// sysctls are the settings that the variation makes on both hosts.
func (v *Variation) sysctls() map[string]string {
	set := map[string]string{}
	for key, off := range map[string]bool{"net.ipv4.tcp_timestamps": v.NoTimestamps, "net.ipv4.tcp_sack": v.NoSACK,
		"net.ipv4.tcp_window_scaling": v.NoScaling} {
		if off {
			set[key] = "0"
		}
	}
	return set
}

// params gives the variation for meta.json.
func (v *Variation) params() map[string]string {
	p := map[string]string{"ip": "4", "timestamps": "on", "delay": v.delay().String()}
	for name, value := range map[string]string{"back": v.Back.String(), "mtu": strconv.Itoa(v.MTU), "early": strconv.FormatBool(v.Early),
		"size": strconv.FormatFloat(v.Size, 'f', 2, 64)} {
		if value != "0s" && value != "0" && value != "false" && value != "0.00" {
			p[name] = value
		}
	}
	if v.IPv6 {
		p["ip"] = "6"
	}
	if v.NoTimestamps {
		p["timestamps"] = "off"
	}
	if v.By != "" {
		p["by"] = v.By
	}
	if v.Kind != "" {
		p["kind"] = v.Kind
	}
	return p
}

// plain are the variations of a scenario that either kind of network shows in the same way.
var plain = []Variation{
	{Name: "ipv4-near"},
	{Name: "ipv6-far", IPv6: true, Far: true, Middle: 0.25},
}

// bySide are the variations of a scenario that either host can bring about.
var bySide = []Variation{
	{Name: "ipv4-near-initiator", By: lab.Initiator},
	{Name: "ipv4-far-responder", By: lab.Responder, Far: true},
	{Name: "ipv6-far-initiator", By: lab.Initiator, IPv6: true, Far: true, Middle: 0.75},
	{Name: "ipv6-near-responder-nots", By: lab.Responder, IPv6: true, NoTimestamps: true},
}

// kinds gives two variations of each kind: near over IPv4 and far over IPv6.
func kinds(names ...string) []Variation {
	var vs []Variation
	for _, k := range names {
		vs = append(vs, Variation{Name: k + "-ipv4-near", Kind: k},
			Variation{Name: k + "-ipv6-far", Kind: k, IPv6: true, Far: true, Middle: 0.3})
	}
	return vs
}

// bySideOf gives two variations of each kind, one by each host.
func bySideOf(names ...string) []Variation {
	var vs []Variation
	for _, k := range names {
		vs = append(vs, Variation{Name: k + "-ipv4-near-initiator", Kind: k, By: lab.Initiator},
			Variation{Name: k + "-ipv6-far-responder-nots", Kind: k, By: lab.Responder, IPv6: true, Far: true, NoTimestamps: true})
	}
	return vs
}

// All gives every scenario, by name.
func All() []Scenario {
	all := make([]Scenario, 0, 100)
	for _, group := range [][]Scenario{opening, closing, timeWait, reuse, validity, liveness,
		transfer, opens, synSent, captures, probing(), tcpdumped} {
		all = append(all, group...)
	}
	for i := range all {
		recordedByTcpdump(&all[i])
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	for i := 1; i < len(all); i++ {
		if all[i].Name == all[i-1].Name {
			panic(fmt.Sprintf("lab: two scenarios named %s", all[i].Name))
		}
	}
	return all
}
