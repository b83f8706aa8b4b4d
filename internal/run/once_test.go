package run

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// offloaded is a capture as at a host whose card fills in checksums and cuts up what is large.
type offloaded struct{ capture.Source }

func (o offloaded) Next(b *capture.Batch) error {
	err := o.Source.Next(b)
	for i := range b.Segments {
		b.Segments[i].Checksum = tcp.ChecksumPartial
		if b.Segments[i].Has(tcp.OptMSS) {
			b.Segments[i].MSS = 100
		}
	}
	return err
}

// unrecorded is a sink for findings alone.
type unrecorded struct{ everything }

func (u *unrecorded) Wants() report.Kinds { return 0 }

// runOffloaded runs over so many connections; only is the one that is asked for, 0 for all.
func runOffloaded(t *testing.T, connections int, sink report.Sink, only report.ConnID) {
	t.Helper()
	src, err := capture.OpenFiles([]string{"-"}, capture.Options{Stdin: bytes.NewReader(healthy(t, connections))})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	runOver(t, offloaded{src}, sink, Selection{Conn: only})
}

// TestOnce: what is true of all connections because of how the capture was made is said of the
// first four, and then once of all. Whatever a sink has room for, it is told the same.
func TestOnce(t *testing.T) {
	for _, c := range []struct{ connections, named, groups int }{{4, 4, 0}, {5, 4, 2}, {200, 4, 2}} {
		want := newEverything()
		runOffloaded(t, c.connections, &want, 0)
		named, groups := map[report.ConnID]bool{}, 0
		for i := range want.findings {
			f := &want.findings[i]
			switch {
			case f.Code != "checksum-offload" && f.Code != "superframe":
				t.Errorf("%d connections: found %s", c.connections, f.Code)
			case f.Conn != 0:
				named[f.Conn] = true
			default:
				groups++
				if n := f.Data[0]; n.Key != "connections" || n.Value != uint64(c.connections) || len(f.Conns) != c.named {
					t.Errorf("%d connections: the group of %s has %+v and names %v", c.connections, f.Code, f.Data, f.Conns)
				}
				if !strings.HasSuffix(f.Title, "connections") {
					t.Errorf("the group's title is %q", f.Title)
				}
			}
		}
		if len(named) != c.named || groups != c.groups {
			t.Errorf("%d connections: %d are named and %d groups, want %d and %d", c.connections, len(named), groups, c.named, c.groups)
		}
		alone := unrecorded{newEverything()}
		runOffloaded(t, c.connections, &alone, 0)
		if !reflect.DeepEqual(alone.findings, want.findings) {
			t.Errorf("%d connections: findings alone are others", c.connections)
		}
		for _, room := range [][2]int{{0, 0}, {3, 10}, {20, 50}} {
			got := limited{everything: newEverything(), segmentsOf: room[0], recordsOf: room[1]}
			runOffloaded(t, c.connections, &got, 0)
			if !reflect.DeepEqual(got.findings, want.findings) {
				t.Errorf("%d connections, room %v: other findings", c.connections, room)
			}
		}
	}
}

// TestOnceOfTheOneAskedFor: who asks for one connection is told of it what is said once of all.
func TestOnceOfTheOneAskedFor(t *testing.T) {
	const asked = 9
	got := newEverything()
	runOffloaded(t, 20, &got, asked)
	for _, code := range []string{"checksum-offload", "superframe"} {
		if !slices.ContainsFunc(got.findings, func(f report.Finding) bool { return f.Code == code && f.Conn == asked }) {
			t.Errorf("nothing is said of %s", code)
		}
	}
	for i := range got.findings {
		if f := &got.findings[i]; f.Conn != asked {
			t.Errorf("%s is said of connection %d", f.Code, f.Conn)
		}
	}
}
