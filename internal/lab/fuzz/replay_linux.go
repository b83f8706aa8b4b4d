package fuzz

import (
	"fmt"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/tcp"
)

// steps keeps what the tracker says of each frame.
type steps map[uint64]*fsm.Step

// Segment keeps a step.
func (s steps) Segment(_ uint64, step *fsm.Step) {
	kept := *step
	s[step.Frame] = &kept
}

// Ended has nothing to keep: the steps tell the states.
func (s steps) Ended(*fsm.Life) {}

// replay has the tracker look at a capture.
func replay(packets []*passed) steps {
	s := make(steps)
	t := track.New(track.Config{Hosts: fsm.Hosts{Default: fsm.LinuxDefaults()}, KeepAll: true}, s)
	var decoder capture.Decoder
	var segment tcp.Segment
	for i, p := range packets {
		if skip := decoder.Decode(capture.LinkRaw, p.data, len(p.data), &segment); skip != capture.SkipNone {
			panic(fmt.Sprintf("fuzz: lastack does not decode %x: %v", p.data, skip))
		}
		segment.Time, segment.Frame = p.wall.UnixNano(), uint64(i+1)
		t.Observe(&segment)
	}
	t.Finish()
	return s
}
