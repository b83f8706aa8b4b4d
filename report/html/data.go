package html

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// data is what the page's script draws from; assets/model.js reads it. Lists of values rather than
// objects keep it small.
type data struct {
	Start    string           `json:"start"` // nanoseconds since 1970, as text: more than a script's numbers hold
	End      string           `json:"end"`
	Words    []string         `json:"words"`
	Total    uint64           `json:"total"`    // connections in the capture
	Left     uint64           `json:"left"`     // connections that the page has no room for
	Segments map[string][]any `json:"segments"` // by connection
	Skipped  map[string]skips `json:"skipped"`  // by connection, if any
	Findings []findingData    `json:"findings"`
	TimeWait *chart           `json:"timeWait,omitempty"`
}

// skips says after how many segments how many were left out.
type skips struct {
	After int    `json:"after"`
	Count uint64 `json:"count"`
}

// findingData is what the script needs of a finding; its text is in the page.
type findingData struct {
	ID       uint64   `json:"id"`
	Code     string   `json:"code"`
	Severity string   `json:"severity"`
	Title    string   `json:"title"`
	Conn     uint64   `json:"conn"`
	Names    []string `json:"names"` // the ends; none for a group's
	ISN      []any    `json:"isn"`
	Evidence []any    `json:"evidence"`
	Roles    []string `json:"roles"`
	Time     string   `json:"time"`
}

// data puts everything but the connections together, as it stands in the page: encoding/json
// escapes what would end the script.
func (s *Sink) data(r *report.Summary, shown []*report.Finding) ([]byte, error) {
	d := &data{Start: stamp(r.CaptureStart), End: stamp(r.CaptureEnd), Total: r.Connections, Segments: make(map[string][]any),
		Skipped: make(map[string]skips), Findings: []findingData{}, TimeWait: s.timeWait.chart(r.CaptureStart, r.CaptureEnd)}
	d.Left = s.connections.left
	for _, id := range slices.Sorted(maps.Keys(s.segments.of)) { // in order: the words are numbered as they come
		kept := s.segments.of[id]
		if kept == nil {
			continue
		}
		key := strconv.FormatUint(uint64(id), 10)
		d.Segments[key] = s.events(kept.events())
		if kept.skipped > 0 {
			d.Skipped[key] = skips{len(kept.head), kept.skipped}
		}
	}
	for _, f := range shown {
		d.Findings = append(d.Findings, s.finding(f))
	}
	d.Words = s.words.list
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("the page's data: %w", err)
	}
	return b, nil
}

func (s *Sink) finding(f *report.Finding) findingData {
	out := findingData{ID: uint64(f.ID), Code: f.Code, Severity: f.Severity, Title: f.Title, Conn: uint64(f.Conn), ISN: isn(f.ISN),
		Time: stamp(f.Time)}
	if f.Initiator.IP.IsValid() {
		out.Names = []string{f.Initiator.String(), f.Responder.String()}
	}
	for i := range f.Evidence[:min(len(f.Evidence), maxHead)] {
		out.Evidence = append(out.Evidence, s.event(&f.Evidence[i].Event))
		out.Roles = append(out.Roles, f.Evidence[i].Role)
	}
	return out
}

func (s *Sink) events(all []report.Event) []any {
	out := make([]any, len(all))
	for i := range all {
		out[i] = s.event(&all[i])
	}
	return out
}

// event lists a segment's values in the order that assets/model.js reads them in.
func (s *Sink) event(e *report.Event) []any {
	w := &s.words
	notes := []int{}
	for name := range e.Notes.All {
		notes = append(notes, w.of(name))
	}
	out := []any{e.Frame, stamp(e.Time), sideOf(e.From), w.of(e.Flags), e.Seq, e.Ack, e.Len, e.Win,
		optional(e.TSval), optional(e.TSecr), w.of(e.SenderState), w.of(e.ReceiverState.Before), w.of(e.ReceiverState.After),
		w.of(e.Verdict), w.of(e.Reason), w.of(e.Response), e.AnsweredBy, notes}
	if e.ICMP != nil {
		out = append(out, []any{e.ICMP.Type, e.ICMP.Code, w.of(e.ICMP.From.String()), e.ICMP.MTU})
	}
	return out
}

// optional gives a number, or nil, which is null, for none.
func optional[T ~uint16 | ~uint32](o report.Optional[T]) any {
	if !o.Known {
		return nil
	}
	return o.Value
}

func isn(n report.ISNs) []any { return []any{optional(n.Initiator), optional(n.Responder)} }

func stamp(t report.Time) string { return strconv.FormatInt(int64(t), 10) }

func sideOf(name string) tcp.Side {
	if name == tcp.Responder.String() {
		return tcp.Responder
	}
	return tcp.Initiator
}
