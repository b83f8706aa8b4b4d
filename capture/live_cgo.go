//go:build cgo

package capture

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/google/gopacket/pcap"
)

// live is the Source of an interface.
type live struct {
	handle  *pcap.Handle // nil after Close
	opt     LiveOptions
	sink    sink
	file    FileStats
	iface   [1]Interface
	end     time.Time // zero for no limit
	stopped atomic.Bool
}

// OpenLive begins to capture on an interface. Missing rights give a *PermissionError, a wrong name
// an *UnknownInterfaceError, a wrong filter a *FilterError.
func OpenLive(opt LiveOptions) (LiveSource, error) {
	if opt.SnapLen == 0 {
		opt.SnapLen = DefaultSnapLen
	}
	if opt.Timeout == 0 {
		opt.Timeout = 100 * time.Millisecond
	}
	h, err := activate(opt)
	if err != nil {
		return nil, explainActivate(opt.Iface, err)
	}
	if opt.Filter != "" {
		if err := setFilter(h, opt.Filter); err != nil {
			h.Close()
			return nil, err
		}
	}
	l := &live{handle: h, opt: opt, file: FileStats{Name: opt.Iface, Format: "live"}}
	l.iface[0] = Interface{Name: opt.Iface, Link: LinkType(h.LinkType()), SnapLen: uint32(opt.SnapLen)}
	if opt.Duration > 0 {
		l.end = time.Now().Add(opt.Duration)
	}
	return l, nil
}

// setFilter gives the kernel a filter. One that cannot be compiled is told from one that the kernel
// does not take: the first is the user's mistake.
func setFilter(h *pcap.Handle, expr string) error {
	if _, err := h.CompileBPFFilter(expr); err != nil {
		return &FilterError{Filter: expr, Err: err}
	}
	if err := h.SetBPFFilter(expr); err != nil {
		return fmt.Errorf("filter %q: %w", expr, err)
	}
	return nil
}

// activate opens the interface as the options say.
func activate(opt LiveOptions) (*pcap.Handle, error) {
	in, err := pcap.NewInactiveHandle(opt.Iface)
	if err != nil {
		return nil, err
	}
	defer in.CleanUp()
	if err := in.SetSnapLen(opt.SnapLen); err != nil {
		return nil, err
	}
	// The pseudo-interface of all interfaces cannot be promiscuous.
	if err := in.SetPromisc(opt.Promisc && opt.Iface != "any"); err != nil {
		return nil, err
	}
	if err := in.SetTimeout(opt.Timeout); err != nil {
		return nil, err
	}
	if opt.BufferSize > 0 {
		if err := in.SetBufferSize(opt.BufferSize); err != nil {
			return nil, err
		}
	}
	return in.Activate()
}

// explainActivate turns the failure to open an interface into what a person can act on.
func explainActivate(iface string, err error) error {
	// gopacket keeps the type of these errors to itself: the text is all there is to tell them by.
	switch err.Error() {
	case "Permission Denied":
		return &PermissionError{Iface: iface}
	case "Interface Not Up":
		return fmt.Errorf("interface %s is down: bring it up with ip link set %s up", iface, iface)
	}
	if all, listErr := Interfaces(); listErr == nil {
		unknown := &UnknownInterfaceError{Iface: iface}
		for _, i := range all {
			if i.Name == iface {
				return fmt.Errorf("cannot capture on %s: %w", iface, err)
			}
			unknown.Known = append(unknown.Known, i.Name)
		}
		return unknown
	}
	return fmt.Errorf("cannot capture on %s: %w", iface, err)
}

// Interfaces lists what packets can be captured from.
func Interfaces() ([]LiveInterface, error) {
	devices, err := pcap.FindAllDevs()
	if err != nil {
		return nil, err
	}
	var all []LiveInterface
	for _, d := range devices {
		i := LiveInterface{Name: d.Name, Description: d.Description}
		for _, a := range d.Addresses {
			if a.IP != nil {
				i.Addresses = append(i.Addresses, a.IP.String())
			}
		}
		all = append(all, i)
	}
	return all, nil
}

// Stop implements LiveSource.
func (l *live) Stop() { l.stopped.Store(true) }

// over reports whether the capture is to end.
func (l *live) over() bool {
	return l.handle == nil || l.stopped.Load() || l.opt.Count > 0 && l.file.Packets >= l.opt.Count ||
		!l.end.IsZero() && time.Now().After(l.end)
}

// Next implements Source.
func (l *live) Next(b *Batch) error {
	b.reset()
	if l.over() {
		return io.EOF
	}
	// Packets that trickle in must not keep those before them waiting: the batch goes when the
	// first could have waited for the timeout.
	enough := time.Now().Add(l.opt.Timeout)
	for len(b.Segments) < batchSize && !l.over() {
		data, info, err := l.handle.ZeroCopyReadPacketData()
		if err == pcap.NextErrorTimeoutExpired {
			return nil
		}
		if err != nil {
			l.file.Err = &ReadError{File: l.opt.Iface, Offset: l.file.BytesRead, Reason: "capturing failed", Err: err}
			return l.file.Err
		}
		rec := record{data: data, time: info.Timestamp.UnixNano(), wire: info.Length, link: l.iface[0].Link}
		l.file.count(rec.time)
		l.file.BytesRead += int64(len(data))
		l.iface[0].Packets++
		if err := l.sink.take(&rec, l.file.Packets, 0, b); err != nil {
			return err
		}
		if info.Timestamp.After(enough) {
			return nil
		}
	}
	return nil
}

// Stats implements Source.
func (l *live) Stats() Stats {
	l.counters()
	l.file.Interfaces = l.iface[:]
	s := Stats{Segments: l.sink.segments, Skipped: l.sink.skipped}
	s.add(&l.file)
	return s
}

// counters asks the kernel what it lost. After Close the last answer holds.
func (l *live) counters() {
	if l.handle == nil {
		return
	}
	if k, err := l.handle.Stats(); err == nil {
		i := &l.iface[0]
		i.HasCounts = true
		i.Received, i.Dropped, i.IfDropped = uint64(k.PacketsReceived), uint64(k.PacketsDropped), uint64(k.PacketsIfDropped)
	}
}

// Close implements Source.
func (l *live) Close() error {
	l.counters()
	if l.handle != nil {
		l.handle.Close()
		l.handle = nil
	}
	return nil
}
