package reassembly

import "github.com/lastack/lastack/tcp"

// Flow is the sequence space of one direction of one life: what its sender has sent, as far as the
// capture shows.
type Flow struct {
	Nxt   tcp.Seq // after the highest sequence number sent
	Una   tcp.Seq // the highest acknowledgment of it that was captured
	Known bool
	Holes tcp.Ranges // sequence space below Nxt that is not in the capture
	// HoleSince is when the youngest hole appeared, in nanoseconds.
	HoleSince int64
}

// Placement says where a segment lies in its direction's sequence space. The counts are of sequence
// space (SYN and FIN count).
type Placement struct {
	New       uint32 // never sent before, beyond all that was
	Again     uint32 // sent before
	Filled    uint32 // below Nxt, not in the capture before
	AfterHole bool   // it begins beyond Nxt: something before it is missing
	Begins    bool   // it is the first that was seen of this direction
}

// Start sets the flow to begin at seq.
func (f *Flow) Start(seq tcp.Seq) { *f = Flow{Nxt: seq, Una: seq, Known: true, Holes: f.Holes[:0]} }

// Place takes a segment of seq … end−1 into the flow and says what of it is new.
func (f *Flow) Place(seq, end tcp.Seq, now int64) Placement {
	var p Placement
	if !f.Known {
		f.Start(seq)
		p.Begins = true
	}
	if seq == end {
		return p
	}
	n := uint32(end - seq)
	if seq.AtOrAfter(f.Nxt) {
		p.New = n
		if seq != f.Nxt {
			p.AfterHole = true
			f.Holes.Add(f.Nxt, seq)
			f.HoleSince = now
		}
		f.Nxt = end
		return p
	}
	if end.After(f.Nxt) {
		p.New = uint32(end - f.Nxt)
	}
	if len(f.Holes) > 0 {
		p.Filled = f.Holes.Cut(seq, end)
	}
	p.Again = n - p.New - p.Filled
	f.Nxt = tcp.MaxSeq(f.Nxt, end)
	return p
}

// Acked takes an acknowledgment of this direction in. It returns the bytes that were acknowledged
// for the first time though they are not in the capture, and whether the acknowledgment goes beyond
// all that was seen.
func (f *Flow) Acked(ack tcp.Seq) (missing uint32, beyond bool) {
	if !f.Known {
		f.Start(ack)
		return 0, false
	}
	if !ack.After(f.Una) {
		return 0, false
	}
	if len(f.Holes) > 0 {
		missing = f.Holes.Cut(f.Una, ack)
	}
	if ack.After(f.Nxt) {
		missing += uint32(ack - f.Nxt)
		f.Nxt = ack
		beyond = true
	}
	f.Una = ack
	return missing, beyond
}
