package report

import (
	"maps"
	"slices"
	"strconv"
)

// Interface is one capturing interface of an input.
type Interface struct {
	Name    string  `json:"name"`
	Link    string  `json:"link"`
	SnapLen uint32  `json:"snaplen"` // 0 is no limit
	Packets uint64  `json:"packets"`
	Counts  *Counts `json:"counts,omitempty"`
}

// Counts is what the capture program or the kernel counted on an interface.
type Counts struct {
	Received  uint64 `json:"received"`
	Dropped   uint64 `json:"dropped"`           // by the kernel, because the capture program was too slow
	IfDropped uint64 `json:"interface_dropped"` // by the interface or its driver
}

// File is one input of a run.
type File struct {
	Name        string      `json:"name"`
	Format      string      `json:"format"` // pcap, pcapng, live; "" if nothing could be read
	Compression string      `json:"compression,omitempty"`
	Packets     uint64      `json:"packets"`
	Start       Time        `json:"start,omitempty"` // earliest record; 0 without any, as the next one
	End         Time        `json:"end,omitempty"`
	Interfaces  []Interface `json:"interfaces"`
	Error       string      `json:"error,omitempty"` // why it could not be read to its end
}

// Summary is the last record of a run.
type Summary struct {
	Files        []File            `json:"files"`
	Packets      uint64            `json:"packets"`
	TCPSegments  uint64            `json:"tcp_segments"`
	ICMPErrors   uint64            `json:"icmp_errors"` // that quote a TCP segment
	Connections  uint64            `json:"connections"`
	Filtered     uint64            `json:"filtered"`   // left out by the capture filter
	Duplicates   uint64            `json:"duplicates"` // recorded more than once and left out
	StrayICMP    uint64            `json:"stray_icmp"` // those of them that quote no connection of the capture
	Evicted      uint64            `json:"evicted"`    // connections reported early to stay inside the limit
	Skipped      map[string]uint64 `json:"skipped"`
	Findings     map[string]uint64 `json:"findings"`
	CaptureStart Time              `json:"capture_start,omitempty"` // 0 without packets, as the next one
	CaptureEnd   Time              `json:"capture_end,omitempty"`
	Truncated    bool              `json:"truncated"`             // an input could not be read to its end
	Interrupted  bool              `json:"interrupted,omitempty"` // the user stopped it before the end

	// Milder is how many findings were selected but for their severity. A stream does not have it:
	// it says what the stream lacks.
	Milder uint64 `json:"-"`
}

func (e *encoder) summary(r *Summary) {
	e.start("summary")
	e.files(r.Files)
	e.uint("packets", r.Packets)
	e.uint("tcp_segments", r.TCPSegments)
	e.uint("icmp_errors", r.ICMPErrors)
	e.uint("connections", r.Connections)
	e.uint("filtered", r.Filtered)
	e.uint("duplicates", r.Duplicates)
	e.uint("stray_icmp", r.StrayICMP)
	e.uint("evicted", r.Evicted)
	e.counts("skipped", r.Skipped)
	e.counts("findings", r.Findings)
	e.span("capture_start", "capture_end", r.CaptureStart, r.CaptureEnd)
	e.bool("truncated", r.Truncated)
	if r.Interrupted {
		e.bool("interrupted", true)
	}
	e.end()
}

func (e *encoder) files(all []File) {
	e.key("files")
	e.open('[')
	for i := range all {
		f := &all[i]
		e.element()
		e.open('{')
		e.text("name", f.Name)
		e.word("format", f.Format)
		if f.Compression != "" {
			e.word("compression", f.Compression)
		}
		e.uint("packets", f.Packets)
		e.span("start", "end", f.Start, f.End)
		e.interfaces(f.Interfaces)
		if f.Error != "" {
			e.text("error", f.Error)
		}
		e.close('}')
	}
	e.close(']')
}

func (e *encoder) interfaces(all []Interface) {
	e.key("interfaces")
	e.open('[')
	for i := range all {
		in := &all[i]
		e.element()
		e.open('{')
		e.text("name", in.Name)
		e.word("link", in.Link)
		e.uint("snaplen", uint64(in.SnapLen))
		e.uint("packets", in.Packets)
		if c := in.Counts; c != nil {
			e.key("counts")
			e.open('{')
			e.uint("received", c.Received)
			e.uint("dropped", c.Dropped)
			e.uint("interface_dropped", c.IfDropped)
			e.close('}')
		}
		e.close('}')
	}
	e.close(']')
}

// counts writes an object of numbers, by name.
func (e *encoder) counts(key string, m map[string]uint64) {
	e.key(key)
	e.open('{')
	for _, k := range slices.Sorted(maps.Keys(m)) {
		e.quoteKey(k)
		e.b = strconv.AppendUint(e.b, m[k], 10)
	}
	e.close('}')
}

// span writes two times, nothing when there are none.
func (e *encoder) span(from, until string, a, b Time) {
	if a != 0 || b != 0 {
		e.time(from, a)
		e.time(until, b)
	}
}
