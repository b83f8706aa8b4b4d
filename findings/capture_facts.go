package findings

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// BrokenFile is a capture file that could not be read to its end.
type BrokenFile struct {
	File   string
	Offset int64 // bytes into the file (uncompressed) where reading stopped
	Reason string
	Last   fsm.Mark // the last record that was read
}

// CaptureFacts is what is known of the capture as a whole once it has been read.
type CaptureFacts struct {
	Start, End int64 // ns since 1970-01-01 UTC: first and last record
	Broken     []BrokenFile
	CutHeaders uint64   // packets cut before the end of their TCP header
	FirstCut   fsm.Mark // the first of them
}

// See counts a segment whose header the snap length cut.
func (f *CaptureFacts) See(seg *tcp.Segment) {
	if seg.Cut&(tcp.CutHeader|tcp.CutOptions) == 0 || seg.Cut&tcp.CutQuote != 0 {
		return
	}
	if f.CutHeaders == 0 {
		f.FirstCut = fsm.Mark{Frame: seg.Frame, Time: seg.Time}
	}
	f.CutHeaders++
}
