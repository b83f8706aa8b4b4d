package fuzz

import (
	"errors"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/internal/lab/trace"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// errDeaf says that kernel events got lost, so that nothing can be said of what was played.
var errDeaf = errors.New("the kernel's events did not come through")

// ear gathers one connection's kernel events.
type ear struct {
	teller *world.Teller
	events []heard
}

// heard is a kernel event with the clock reading that tells which packet it is about.
type heard struct {
	lab.Event
	nanos    int64
	incoming bool
}

// hear takes an event off the tracer.
func (b *bench) hear(e trace.Event) {
	k := pair{e.Local, e.Remote}
	if e.Tracepoint == trace.Drop {
		k = pair{e.Segment.Dst, e.Segment.Src}
		if !e.Incoming {
			k = pair{e.Segment.Src, e.Segment.Dst}
		}
	}
	b.hearing.Lock()
	defer b.hearing.Unlock()
	if ear := b.ears[k]; ear != nil {
		ear.events = append(ear.events, heard{ear.teller.Tell(e), e.Nanos, e.Incoming})
		return
	}
	if e.Tracepoint == trace.Drop && k.local == markerAt {
		if c := b.markers[e.Segment.Seq]; c != nil {
			close(c)
			delete(b.markers, e.Segment.Seq)
		}
	}
}

// markerAt is where nobody listens: a RST sent there is dropped, and nothing else happens.
var markerAt = netip.AddrPortFrom(network4.Addr(), 1)

// patience is how long kernel events may take to come through.
const patience = 5 * time.Second

// catchUp waits until all events up to now have come. They come in order, so it makes one and waits
// for it.
func (b *bench) catchUp() error {
	came := make(chan struct{})
	b.hearing.Lock()
	b.marked++
	id := b.marked
	b.markers[id] = came
	b.hearing.Unlock()
	marker := packet.Segment{Src: netip.AddrPortFrom(network4.Addr().Next(), 1), Dst: markerAt, Seq: id, Flags: tcp.RST}
	if _, err := unix.Write(b.site.Device(), marker.Marshal()); err != nil {
		return err
	}
	select {
	case <-came:
		return nil
	case <-time.After(patience):
		b.hearing.Lock()
		defer b.hearing.Unlock()
		delete(b.markers, id)
		return errDeaf
	}
}
