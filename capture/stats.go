package capture

import "slices"

// Stats is what a Source has read so far.
type Stats struct {
	Files     []FileStats
	Packets   uint64 // records read, whatever became of them
	Segments  uint64 // segments delivered, ICMP errors about one included
	Filtered  uint64 // records that the filter left out
	Skipped   [NumSkips]uint64
	First     int64 // earliest time of a record, nanoseconds since 1970-01-01 UTC; 0 without records
	Last      int64 // latest time of a record
	BytesRead int64 // bytes of input read, before decompression
	BytesAll  int64 // bytes of input in all; 0 when unknown (standard input, a pipe, a live interface)
	Truncated bool  // an input ended inside a record
}

// SkippedByReason gives the counts that are not zero, by the reasons' names.
func (s *Stats) SkippedByReason() map[string]uint64 {
	m := make(map[string]uint64)
	for i, n := range s.Skipped {
		if n > 0 {
			m[Skip(i).String()] = n
		}
	}
	return m
}

// FileStats is what was read of one input.
type FileStats struct {
	Name        string // as it was named; "-" is standard input
	Format      string // "pcap", "pcapng", "live"
	Compression string // "", "gzip", "zstd"
	Size        int64  // bytes, before decompression; 0 when unknown
	BytesRead   int64
	Packets     uint64
	First, Last int64 // earliest and latest time of a record; 0 without records
	Interfaces  []Interface
	Truncated   bool
	Err         error // why the input could not be read to its end, a *ReadError, or not be opened at all; then Format is ""
}

// Interface is one capturing interface of an input. A pcap file has one.
type Interface struct {
	Name    string // "" when the file does not say
	Link    LinkType
	SnapLen uint32 // bytes kept of each packet at most; 0 is no limit
	Packets uint64 // records read

	// What the capture program or the kernel counted, with HasCounts.
	HasCounts bool
	Received  uint64 // packets that reached the capture filter's socket
	Dropped   uint64 // lost because the capture program was too slow
	IfDropped uint64 // lost by the interface or its driver
}

// count counts one more record.
func (f *FileStats) count(time int64) {
	if f.Packets == 0 {
		f.First, f.Last = time, time
	}
	f.Packets++
	f.First, f.Last = min(f.First, time), max(f.Last, time)
}

// add takes in one more file.
func (s *Stats) add(f *FileStats) {
	n := len(s.Files)
	if n < cap(s.Files) {
		s.Files = s.Files[:n+1]
	} else {
		s.Files = append(s.Files, FileStats{})
	}
	interfaces := append(s.Files[n].Interfaces[:0], f.Interfaces...)
	s.Files[n] = *f
	s.Files[n].Interfaces = interfaces
	if f.Packets > 0 {
		if s.Packets == 0 {
			s.First, s.Last = f.First, f.Last
		}
		s.First, s.Last = min(s.First, f.First), max(s.Last, f.Last)
	}
	s.Packets += f.Packets
	s.BytesRead += f.BytesRead
	s.BytesAll += f.Size
	s.Truncated = s.Truncated || f.Truncated
}

// clone gives a copy that shares nothing.
func (s *Stats) clone() Stats {
	c := *s
	c.Files = slices.Clone(s.Files)
	for i := range c.Files {
		c.Files[i].Interfaces = slices.Clone(c.Files[i].Interfaces)
	}
	return c
}
