package scenario

import (
	"fmt"
	"net/netip"
	"sort"
	"time"

	"github.com/lastack/lastack/internal/lab"
)

// Scenario is one story, told in several variations.
type Scenario struct {
	Name  string
	Title string
	// Scripted is the host that a scripted peer stands in for, "" for two kernels.
	Scripted   string
	Variations []Variation
	Play       func(*Story)
	// Record is in place of Play where it is not the lab's wire that records.
	Record func(v Variation, initiator, responder netip.Addr, dir string) (*lab.Meta, error)
}

// Variation says how one telling differs from the others.
type Variation struct {
	Name         string
	IPv6         bool
	NoTimestamps bool
	Far          bool          // 40 ms one way instead of 0.1
	Delay        time.Duration // one way, where neither will do
	Middle       float64       // where the middle tap is; 0 stands for half-way
	Scripted     string        // overrides the scenario's
	By           string        // which host does what the scenario is named after
	Kind         string        // what else the scenario tells apart
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

// params gives the variation for meta.json.
func (v *Variation) params() map[string]string {
	p := map[string]string{"ip": "4", "timestamps": "on", "delay": v.delay().String()}
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

// All gives every scenario, by name.
func All() []Scenario {
	all := make([]Scenario, 0, 100)
	for _, group := range [][]Scenario{opening, closing, timeWait, reuse, validity, liveness,
		transfer, opens, synSent, captures, probing(), tcpdumped} {
		all = append(all, group...)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	for i := 1; i < len(all); i++ {
		if all[i].Name == all[i-1].Name {
			panic(fmt.Sprintf("lab: two scenarios named %s", all[i].Name))
		}
	}
	return all
}
