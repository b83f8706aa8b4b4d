package findings

import "testing"

func TestGroupsForgetTheOldest(t *testing.T) {
	var g groups[int, int]
	for k := range maxGroups + 10 {
		*g.at(k) = k
	}
	if len(g.byKey) != maxGroups || len(g.order) != maxGroups {
		t.Fatalf("%d groups are kept, at most %d should be", len(g.byKey), maxGroups)
	}
	next := 10
	for k, v := range g.all {
		if k != next || *v != k {
			t.Fatalf("group %d holds %d, want group %d", k, *v, next)
		}
		next++
	}
	if v := g.at(5); *v != 0 {
		t.Errorf("a group that was forgotten begins with %d", *v)
	}
}
