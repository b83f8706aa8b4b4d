package main

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/internal/nearest"
	"github.com/lastack/lastack/tcp"
)

// parseStacks reads what --stack was given: NAME for all hosts, ADDR=NAME for one, NET/BITS=NAME
// for those of a network.
func parseStacks(args []string) (fsm.Stacks, error) {
	s := fsm.Stacks{ByAddr: make(map[tcp.Addr]fsm.Stack)}
	for _, arg := range args {
		if err := addStack(&s, arg); err != nil {
			return s, fmt.Errorf("--stack %s: %w", arg, err)
		}
	}
	return s, nil
}

func addStack(s *fsm.Stacks, arg string) error {
	host, name, one := strings.Cut(arg, "=")
	if !one {
		name = arg
	}
	stack, ok := fsm.ParseStack(name)
	if !ok {
		return unknownStack(name)
	}
	switch {
	case !one:
		s.All = stack
	case strings.Contains(host, "/"):
		net, err := netip.ParsePrefix(host)
		if err != nil {
			return fmt.Errorf("%q is not a network such as 192.0.2.0/24", host)
		}
		s.ByNet = append(s.ByNet, fsm.NetStack{Net: net.Masked(), Stack: stack})
	default:
		addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if err != nil {
			return fmt.Errorf("%q is not an address; want NAME, ADDR=NAME or NET/BITS=NAME", host)
		}
		s.ByAddr[tcp.AddrFrom(addr)] = stack
	}
	return nil
}

func unknownStack(name string) error {
	names := fsm.StackNames()
	if like := nearest.To(name, names); like != "" {
		return fmt.Errorf("no stack is called %q; did you mean %s? There are %s", name, like, human.OneOf(names))
	}
	return fmt.Errorf("no stack is called %q; want %s", name, human.OneOf(names))
}
