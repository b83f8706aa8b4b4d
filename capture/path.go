package capture

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/lastack/lastack/tcp"
)

// maxPaths bounds how many encapsulations are told apart: a capture of forged tunnel headers must
// not fill the memory. Those beyond it share one path.
const maxPaths = 1 << 16

// layer is one encapsulation: a VLAN or a tunnel. Nothing that differs between the two directions
// of a connection is in it: no MPLS label, no GTP tunnel endpoint identifier.
type layer struct {
	kind layerKind
	id   uint32   // VLAN, session or network number, if the kind has one
	a, b tcp.Addr // the tunnel's ends, the lower one first, if the kind has any
}

// layerKind says what sort of encapsulation a layer is.
type layerKind uint8

const (
	layerVLAN layerKind = iota
	layerMPLS
	layerPPPoE
	layerGRE
	layerGREKey
	layerERSPAN
	layer4in4
	layer6in4
	layer4in6
	layer6in6
	layerVXLAN
	layerGENEVE
	layerGTP
)

// layerNames has each kind's name and what it is identified by.
var layerNames = [...]struct {
	name     string
	id, ends bool
}{
	layerVLAN: {"vlan", true, false}, layerMPLS: {"mpls", false, false}, layerPPPoE: {"pppoe", true, false},
	layerGRE: {"gre", false, true}, layerGREKey: {"gre", true, true}, layerERSPAN: {"erspan", true, true},
	layer4in4: {"ipip", false, true}, layer6in4: {"6in4", false, true}, layer4in6: {"4in6", false, true},
	layer6in6: {"6in6", false, true}, layerVXLAN: {"vxlan", true, true}, layerGENEVE: {"geneve", true, true},
	layerGTP: {"gtp", false, true},
}

// String gives the layer as people read it: "vlan 12", "vxlan 42 10.0.0.1-10.0.0.2".
func (l layer) String() string {
	n := layerNames[l.kind]
	s := n.name
	if n.id {
		s += fmt.Sprintf(" %d", l.id)
	}
	if n.ends {
		s += fmt.Sprintf(" %s-%s", l.a.Netip(), l.b.Netip())
	}
	return s
}

// between gives the layer with its ends in canonical order, so that it is the same for both
// directions.
func (l layer) between(src, dst *tcp.Addr) layer {
	l.a, l.b = *src, *dst
	if bytes.Compare(l.a[:], l.b[:]) > 0 {
		l.a, l.b = l.b, l.a
	}
	return l
}

// nestedLayer is a layer inside the path that it was found in.
type nestedLayer struct {
	outer uint32
	layer layer
}

// paths are the encapsulations seen in this process.
var paths pathTable

// pathTable numbers paths: the one with number n is called names[n-1]. It is safe for concurrent
// use.
type pathTable struct {
	mu     sync.RWMutex
	ids    map[nestedLayer]uint32
	layers []nestedLayer
	names  []string
}

// intern gives the number of a path, a new one for a path not seen before.
func (t *pathTable) intern(n nestedLayer) uint32 {
	t.mu.RLock()
	id, ok := t.ids[n]
	t.mu.RUnlock()
	if ok {
		return id
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if id, ok := t.ids[n]; ok {
		return id
	}
	if len(t.names) >= maxPaths {
		return maxPaths + 1
	}
	if t.ids == nil {
		t.ids = make(map[nestedLayer]uint32)
	}
	name := n.layer.String()
	if n.outer != 0 {
		name = t.name(n.outer) + ", " + name
	}
	t.names, t.layers = append(t.names, name), append(t.layers, n)
	id = uint32(len(t.names))
	t.ids[n] = id
	return id
}

// name gives the name of a path. The caller holds the lock.
func (t *pathTable) name(id uint32) string {
	switch {
	case id == 0:
		return ""
	case int(id) <= len(t.names):
		return t.names[id-1]
	}
	return "another tunnel"
}

// PathName gives the encapsulation that a tcp.Segment's Path stands for, outermost first: "vlan
// 12", "vlan 12, vxlan 42 10.0.0.1-10.0.0.2". The ends of a tunnel are in a fixed order, the same
// for both directions. It gives "" for 0.
func PathName(id uint32) string {
	paths.mu.RLock()
	defer paths.mu.RUnlock()
	return paths.name(id)
}

// MapPath gives the path that is like another, but for the addresses of tunnels' ends, which f
// changes.
func MapPath(id uint32, f func(tcp.Addr) tcp.Addr) uint32 {
	paths.mu.RLock()
	known := id != 0 && int(id) <= len(paths.layers)
	var n nestedLayer
	if known {
		n = paths.layers[id-1]
	}
	paths.mu.RUnlock()
	if !known {
		return id
	}
	if layerNames[n.layer.kind].ends {
		a, b := f(n.layer.a), f(n.layer.b)
		n.layer = n.layer.between(&a, &b)
	}
	n.outer = MapPath(n.outer, f)
	return paths.intern(n)
}
