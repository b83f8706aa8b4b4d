package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Replay reads a stream that NDJSON wrote and gives its records to sink. Records of types that it
// does not know are passed over, so that a later version's stream can still be read.
func Replay(r io.Reader, sink Sink) error {
	in := bufio.NewReader(r)
	for line := 1; ; line++ {
		b, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(b)) > 0 {
			if err := replayLine(b, sink); err != nil {
				return fmt.Errorf("line %d: %w", line, err)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func replayLine(b []byte, sink Sink) error {
	var head struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return fmt.Errorf("not a record: %w", err)
	}
	switch head.Type {
	case "segment":
		return replayRecord(b, sink.Segment)
	case "connection":
		return replayRecord(b, sink.Connection)
	case "finding":
		return replayRecord(b, sink.Finding)
	case "incident":
		return replayRecord(b, sink.Incident)
	case "summary":
		return replayRecord(b, sink.Summary)
	}
	return nil
}

func replayRecord[T any](b []byte, give func(*T) error) error {
	var r T
	if err := json.Unmarshal(b, &r); err != nil {
		return err
	}
	return give(&r)
}
