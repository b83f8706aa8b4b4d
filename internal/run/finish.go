package run

import (
	"context"
	"errors"

	"github.com/lastack/lastack/capture"
	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/report"
)

// finish reports what can only be said at the end: findings about the capture, and the summary.
func (r *runner) finish() {
	stats := r.cfg.Source.Stats()
	groups := r.engine.Finish(r.captureFacts(&stats))
	r.letAllGo()
	for i := range groups {
		r.announce(&groups[i], nil)
	}
	r.incidents()
	if r.err != nil {
		return
	}
	for i := range stats.Files {
		if err := stats.Files[i].Err; err != nil {
			r.result.Unread = append(r.result.Unread, err)
		}
	}
	r.result.Summary = r.summary(&stats)
	r.err = r.cfg.Sink.Summary(&r.result.Summary)
}

// incidents gives the sink what findings about several connections amount to. Of one selected
// connection there is none.
func (r *runner) incidents() {
	if r.cfg.Select.Conn != 0 {
		return
	}
	var record report.Incident
	for i, incident := range r.engine.Incidents.Finish() {
		if record.Fill(report.IncidentID(i+1), &incident); r.err == nil {
			r.err = r.cfg.Sink.Incident(&record)
		}
	}
}

// captureFacts is what the rules about the capture as a whole depend on.
func (r *runner) captureFacts(stats *capture.Stats) findings.CaptureFacts {
	facts := r.facts
	facts.Start, facts.End = stats.First, stats.Last
	frames := uint64(0)
	for i := range stats.Files {
		f := &stats.Files[i]
		frames += f.Packets
		var bad *capture.ReadError
		var filter *capture.FilterError
		// One that is no capture at all is not cut short, nor is one whose packets the filter
		// cannot be asked of.
		if f.Format != "" && errors.As(f.Err, &bad) && !errors.As(f.Err, &filter) {
			facts.Broken = append(facts.Broken, findings.BrokenFile{File: f.Name,
				Offset: bad.Offset, Reason: bad.Reason,
				Last: fsm.Mark{Frame: frames, Time: f.Last}})
		}
	}
	return facts
}

// summary counts everything up.
func (r *runner) summary(stats *capture.Stats) report.Summary {
	tracked := r.tracker.Stats()
	s := report.Summary{
		Packets: stats.Packets, TCPSegments: tracked.Segments, ICMPErrors: tracked.ICMP, Connections: tracked.Connections, Filtered: stats.Filtered,
		Duplicates: tracked.Copies, StrayICMP: tracked.StrayICMP, Evicted: tracked.Evicted,
		Skipped: stats.SkippedByReason(), Findings: r.found, Milder: r.milder,
		CaptureStart: report.Time(stats.First), CaptureEnd: report.Time(stats.Last),
		Interrupted: errors.Is(r.result.ReadError, context.Canceled),
	}
	s.Truncated = r.result.ReadError != nil
	for i := range stats.Files {
		s.Files = append(s.Files, fileRecord(&stats.Files[i]))
	}
	return s
}

func fileRecord(f *capture.FileStats) report.File {
	out := report.File{Name: f.Name, Format: f.Format, Compression: f.Compression,
		Packets: f.Packets,
		Start:   report.Time(f.First), End: report.Time(f.Last)}
	if f.Err != nil {
		out.Error = f.Err.Error()
	}
	for i := range f.Interfaces {
		out.Interfaces = append(out.Interfaces, interfaceRecord(&f.Interfaces[i]))
	}
	return out
}

func interfaceRecord(in *capture.Interface) report.Interface {
	out := report.Interface{Name: in.Name, Link: in.Link.String(), SnapLen: in.SnapLen,
		Packets: in.Packets}
	if in.HasCounts {
		out.Counts = &report.Counts{Received: in.Received, Dropped: in.Dropped,
			IfDropped: in.IfDropped}
	}
	return out
}
