package run

import (
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// files tells which input a frame is from. Frames are numbered over all inputs in the order given, so each input's first frame
// that was seen is enough to know.
type files struct {
	several bool
	first   []uint64 // by input; 0 for one that gave nothing yet
}

func newFiles(inputs int) files { return files{several: inputs > 1, first: make([]uint64, inputs)} }

// see takes note of a segment's input.
func (f *files) see(seg *tcp.Segment) {
	if f.first[seg.File] == 0 {
		f.first[seg.File] = seg.Frame
	}
}

// of gives the index of a frame's input, if the run has several.
func (f *files) of(frame uint64) report.Optional[uint16] {
	for i := len(f.first) - 1; f.several && i >= 0; i-- {
		if f.first[i] != 0 && f.first[i] <= frame {
			return report.Some(uint16(i))
		}
	}
	return report.Optional[uint16]{}
}
