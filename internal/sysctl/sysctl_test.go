package sysctl

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/lastack/lastack/tcp"
)

func TestDefaultsHoldForNamedHosts(t *testing.T) {
	var s Settings
	for _, a := range []string{"192.0.2.1:tcp_rfc1337=1", "[2001:db8::1]:net.ipv4.tcp_tw_reuse=1",
		"net/ipv4/tcp_fin_timeout=30", "net.ipv4.ip_local_port_range=1024\t65000"} {
		if err := s.Add(a); err != nil {
			t.Fatalf("%s: %v", a, err)
		}
	}
	hosts := s.Hosts()
	four := hosts.Of(tcp.AddrFrom(netip.MustParseAddr("192.0.2.1")))
	six := hosts.Of(tcp.AddrFrom(netip.MustParseAddr("2001:db8::1")))
	other := hosts.Of(tcp.AddrFrom(netip.MustParseAddr("192.0.2.2")))
	if !four.RFC1337 || six.RFC1337 || other.RFC1337 {
		t.Error("tcp_rfc1337 was not set for 192.0.2.1 alone")
	}
	if six.TWReuse != 1 || other.TWReuse != 2 {
		t.Error("tcp_tw_reuse was not set for 2001:db8::1 alone")
	}
	for _, h := range []time.Duration{four.FinTimeout, six.FinTimeout, other.FinTimeout} {
		if h != 30*time.Second {
			t.Errorf("tcp_fin_timeout %v, want 30s on every host", h)
		}
	}
	if other.PortLow != 1024 || other.PortHigh != 65000 {
		t.Errorf("port range %d to %d, want 1024 to 65000", other.PortLow, other.PortHigh)
	}
}

func TestFileIgnoresWhatNothingDependsOn(t *testing.T) {
	var s Settings
	err := s.AddFile(netip.Addr{}, "host.txt", strings.NewReader("# comment\nsysctl: permission denied on key 'x'\n"+
		"kernel.hostname = a=b\nnet.ipv4.tcp_retries2 = 8\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Hosts().Default.Retries2; got != 8 {
		t.Errorf("tcp_retries2 %d, want 8", got)
	}
}

func TestErrorsSayWhatIsWanted(t *testing.T) {
	for arg, want := range map[string]string{
		"tcp_rfc1337":             "want [ADDR:]KEY=VALUE",
		"tcp_rfc1337=yes":         `"yes" is not a number from 0 to 1`,
		"tcp_fin_timeout=0":       "of seconds",
		"tcp_fin_timeot=30":       "did you mean net.ipv4.tcp_fin_timeout?",
		"kernel.pid_max=1":        "nothing depends on kernel.pid_max",
		"2001:db8:tcp_rfc1337=1":  "an IPv6 address goes in brackets",
		"[2001:db8::1=1":          "want [ADDR]:",
		"ip_local_port_range=9 1": "is not a range of ports",
	} {
		if err := new(Settings).Add(arg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Add(%q) = %v, want an error with %q", arg, err, want)
		}
	}
	for text, want := range map[string]string{
		"a = b\n":                     "none of the settings that matter",
		"\nnet.ipv4.tcp_retries2 = x": "host.txt:2: net.ipv4.tcp_retries2",
	} {
		err := new(Settings).AddFile(netip.Addr{}, "host.txt", strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("AddFile(%q) = %v, want an error with %q", text, err, want)
		}
	}
}

func TestFullKeysMayBeUnused(t *testing.T) {
	var s Settings
	for _, arg := range []string{"net.ipv4.tcp_syncookies=1", "10.0.0.1:net.core.somaxconn=1", "net.ipv4.tcp_retries1=3"} {
		if err := s.Add(arg); err != nil {
			t.Errorf("Add(%q) = %v, want it passed over", arg, err)
		}
	}
	if got := s.Unused(); len(got) != 3 || !strings.Contains(got[2], "did you mean net.ipv4.tcp_retries2?") {
		t.Errorf("Unused() = %q", got)
	}
}

func TestCutFile(t *testing.T) {
	for arg, want := range map[string][2]string{
		"host.txt":           {"invalid IP", "host.txt"},
		"192.0.2.1:host.txt": {"192.0.2.1", "host.txt"},
		"[::1]:host.txt":     {"::1", "host.txt"},
		"a:b.txt":            {"invalid IP", "a:b.txt"},
	} {
		if addr, file := CutFile(arg); addr.String() != want[0] || file != want[1] {
			t.Errorf("CutFile(%q) = %v, %q, want %v", arg, addr, file, want)
		}
	}
}
