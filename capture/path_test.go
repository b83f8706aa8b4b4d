package capture

import (
	"sync"
	"testing"
)

// TestPathTable: numbers stand for names, equal paths have equal numbers, also when goroutines race
// for them.
func TestPathTable(t *testing.T) {
	var table pathTable
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for vid := range uint32(100) {
				outer := table.intern(nestedLayer{0, layer{kind: layerVLAN, id: vid}})
				table.intern(nestedLayer{outer, layer{kind: layerMPLS}})
			}
		})
	}
	wg.Wait()
	if n := len(table.names); n != 200 {
		t.Errorf("%d paths, want 200", n)
	}
	outer := table.intern(nestedLayer{0, layer{kind: layerVLAN, id: 7}})
	if name := table.name(table.intern(nestedLayer{outer, layer{kind: layerMPLS}})); name != "vlan 7, mpls" {
		t.Errorf("name %q", name)
	}
	if name := table.name(0); name != "" {
		t.Errorf("no path is called %q", name)
	}
}

// TestPathTableFull: forged tunnels cannot fill the memory.
func TestPathTableFull(t *testing.T) {
	var table pathTable
	for vni := range uint32(maxPaths + 10) {
		table.intern(nestedLayer{0, layer{kind: layerVXLAN, id: vni}})
	}
	if n := len(table.names); n != maxPaths {
		t.Errorf("%d paths kept", n)
	}
	if name := table.name(table.intern(nestedLayer{0, layer{kind: layerGTP}})); name != "another tunnel" {
		t.Errorf("one too many is called %q", name)
	}
}
