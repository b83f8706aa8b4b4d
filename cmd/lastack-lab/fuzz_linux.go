package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/lastack/lastack/internal/lab/fuzz"
)

// runFuzz holds the tracker against the live kernel and prints what came of it.
func runFuzz(args []string) error {
	flags := flag.NewFlagSet("fuzz", flag.ExitOnError)
	flags.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	duration := flags.Duration("duration", 10*time.Minute, "for how long")
	every := flags.Duration("progress", time.Minute, "how often to print where it stands")
	var cfg fuzz.Config
	flags.Uint64Var(&cfg.Seed, "seed", 1, "what the random choices start from")
	flags.IntVar(&cfg.Parallel, "parallel", 16, "how many connections at once")
	flags.StringVar(&cfg.Dir, "o", "", "where recordings of differences go")
	if err := flags.Parse(args); err != nil || cfg.Dir == "" {
		flags.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *duration)
	defer cancel()
	tally := new(fuzz.Tally)
	go func() {
		for range time.Tick(*every) {
			fmt.Fprintln(os.Stderr, tally.Line())
		}
	}()
	if err := fuzz.Run(ctx, cfg, tally); err != nil {
		return err
	}
	return tally.Write(os.Stdout)
}
