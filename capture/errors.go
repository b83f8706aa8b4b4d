package capture

import (
	"errors"
	"fmt"
	"io"
)

// FilterError says that a filter makes no sense, or none for a link type that was met.
type FilterError struct {
	Filter string
	Err    error // what libpcap says
}

// Error gives the filter and what is wrong with it.
func (e *FilterError) Error() string { return fmt.Sprintf("filter %q: %v", e.Filter, e.Err) }

// Unwrap gives the cause.
func (e *FilterError) Unwrap() error { return e.Err }

// ReadError says where and why reading an input stopped. All that came before that place was
// delivered.
type ReadError struct {
	File         string // as it was named
	Offset       int64  // of the record or block that could not be read, in bytes
	Decompressed bool   // Offset counts bytes after decompression
	Reason       string
	Err          error // what the operating system or decompressor said; io.ErrUnexpectedEOF for an input that ends too early
}

// Error gives the file, the place and the reason.
func (e *ReadError) Error() string {
	where := "byte"
	if e.Decompressed {
		where = "decompressed byte"
	}
	s := fmt.Sprintf("%s: at %s %d: %s", e.File, where, e.Offset, e.Reason)
	if e.Err != nil && !errors.Is(e.Err, io.ErrUnexpectedEOF) {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *ReadError) Unwrap() error { return e.Err }

// Truncated reports whether the input simply ended too early, as a capture does whose writer was
// killed.
func (e *ReadError) Truncated() bool { return errors.Is(e.Err, io.ErrUnexpectedEOF) }

// malformed is the error of a format reader for a record that cannot be right. The file adds its
// name.
type malformed struct{ reason string }

func (m malformed) Error() string { return m.reason }

func malformedf(format string, args ...any) error { return malformed{fmt.Sprintf(format, args...)} }
