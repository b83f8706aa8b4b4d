package redact

import (
	"errors"
	"fmt"
	"io"

	"github.com/lastack/lastack/capture"
)

// source is a Source whose segments and statistics are redacted.
type source struct {
	capture.Source
	redactor *Redactor
}

// Source redacts what a source gives.
func (r *Redactor) Source(s capture.Source) capture.Source { return &source{s, r} }

// Next implements capture.Source. Its errors are as they were: they are for whoever has the files.
func (s *source) Next(b *capture.Batch) error {
	err := s.Source.Next(b)
	for i := range b.Segments {
		s.redactor.segment(&b.Segments[i])
	}
	return err
}

// Stats implements capture.Source.
func (s *source) Stats() capture.Stats {
	stats := s.Source.Stats()
	s.redactor.span(&stats.First, &stats.Last)
	for i := range stats.Files {
		s.redactor.file(&stats.Files[i], i)
	}
	return stats
}

// file redacts what is known of an input. The slice of interfaces is the caller's own.
func (r *Redactor) file(f *capture.FileStats, index int) {
	f.Name = fmt.Sprintf("input-%d", index+1)
	r.span(&f.First, &f.Last)
	for i := range f.Interfaces {
		f.Interfaces[i].Name = ""
	}
	if f.Err != nil {
		f.Err = readError(f.Name, f.Err)
	}
}

// span moves times, unless there are none.
func (r *Redactor) span(first, last *int64) {
	if *first != 0 || *last != 0 {
		*first += r.shift
		*last += r.shift
	}
}

// readError keeps of an error where it was, and why if the input just ends too early. Other reasons
// can name files, or repeat a filter with its addresses.
func readError(name string, err error) error {
	var e *capture.ReadError
	if !errors.As(err, &e) {
		return errors.New(name + ": cannot be read")
	}
	redacted := &capture.ReadError{File: name, Offset: e.Offset, Decompressed: e.Decompressed, Reason: "cannot be read from here on"}
	if e.Truncated() {
		redacted.Reason, redacted.Err = e.Reason, io.ErrUnexpectedEOF
	}
	return redacted
}
