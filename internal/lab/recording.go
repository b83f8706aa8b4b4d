package lab

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// Recording is one recording read back: a directory with captures, meta.json and, when the lab's
// own wire made it, truth.ndjson.
type Recording struct {
	Dir   string
	Meta  *Meta
	Truth []Event
}

// Capture gives the path of a tap's capture.
func (r *Recording) Capture(tap string) string { return filepath.Join(r.Dir, tap+".pcap") }

// Events gives the events of one kind, in time order.
func (r *Recording) Events(kind Kind) []Event {
	var out []Event
	for _, e := range r.Truth {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// ReadRecording reads the recording in dir.
func ReadRecording(dir string) (*Recording, error) {
	meta, err := ReadMeta(dir)
	if err != nil {
		return nil, err
	}
	r := &Recording{Dir: dir, Meta: meta}
	b, err := os.ReadFile(filepath.Join(dir, TruthFile))
	if os.IsNotExist(err) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	r.Truth, err = parseTruth(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, TruthFile), err)
	}
	return r, nil
}

// parseTruth reads a truth file's lines.
func parseTruth(b []byte) ([]Event, error) {
	var events []Event
	for n, line := range bytes.Split(bytes.TrimSpace(b), []byte("\n")) {
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
		events = append(events, e)
	}
	return events, nil
}

// WriteTruth writes a truth file: the hosts first, then everything in time order, the counters
// last.
func WriteTruth(dir string, events []Event) error {
	rank := func(k Kind) int {
		switch k {
		case KindHost:
			return 0
		case KindCounters:
			return 2
		}
		return 1
	}
	sort.SliceStable(events, func(i, j int) bool {
		a, b := &events[i], &events[j]
		if rank(a.Kind) != rank(b.Kind) {
			return rank(a.Kind) < rank(b.Kind)
		}
		return a.Time.Before(b.Time)
	})
	f, err := os.Create(filepath.Join(dir, TruthFile))
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	for i := range events {
		if err := enc.Encode(&events[i]); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// Find gives the directories below root that hold a recording, sorted.
func Find(root string) ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Name() == MetaFile {
			dirs = append(dirs, filepath.Dir(path))
		}
		return err
	})
	sort.Strings(dirs)
	return dirs, err
}
