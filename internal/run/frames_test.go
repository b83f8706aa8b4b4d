package run

import (
	"math/rand/v2"
	"testing"

	"github.com/lastack/lastack/tcp"
)

// take gives the place that a frame of an input gets.
func (f *frames) place(frame uint64, file uint16) uint64 {
	seg := tcp.Segment{Frame: frame, File: file}
	f.take(&seg)
	return seg.Frame
}

// TestFramesAscend: whatever order the inputs' frames come in, places ascend and lead back to the
// frame and its input.
func TestFramesAscend(t *testing.T) {
	const inputs, each = 6, 5000
	random := rand.New(rand.NewPCG(3, 4))
	f := newFrames(inputs)
	next := [inputs]uint64{}
	for i := range next {
		next[i] = uint64(i*each) + 1
	}
	frames, places := []uint64{}, []uint64{}
	for last := uint64(0); ; {
		i := random.IntN(inputs)
		if len(frames) < each/2 {
			i = 0 // at first one after the other
		}
		if next[i] > uint64((i+1)*each) {
			break
		}
		place := f.place(next[i], uint16(i))
		if place <= last {
			t.Fatalf("frame %d comes as %d, after %d", next[i], place, last)
		}
		last = place
		frames, places = append(frames, next[i]), append(places, place)
		next[i] += 1 + random.Uint64N(3) // those between are no TCP
	}
	for _, at := range random.Perm(len(places)) {
		frame, file := f.of(places[at])
		if frame != frames[at] || !file.Known || file.Value != uint16((frames[at]-1)/each) {
			t.Fatalf("place %d is frame %d of %v, want %d", places[at], frame, file, frames[at])
		}
	}
	size := 0
	for _, b := range f.order.blocks {
		size += len(b)
	}
	if n := len(places); size > 2*n {
		t.Errorf("%d places take %d bytes", n, size)
	}
}

// TestFramesOfOneInput: with one input, or with several that follow each other in time, the
// tracker's frames are the users', and nothing is kept.
func TestFramesOfOneInput(t *testing.T) {
	f := newFrames(3)
	for frame := uint64(1); frame < 3000; frame += 2 {
		if place := f.place(frame, uint16(frame/1000)); place != frame {
			t.Fatalf("frame %d comes as %d", frame, place)
		}
	}
	if f.order.begun() {
		t.Error("an order is kept")
	}
	if frame, file := f.of(2001); frame != 2001 || file.Value != 2 {
		t.Errorf("2001 is frame %d of file %d", frame, file.Value)
	}
	if frame, file := f.of(0); frame != 0 || file.Known {
		t.Errorf("no frame is frame %d of %v", frame, file)
	}
}
