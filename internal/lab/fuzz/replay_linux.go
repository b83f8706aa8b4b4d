package fuzz

import (
	"fmt"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/infer"
	"github.com/lastack/lastack/internal/score"
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
func replay(packets []*passed) steps { return replayWhy(packets, nil) }

// assumed tells which assumptions changed what the tracker says of a capture's segments.
func assumed(packets []*passed) score.Changes {
	made := score.Changes{}
	replayWhy(packets, made.Take)
	return made
}

// replayWhy is replay, with what was decided about each segment.
func replayWhy(packets []*passed, decided func(*infer.Decision)) steps {
	s := make(steps)
	t := track.New(track.Config{Hosts: fsm.Hosts{Default: fsm.LinuxDefaults()}, KeepAll: true,
		Decided: decided}, s)
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
