package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/lastack/lastack/capture"
)

// maxSpool is how much of an input that comes through a pipe is kept for an annotated capture.
const maxSpool = 4 << 30

// spool keeps what comes through a pipe in a temporary file, so that it can be read a second time.
// A nil one keeps nothing.
type spool struct {
	file *os.File
	left int64
	err  error // why not all was kept
}

// spool gives one if an output will read the inputs a second time, and one of them is a pipe.
func (o *options) spool(names []string) (*spool, error) {
	if !o.wantsPackets() || !slices.ContainsFunc(names, isPipe) {
		return nil, nil
	}
	return newSpool(maxSpool)
}

// newSpool makes a spool in the directory for temporary files.
func newSpool(limit int64) (*spool, error) {
	f, err := os.CreateTemp("", "lastack-*.pcap")
	if err != nil {
		return nil, err
	}
	return &spool{file: f, left: limit}, nil
}

// Write implements io.Writer. It never fails: that must not end the analysis.
func (s *spool) Write(b []byte) (int, error) {
	if s.err != nil {
		return len(b), nil
	}
	keep := b[:min(int64(len(b)), s.left)]
	s.left -= int64(len(keep))
	if _, err := s.file.Write(keep); err != nil {
		s.err = err
	} else if len(keep) < len(b) {
		s.err = fmt.Errorf("the input came through a pipe and is longer than the %d GiB that are kept of one", maxSpool>>30)
	}
	return len(b), nil
}

// writer gives the spool as something to copy to.
func (s *spool) writer() io.Writer {
	if s == nil {
		return nil // not a nil *spool in an interface
	}
	return s
}

// blocks gives the blocks of the inputs named, of which the spool has the one that is a pipe.
func (s *spool) blocks(names []string) capture.Blocks {
	names = slices.Clone(names)
	for i, name := range names {
		if s != nil && isPipe(name) {
			names[i] = s.file.Name()
		}
	}
	return capture.BlocksOf(names)
}

// failure says why an annotated capture is not complete.
func (s *spool) failure() error {
	if s == nil || s.err == nil {
		return nil
	}
	return &statusError{exitUsage, fmt.Errorf("the annotated capture is not complete: %w", s.err)}
}

// remove deletes the file.
func (s *spool) remove() {
	if s != nil {
		s.file.Close()
		os.Remove(s.file.Name())
	}
}

// isPipe reports whether an input can be read only once.
func isPipe(name string) bool {
	info, err := os.Stat(name)
	return name == "-" || err == nil && !info.Mode().IsRegular() && !info.IsDir()
}
