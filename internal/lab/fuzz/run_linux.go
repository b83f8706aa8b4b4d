package fuzz

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/lastack/lastack/internal/lab/trace"
)

// Config says how to fuzz.
type Config struct {
	Seed     uint64
	Parallel int    // connections at once
	Dir      string // where recordings of differences go
}

// examples is how many recordings of one difference are kept.
const examples = 3

// Run plays connections until the context ends and gives what came of them. The error says what the
// machine lacks.
func Run(ctx context.Context, cfg Config, tally *Tally) error {
	tracer, err := trace.Open()
	if err != nil {
		return fmt.Errorf("the lab cannot listen to this kernel: %w", err)
	}
	b, err := newBench(tracer)
	if err != nil {
		return errors.Join(err, tracer.Close())
	}
	var (
		wg   sync.WaitGroup
		next atomic.Uint64
	)
	for range cfg.Parallel {
		wg.Go(func() {
			for ctx.Err() == nil {
				b.one(newDraw(cfg.Seed, next.Add(1)).plan(), cfg.Dir, tally)
			}
		})
	}
	wg.Wait()
	return errors.Join(b.close(), tracer.Close())
}

// one plays one plan, counts what came of it, and records a difference.
func (b *bench) one(plan *Plan, dir string, tally *Tally) {
	c, err := b.play(plan)
	if err != nil {
		tally.failed(err)
		return
	}
	compared, d := compare(c)
	if number := tally.add(compared, d); number == 0 || number > examples {
		return
	} else if err := b.record(c, plan, d, filepath.Join(dir, d.Name()), number, tally); err != nil {
		tally.failed(err)
	}
}

// record writes a difference down, as small as it gets.
func (b *bench) record(c *conn, plan *Plan, d *Difference, dir string, number int, tally *Tally) error {
	variation := strconv.Itoa(number)
	small, shown := b.shrink(plan, d)
	if small == nil {
		tally.unrepeated(d)
		variation += "-once"
		small, shown = c, d
		small.plan = plan.upTo(d.Shot)
	}
	tally.example(shown, small.plan)
	return small.save(filepath.Join(dir, variation), variation, shown)
}
