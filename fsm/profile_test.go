package fsm

import (
	"reflect"
	"testing"
)

// TestProfilesAreWhole: each stack has the facts that nothing can do without, and is found by its
// name, which is nobody else's.
func TestProfilesAreWhole(t *testing.T) {
	for s := range NumStacks {
		p := s.Profile()
		switch {
		case p.Stack != s:
			t.Errorf("the profile of stack %d says that it is %d's", s, p.Stack)
		case p.TimeWait <= 0 || p.Host.FinTimeout <= 0 || p.Host.PortLow == 0 || p.Host.PortHigh < p.Host.PortLow:
			t.Errorf("%s: no TIME-WAIT, FIN-WAIT-2 or port range", s)
		case s != AnyStack && s != RFC9293 && p.System == "":
			t.Errorf("%s has no name for sentences", s)
		}
		if got, ok := ParseStack(s.String()); ok != (s != AnyStack) || got != s {
			t.Errorf("ParseStack(%q) = %v, %t", s, got, ok)
		}
	}
}

// TestUnknownHostsAreJudgedAsLinux: only the name differs.
func TestUnknownHostsAreJudgedAsLinux(t *testing.T) {
	want := linuxProfile
	want.Stack, want.Name, want.System = AnyStack, "unknown", ""
	if got := *AnyStack.Profile(); !reflect.DeepEqual(got, want) {
		t.Errorf("an unknown host's profile is %+v", got)
	}
}
