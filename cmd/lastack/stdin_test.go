package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"testing/iotest"
	"time"
)

func TestStoppableReadsAll(t *testing.T) {
	want := bytes.Repeat([]byte("lastack"), 3*chunkSize)
	for name, r := range map[string]io.Reader{"whole": bytes.NewReader(want), "halves": iotest.HalfReader(bytes.NewReader(want)),
		"data with the end": iotest.DataErrReader(bytes.NewReader(want))} {
		got, err := io.ReadAll(newStoppable(context.Background(), r))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes (%v), want %d", name, len(got), err, len(want))
		}
	}
}

func TestStoppablePassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	if _, err := io.ReadAll(newStoppable(context.Background(), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

func TestStoppableEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	silent, writer := io.Pipe()
	defer writer.Close()
	time.AfterFunc(10*time.Millisecond, cancel)
	if got, err := io.ReadAll(newStoppable(ctx, silent)); err != nil || len(got) != 0 {
		t.Errorf("%q, error %v, want a clean end", got, err)
	}
}
