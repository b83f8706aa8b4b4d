package capture

import (
	"errors"
	"io"
	"iter"

	"github.com/lastack/lastack/tcp"
)

// Segments gives a source's segments one by one, each valid until the next. An end that is not
// clean comes last, as Source.Next's error with no segment.
func Segments(src Source) iter.Seq2[*tcp.Segment, error] {
	return func(yield func(*tcp.Segment, error) bool) {
		var batch Batch
		for {
			err := src.Next(&batch)
			for i := range batch.Segments {
				if !yield(&batch.Segments[i], nil) {
					return
				}
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}
