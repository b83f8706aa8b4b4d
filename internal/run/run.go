// Package run wires one run together: packets from a source, through the tracker and the rules,
// into the record stream.
package run

import (
	"context"
	"errors"
	"io"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/internal/plain"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/report"
)

// Config sets a run up.
type Config struct {
	Source   capture.Source // closed by whoever opened it
	Track    track.Config   // KeepAll is decided by what Sink wants
	Findings findings.Config
	Sink     report.Sink
	Select   Selection
	// Why has segment records say how lastack came to what they say. It costs time and memory.
	Why bool

	// Live: look at connections that go on once a second and report their findings at once. To be
	// stopped is the normal end.
	Live bool
	// Progress, if set, is called a few times a second.
	Progress func(Progress)
}

// Selection says which records of a run reach the sink. The zero value selects all. Connections and
// findings keep their numbers.
type Selection struct {
	Conn        report.ConnID // only this connection
	Codes       []string      // only findings of these codes
	MinSeverity findings.Severity
}

// Result is what is known after a run besides what the sink was given.
type Result struct {
	Summary report.Summary
	// Worst is the severity of the worst finding of the selected connection and codes, with Any.
	Worst findings.Severity
	Any   bool
	// ReadError says why an input could not be read to its end; context.Canceled when the run was
	// stopped.
	ReadError error
	// Unread says so of each input that could not be read to its end, or not at all.
	Unread []error
}

// Run reads the source to its end, or until ctx is done, and gives the sink everything that was
// found, whatever stopped it. The error is the sink's: what it could not write. Or it is a
// *plain.SpillError.
func Run(ctx context.Context, cfg Config) (result Result, err error) {
	r := newRunner(cfg)
	defer r.tracker.Close()
	defer func() {
		switch p := recover().(type) {
		case nil:
		case *plain.SpillError:
			err = p
		default:
			panic(p)
		}
	}()
	r.result.ReadError = r.read(ctx)
	if r.err == nil {
		r.tracker.Finish()
	}
	if r.err == nil {
		r.finish()
	}
	return r.result, r.err
}

// runner is a run on its way.
type runner struct {
	cfg       Config
	tracker   *track.Tracker
	engine    *findings.Engine
	wants     report.Kinds
	pace      pace
	frames    *frames
	facts     findings.CaptureFacts
	live      announced
	waiting   waiting
	decisions decisions
	room      report.Bounded // the sink, if it has only so much room; nil if it takes everything
	left      report.Kinds   // what it had room for when it was asked last
	result    Result
	found     map[string]uint64 // selected findings by code
	milder    uint64            // findings that are selected but for their severity
	total     uint64            // findings of any kind, for numbering
	err       error             // the sink's first; nothing is given to it afterwards

	// The records that are given to the sink, used again for each.
	segment    report.Segment
	connection report.Connection
	finding    report.Finding
}

// How many MiB of closed connections stay in memory: those of the last seconds of a busy capture,
// and when live those of the last minute of most hosts (some 400,000 connections), so that nothing
// is written without need.
const (
	inMemory     = 4
	inMemoryLive = 64
)

func newRunner(cfg Config) *runner {
	numbers := newFrames(len(cfg.Source.Stats().Files))
	cfg.Findings.Only, cfg.Findings.FrameOf = uint64(cfg.Select.Conn), numbers.number
	r := &runner{cfg: cfg, engine: findings.NewEngine(cfg.Findings), wants: cfg.Sink.Wants(),
		found: make(map[string]uint64),
		live:  make(announced), frames: numbers}
	cfg.Track.KeepAll = r.wants.Has(report.Segments)
	if !r.wants.Has(report.Connections) && !cfg.Track.KeepAll {
		cfg.Track.Ordinary = r.ordinary
	}
	cfg.Track.Spill, cfg.Track.Watch = inMemory, cfg.Live
	if cfg.Live {
		cfg.Track.Spill = inMemoryLive
	}
	cfg.Track.Patience, cfg.Track.Remarkable = int64(cfg.Findings.CloseWait), r.engine.Remarkable
	if bounded := report.BoundedOf(cfg.Sink); bounded != nil && cfg.Track.KeepAll &&
		cfg.Select.Conn == 0 && !cfg.Live {
		r.room, r.left = bounded, bounded.Room()
		cfg.Track.Late = true
	}
	if cfg.Why && cfg.Track.KeepAll {
		cfg.Track.Decided, cfg.Track.Late = r.decided, false
	}
	r.tracker = track.New(cfg.Track, r)
	r.pace.start()
	return r
}

// read feeds the tracker until the input ends. The error is why that was not its regular end.
func (r *runner) read(ctx context.Context) error {
	var batch capture.Batch
	for r.err == nil {
		err := r.cfg.Source.Next(&batch)
		for i := range batch.Segments {
			seg := &batch.Segments[i]
			r.facts.See(seg)
			r.frames.take(seg)
		}
		r.tracker.ObserveAll(batch.Segments)
		if ctx.Err() != nil {
			return r.stopped(ctx)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		r.tick()
	}
	return nil
}

// stopped says what it means that the run was stopped.
func (r *runner) stopped(ctx context.Context) error {
	if r.cfg.Live {
		return nil
	}
	return ctx.Err()
}
