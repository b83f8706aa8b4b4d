package sysctl

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/nearest"
	"github.com/lastack/lastack/tcp"
)

// Settings collects what is known of the hosts. The zero value is all hosts at Linux's defaults.
type Settings struct {
	all    []setting
	unused []string
}

// setting is one key's value on one host, or on all hosts that are not named if addr is not valid.
type setting struct {
	addr netip.Addr
	key  string
	text string
}

// Add takes over "[ADDR:]KEY=VALUE". A key that is written in full ("net.…") may be one on which
// nothing depends: scripts pass on what a host has. Unused tells which those were.
func (s *Settings) Add(assignment string) error {
	left, value, ok := strings.Cut(assignment, "=")
	if !ok {
		return fmt.Errorf("%q: want [ADDR:]KEY=VALUE", assignment)
	}
	addr, key, err := cutAddr(left)
	if err != nil {
		return err
	}
	full := strings.HasPrefix(strings.TrimSpace(key), "net")
	key = shortKey(key)
	if keys[key] == nil {
		if full {
			s.unused = append(s.unused, unknownKey(key).Error())
			return nil
		}
		return unknownKey(key)
	}
	return s.add(addr, key, strings.TrimSpace(value))
}

// Unused says of each key that Add passed over why, for a message.
func (s *Settings) Unused() []string { return s.unused }

// AddFile takes over the output of `sysctl -a`, for one host if addr is valid. Keys on which
// nothing depends are passed over.
func (s *Settings) AddFile(addr netip.Addr, name string, r io.Reader) error {
	lines := bufio.NewScanner(r)
	used := 0
	for n := 1; lines.Scan(); n++ {
		key, value, ok := strings.Cut(lines.Text(), "=")
		key = shortKey(key)
		if !ok || keys[key] == nil {
			continue // a comment, a complaint of sysctl's own, or a setting of something else
		}
		if err := s.add(addr, key, strings.TrimSpace(value)); err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
		used++
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if used == 0 {
		return fmt.Errorf("%s: none of the settings that matter is in it; expected the output of sysctl -a with %s", name,
			strings.Join(knownKeys(), ", "))
	}
	return nil
}

// CutFile splits "[ADDR:]FILE". What only looks like an address is part of the file's name.
func CutFile(arg string) (addr netip.Addr, file string) {
	addr, file, err := cutAddr(arg)
	if err != nil {
		return netip.Addr{}, arg
	}
	return addr, file
}

// Hosts gives the settings as the tracker wants them. What is said of all hosts holds for the named
// ones too.
func (s *Settings) Hosts() fsm.Hosts {
	hosts := fsm.Hosts{Default: fsm.LinuxDefaults(), ByAddr: make(map[tcp.Addr]fsm.Host)}
	for _, one := range s.all {
		if !one.addr.IsValid() {
			one.apply(&hosts.Default)
		}
	}
	for _, one := range s.all {
		if one.addr.IsValid() {
			a := tcp.AddrFrom(one.addr)
			h := *hosts.Of(a)
			one.apply(&h)
			hosts.ByAddr[a] = h
		}
	}
	return hosts
}

// add checks a value and keeps it.
func (s *Settings) add(addr netip.Addr, key, value string) error {
	var scratch fsm.Host
	if err := keys[key](&scratch, value); err != nil {
		return fmt.Errorf("%s%s: %w", prefix, key, err)
	}
	s.all = append(s.all, setting{addr, key, value})
	return nil
}

// apply sets the value, which add has checked.
func (s *setting) apply(h *fsm.Host) { _ = keys[s.key](h, s.text) }

// cutAddr splits "ADDR:rest" or "[ADDR]:rest". Without a colon there is no address.
func cutAddr(arg string) (addr netip.Addr, rest string, err error) {
	var text string
	if after, ok := strings.CutPrefix(arg, "["); ok {
		if text, rest, ok = strings.Cut(after, "]:"); !ok {
			return addr, "", fmt.Errorf("%q: want [ADDR]: with an IPv6 address", arg)
		}
	} else if i := strings.LastIndexByte(arg, ':'); i >= 0 {
		text, rest = arg[:i], arg[i+1:]
	} else {
		return addr, arg, nil
	}
	if addr, err = netip.ParseAddr(text); err != nil {
		return addr, "", fmt.Errorf("%q is not an address (an IPv6 address goes in brackets)", text)
	}
	return addr.Unmap(), rest, nil
}

func unknownKey(key string) error {
	if like := nearest.To(key, knownKeys()); like != "" {
		return fmt.Errorf("nothing depends on %s; did you mean %s%s?", key, prefix, like)
	}
	return fmt.Errorf("nothing depends on %s; what does: %s", key, strings.Join(knownKeys(), ", "))
}

func knownKeys() []string { return slices.Sorted(maps.Keys(keys)) }
