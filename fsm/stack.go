package fsm

import "strings"

// Stack names a TCP implementation. The stack is the host's: the two ends of a connection may run
// different ones.
type Stack uint8

// The stacks that a Profile is known of.
const (
	// AnyStack is a host of which nothing tells what it runs. It is judged by Linux's rules, and
	// what other stacks do otherwise is not said with certainty.
	AnyStack Stack = iota
	Linux
	RFC9293 // the letter of the RFC
	Windows
	Darwin // macOS and iOS
	FreeBSD
	OpenBSD
	Solaris // Solaris and illumos
	Embedded
	GVisor // only told: on the wire it begins like Linux
	NumStacks
)

// String gives the name that records have and --stack takes.
func (s Stack) String() string { return profiles[s].Name }

// Profile gives the facts of the stack.
func (s Stack) Profile() *Profile { return &profiles[s] }

// ParseStack reads a name that --stack takes.
func ParseStack(name string) (Stack, bool) {
	for s := AnyStack + 1; s < NumStacks; s++ {
		if strings.EqualFold(profiles[s].Name, name) {
			return s, true
		}
	}
	return AnyStack, false
}

// StackNames lists the names that ParseStack takes.
func StackNames() []string {
	var names []string
	for s := AnyStack + 1; s < NumStacks; s++ {
		names = append(names, profiles[s].Name)
	}
	return names
}
