package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/internal/redact"
	"github.com/lastack/lastack/internal/run"
)

// redaction is the flags about what is taken out, as typed.
type redaction struct {
	on    bool
	key   string
	shift time.Duration
}

// addTo adds the flags.
func (r *redaction) addTo(cmd *cobra.Command) {
	set := pflag.NewFlagSet("redaction", pflag.ContinueOnError)
	set.BoolVar(&r.on, "redact", false, "no payload, other addresses, no names of hosts, files and interfaces")
	set.StringVar(&r.key, "redact-key", "", "the same other addresses each time: 32 bytes, or 64 hexadecimal digits, in `FILE`")
	set.DurationVar(&r.shift, "redact-shift", 0, "move all times by `TIME`, whole seconds")
	grouped(cmd, "What is taken out, for sharing:", set)
}

// apply redacts what a run reads, before anything is made of it, and what the outputs may repeat of
// the command line.
func (r *redaction) apply(a *app, cfg *run.Config, blocks *capture.Blocks) error {
	if !r.on {
		if r.key != "" || r.shift != 0 {
			return errors.New("--redact-key and --redact-shift say how to --redact, which is missing")
		}
		return nil
	}
	redactor, err := r.redactor()
	if err != nil {
		return err
	}
	cfg.Source = redactor.Source(cfg.Source)
	cfg.Track.Hosts = redactor.Hosts(cfg.Track.Hosts)
	cfg.Findings.Hosts = cfg.Track.Hosts
	cfg.Track.Stacks = redactor.Stacks(cfg.Track.Stacks)
	*blocks = redactor.Blocks(*blocks)
	a.args = []string{a.args[0], "--redact", "FILE"}
	return nil
}

func (r *redaction) redactor() (*redact.Redactor, error) {
	if r.shift%time.Second != 0 {
		return nil, fmt.Errorf("--redact-shift %s: want whole seconds", r.shift)
	}
	var key [redact.KeySize]byte
	if r.key == "" {
		rand.Read(key[:]) // never fails
		return redact.New(key, r.shift), nil
	}
	b, err := os.ReadFile(r.key)
	if err != nil {
		return nil, fmt.Errorf("--redact-key: %w", err)
	}
	if len(b) != len(key) {
		if b, err = hex.DecodeString(string(bytes.TrimSpace(b))); err != nil || len(b) != len(key) {
			return nil, fmt.Errorf("--redact-key %s: want 32 bytes or 64 hexadecimal digits, as of openssl rand -hex 32", r.key)
		}
	}
	copy(key[:], b)
	return redact.New(key, r.shift), nil
}
