package world

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/trace"
)

// proc is the calling thread's view: /proc/net is the whole process's, which lives in another
// namespace.
const proc = "/proc/thread-self/net/"

// counters reads the host's TCP counters, named as nstat names them.
func (h *Host) counters() (map[string]int64, error) {
	counts := make(map[string]int64)
	err := h.ns.do(func() error {
		for _, file := range []string{"netstat", "snmp"} {
			b, err := os.ReadFile(proc + file)
			if err != nil {
				return err
			}
			parseCounters(string(b), counts)
		}
		return nil
	})
	return counts, err
}

// parseCounters reads pairs of lines, names above values. Only TCP's counters are kept.
func parseCounters(text string, into map[string]int64) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		names, values := strings.Fields(lines[i]), strings.Fields(lines[i+1])
		group := strings.TrimSuffix(names[0], ":")
		if group != "Tcp" && group != "TcpExt" {
			continue
		}
		for j := 1; j < len(names) && j < len(values); j++ {
			if n, err := strconv.ParseInt(values[j], 10, 64); err == nil {
				into[group+names[j]] = n
			}
		}
	}
}

// moved gives the counters that changed since the host was made.
func (h *Host) moved() (lab.Event, error) {
	after, err := h.counters()
	delta := make(map[string]int64)
	for name, n := range after {
		if d := n - h.before[name]; d != 0 && name != "TcpRtoMax" {
			delta[name] = d
		}
	}
	return lab.Event{Kind: lab.KindCounters, Time: h.log.now(), Host: h.Name, Counters: delta}, err
}

// Counter tells by how much one of the host's counters has moved.
func (h *Host) Counter(name string) (int64, error) {
	counts, err := h.counters()
	return counts[name] - h.before[name], err
}

// Sockets reads the host's socket table, listeners apart, and writes it down in the truth if it has
// changed.
func (h *Host) Sockets() ([]lab.Socket, error) {
	file := "tcp"
	if h.Addr.Is6() {
		file = "tcp6"
	}
	var rows []lab.Socket
	at := h.log.now()
	err := h.ns.do(func() error {
		b, err := os.ReadFile(proc + file)
		for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n")[1:] {
			if row, ok := parseSocket(line); ok {
				rows = append(rows, row)
			}
		}
		return err
	})
	if err == nil && h.changed(rows) {
		h.log.add(lab.Event{Kind: lab.KindSockets, Time: at, Host: h.Name, Sockets: rows})
	}
	return rows, err
}

// changed reports whether the socket table differs from the one last written down, timers apart.
func (h *Host) changed(rows []lab.Socket) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	same := slices.EqualFunc(rows, h.table, func(a, b lab.Socket) bool {
		a.Timer, b.Timer = 0, 0
		return a == b
	})
	h.table = rows
	return !same
}

// parseSocket reads a line of /proc/net/tcp or tcp6. ok is false for listeners.
func parseSocket(line string) (lab.Socket, bool) {
	f := strings.Fields(line)
	if len(f) < 10 {
		return lab.Socket{}, false
	}
	state, _ := strconv.ParseUint(f[3], 16, 8)
	s := lab.Socket{Local: parseAddr(f[1]), Remote: parseAddr(f[2]), State: trace.StateName(int(state)), Bucket: f[9] == "0"}
	if kind, when, ok := strings.Cut(f[5], ":"); ok && kind != "00" {
		ticks, _ := strconv.ParseUint(when, 16, 64)
		s.Timer = (time.Duration(ticks) * time.Second / 100).Seconds() // USER_HZ is 100 everywhere
	}
	return s, s.State != "LISTEN"
}

// parseAddr reads an address as /proc/net/tcp prints it: words of 32 bits in the machine's order,
// then the port.
func parseAddr(text string) netip.AddrPort {
	words, port, _ := strings.Cut(text, ":")
	b, _ := hex.DecodeString(words)
	for i := 0; i+4 <= len(b); i += 4 {
		binary.NativeEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
	}
	a, _ := netip.AddrFromSlice(b)
	n, _ := strconv.ParseUint(port, 16, 16)
	return netip.AddrPortFrom(a, uint16(n))
}
