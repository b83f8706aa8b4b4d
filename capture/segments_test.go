package capture

import (
	"errors"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// inTurn is a source of batches, each with one segment, and then of an error.
type inTurn struct {
	Source
	batches int
	err     error
}

func (s *inTurn) Next(b *Batch) error {
	b.reset()
	if s.batches == 0 {
		return s.err
	}
	s.batches--
	*b.add() = tcp.Segment{Frame: uint64(s.batches)}
	return nil
}

func TestSegments(t *testing.T) {
	var frames []uint64
	var end error
	broken := errors.New("broken")
	for seg, err := range Segments(&inTurn{batches: 3, err: broken}) {
		if end = err; err == nil {
			frames = append(frames, seg.Frame)
		}
	}
	if len(frames) != 3 || frames[0] != 2 || frames[2] != 0 || end != broken {
		t.Errorf("got segments %v, then %v", frames, end)
	}
	for range Segments(&inTurn{batches: 3, err: broken}) {
		break // it must not go on
	}
}
