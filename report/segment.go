package report

import (
	"net/netip"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// Change is a state before and after a segment.
type Change struct {
	Before string `json:"before"`
	After  string `json:"after"`
}

// ICMP is an error about a connection, in place of a segment of it.
type ICMP struct {
	Type uint8      `json:"type"`
	Code uint8      `json:"code"`
	From netip.Addr `json:"from"`
	MTU  uint32     `json:"mtu,omitempty"`
}

// Event is one segment of a connection, or an ICMP error that quotes one: what it was and what each
// side's TCP did.
type Event struct {
	Frame         uint64           `json:"frame"`
	File          Optional[uint16] `json:"file"` // index of the input, when there are several
	Time          Time             `json:"time"`
	From          string           `json:"from"` // initiator or responder; for an ICMP error, who sent the segment that it quotes
	Flags         string           `json:"flags"`
	Seq           tcp.Seq          `json:"seq"` // as on the wire
	Ack           tcp.Seq          `json:"ack"`
	Len           uint32           `json:"len"`
	Win           uint32           `json:"win"` // scaled, bytes
	TSval         Optional[uint32] `json:"tsval"`
	TSecr         Optional[uint32] `json:"tsecr"`
	SenderState   string           `json:"sender_state"`
	ReceiverState Change           `json:"receiver_state"`
	Verdict       string           `json:"verdict"`
	Reason        string           `json:"reason"`
	Response      string           `json:"response"`
	AnsweredBy    uint64           `json:"answered_by,omitempty"` // frame
	Notes         Notes            `json:"notes"`
	ICMP          *ICMP            `json:"icmp,omitempty"`
}

// FrameOf gives the number by which users know a frame of the tracker, which counts segments in the
// order of capture, and the index of its input if there are several. Of 0 it gives 0.
type FrameOf func(frame uint64) (number uint64, file Optional[uint16])

// Fill takes over a step of the tracker.
func (r *Event) Fill(s *fsm.Step, frameOf FrameOf) {
	frame, file := frameOf(s.Frame)
	answer, _ := frameOf(s.AnsweredBy)
	timed := s.Options&tcp.OptTimestamps != 0
	*r = Event{
		Frame: frame, File: file, Time: Time(s.Time), From: s.From.String(), Flags: flagStrings[s.Flags%numFlagSets],
		Seq: s.Seq, Ack: s.Ack, Len: s.Len, Win: s.Window, TSval: when(timed, s.TSval), TSecr: when(timed, s.TSecr),
		SenderState: s.SenderAfter.String(), ReceiverState: Change{s.ReceiverBefore.String(), s.ReceiverAfter.String()},
		Verdict: s.Verdict.String(), Reason: s.Reason.String(), Response: s.Response.String(), AnsweredBy: answer,
		Notes: Notes(s.Notes) & namedNotes,
	}
	if s.Kind == tcp.KindICMP {
		r.ICMP = &ICMP{Type: s.ICMPType, Code: s.ICMPCode, From: s.ICMPFrom.Netip(), MTU: s.ICMPMTU}
	}
}

const numFlagSets = 1 << 9

// flagStrings has the letters of all combinations of flags, so that none is put together for each
// segment.
var flagStrings = func() (all [numFlagSets]string) {
	for f := range all {
		all[f] = tcp.Flags(f).String()
	}
	return all
}()

// event writes an event's fields. Of all records segments are most by far, so that what stands
// between two values is appended at once.
func (e *encoder) event(r *Event) {
	e.uint("frame", r.Frame)
	optional(e, "file", r.File)
	e.time("time", r.Time)
	b := append(e.b, `,"from":"`...)
	b = append(b, r.From...)
	b = append(b, `","flags":"`...)
	b = append(b, r.Flags...)
	b = appendUint(append(b, `","seq":`...), uint64(r.Seq))
	b = appendUint(append(b, `,"ack":`...), uint64(r.Ack))
	b = appendUint(append(b, `,"len":`...), uint64(r.Len))
	b = appendUint(append(b, `,"win":`...), uint64(r.Win))
	if r.TSval.Known {
		b = appendUint(append(b, `,"tsval":`...), uint64(r.TSval.Value))
	}
	if r.TSecr.Known {
		b = appendUint(append(b, `,"tsecr":`...), uint64(r.TSecr.Value))
	}
	b = append(b, `,"sender_state":"`...)
	b = append(b, r.SenderState...)
	b = append(b, `","receiver_state":{"before":"`...)
	b = append(b, r.ReceiverState.Before...)
	b = append(b, `","after":"`...)
	b = append(b, r.ReceiverState.After...)
	b = append(b, `"},"verdict":"`...)
	b = append(b, r.Verdict...)
	b = append(b, `","reason":"`...)
	b = append(b, r.Reason...)
	b = append(b, `","response":"`...)
	b = append(b, r.Response...)
	b = append(b, '"')
	if r.AnsweredBy != 0 {
		b = appendUint(append(b, `,"answered_by":`...), r.AnsweredBy)
	}
	e.b = b
	e.notes(r.Notes)
	e.icmp(r.ICMP)
}

func (e *encoder) icmp(r *ICMP) {
	if r == nil {
		return
	}
	e.key("icmp")
	e.open('{')
	e.uint("type", uint64(r.Type))
	e.uint("code", uint64(r.Code))
	e.word("from", r.From.String())
	if r.MTU != 0 {
		e.uint("mtu", uint64(r.MTU))
	}
	e.close('}')
}

// Segment is the record of one segment of a connection.
type Segment struct {
	Conn ConnID `json:"conn"`
	Event
	// Why is how lastack came to that, in order; nil unless it was asked for.
	Why []Decision `json:"why,omitempty"`
}

// Clone gives a copy to keep.
func (r *Segment) Clone() *Segment {
	c := *r
	return &c
}

func (e *encoder) segment(r *Segment) {
	e.start("segment")
	e.id("conn", 'C', uint64(r.Conn))
	e.event(&r.Event)
	e.decisions(r.Why)
	e.end()
}
