package infer

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/reassembly"
	"github.com/lastack/lastack/tcp"
)

// count keeps a side's facts from a segment that it sent.
func (p *Pair) count(from tcp.Side, seg *tcp.Segment, step *fsm.Step, m fsm.Mark,
	place reassembly.Placement) {
	f := &p.facts[from]
	f.Segments++
	if !f.First.Seen() {
		f.First, f.TTL = m, seg.TTL
	}
	if seg.Flags.Has(tcp.RST) {
		countRSTAgain(f, &p.facts[from.Peer()], m)
	}
	f.Last = m
	if seg.Frame == p.first.Frame {
		step.Notes |= fsm.Exhibit
	}
	countIntegrity(f, seg, step, m)
	if step.Notes.Has(fsm.OldLife) {
		return
	}
	p.countFlags(f, seg, step, m)
	p.countData(from, seg, step, m, place)
	p.startSample(from, seg, place)
	p.countWindow(from, seg, step, m)
	p.countTimestamps(from, seg, step)
	p.countBackoff(from, seg, step, m)
	if step.Notes.Has(fsm.Retransmission) {
		p.keepFirst(from, seg)
	}
	p.countProbes(from, seg, step, m)
}

func (p *Pair) countFlags(f *fsm.Tally, seg *tcp.Segment, step *fsm.Step, m fsm.Mark) {
	switch {
	case seg.Flags.Has(tcp.RST):
		f.RSTs++
	case seg.Flags.Has(tcp.SYN | tcp.ACK):
		f.SYNACKs++
		if !f.FirstSYNACK.Seen() {
			f.FirstSYNACK = m
		}
		f.LastSYNACK = m
	case seg.Flags.Has(tcp.SYN) && !step.Notes.Has(fsm.NewSYN):
		f.SYNs++
		if !f.FirstSYN.Seen() {
			f.FirstSYN = m
		}
		f.LastSYN = m
	case seg.Flags.Has(tcp.FIN | tcp.ACK): // one without ACK is a scanner's
		f.FINs++
		if !f.FirstFIN.Seen() {
			f.FirstFIN, f.FINSeq = m, seg.EndSeq()-1
			step.Notes |= fsm.Exhibit
		}
		f.LastFIN = m
	}
}

// countRSTAgain counts a RST that follows another because the peer answered that: with nothing else
// of this side in between, and within a second, which no timer is as short as. f.Last is still the
// segment before it.
func countRSTAgain(f, peer *fsm.Tally, m fsm.Mark) {
	last := f.LastRST
	f.LastRST = m
	if last.Seen() && f.Last == last && peer.Last.Frame > last.Frame && m.Time-last.Time < 1_000_000_000 {
		f.RSTsAgain++
	}
}

// countData counts payload. Sequence space of SYN and FIN is not payload.
func (p *Pair) countData(from tcp.Side, seg *tcp.Segment, step *fsm.Step, m fsm.Mark,
	place reassembly.Placement) {
	f := &p.facts[from]
	if seg.Flags.Has(tcp.RST) || step.Notes.Has(fsm.NewSYN) {
		return
	}
	if step.Notes.Has(fsm.Retransmission) {
		f.Retransmitted++
		f.RetransmittedBytes += uint64(min(place.Again+place.Filled, seg.Len))
	}
	if step.Notes.Has(fsm.LateOriginal) {
		f.OutOfOrder++
	}
	if seg.Len == 0 || step.Notes.Has(fsm.KeepAlive) {
		return
	}
	if p.data[from].differs(seg) && (place.Again > 0 || step.Notes.Has(fsm.Retransmission)) &&
		seg.Checksum == tcp.ChecksumGood {
		step.Notes |= fsm.DifferentBytes
	}
	p.countUnscaled(from, seg, step)
	fresh := uint64(min(place.New+place.Filled, seg.Len))
	f.DataSegments++
	f.Bytes += fresh
	if peer := &p.facts[from.Peer()]; fresh > 0 && p.flow[from].Una == seg.Seq &&
		peer.LastData.Time <= f.LastData.Time &&
		p.paused(f, seg.Time) {
		f.LastUnasked = m
	}
	if fresh > 0 {
		p.endSilence(from, m)
	}
	f.LastData = m
	if !f.FirstData.Seen() {
		f.FirstData, f.FirstContent = m, seg.Content
	}
	if p.ends[from].FINRcvd {
		f.BytesAfterPeerFIN += fresh
	}
	countLength(f, p.facts[from.Peer()].MSS, seg, step, m)
}

// paused reports whether a side sends data after a pause: more than a round trip after its last,
// which is as long as a sender waits that has filled the window. Near the receiver everything is
// acknowledged at once, so that this alone tells. A sender that had more to send ends with a full
// segment, and hosts that are busy add to its round trip; but it does not begin with a single one
// (RFC 6928: up to ten).
func (p *Pair) paused(f *fsm.Tally, now int64) bool {
	rtt := p.rtt
	if p.way[0] > 0 && p.way[1] > 0 {
		rtt = min(rtt, p.way[0]+p.way[1])
	}
	if full := f.LastLen == f.MaxLen && f.LastLen >= smallMSS && f.DataSegments > 2 ||
		f.Superframes > 0; full {
		rtt += rtt / 4
	}
	return !f.LastData.Seen() || now-f.LastData.Time > rtt+pause
}

// silence is the shortest time without data that is kept: shorter ones are pauses of a transfer.
const silence = 500_000_000

// endSilence notes that a side sends data after neither had sent any for a while. Example: a pooled
// connection is used again, 6.4 s after the last answer.
func (p *Pair) endSilence(from tcp.Side, m fsm.Mark) {
	f := &p.facts[from]
	since := max(f.LastData.Time, p.facts[from.Peer()].LastData.Time, p.established.Time)
	if since > 0 && m.Time-since >= silence {
		f.Resumed, f.ResumedAfter = m, m.Time-since
	}
}

// smallMSS is the least that full segments carry: the default MSS of 536 (RFC 9293 section 3.7.1)
// with options.
const smallMSS = 496

// pause is what hosts may add to a round trip, ns.
const pause = 5_000_000

// countLength notes segments that are larger than their receiver's MSS allows.
func countLength(f *fsm.Tally, mss uint16, seg *tcp.Segment, step *fsm.Step, m fsm.Mark) {
	f.MaxLen, f.LastLen, f.LastContent = max(f.MaxLen, seg.Len), seg.Len, seg.Content
	if mss > 0 && seg.Len > uint32(mss) {
		step.Notes |= fsm.Superframe
		if f.Superframes++; f.Superframes == 1 {
			f.FirstSuperframe = m
			step.Notes |= fsm.Exhibit
		}
	}
}

// countIntegrity counts what the capture or the card did to the segment.
func countIntegrity(f *fsm.Tally, seg *tcp.Segment, step *fsm.Step, m fsm.Mark) {
	switch seg.Checksum {
	case tcp.ChecksumGood:
		f.GoodChecksums++
	case tcp.ChecksumBad:
		f.BadChecksums++
	case tcp.ChecksumPartial:
		f.PartialChecksums++
	case tcp.ChecksumUnverified:
	}
	if (seg.Checksum == tcp.ChecksumBad || seg.Checksum == tcp.ChecksumPartial) &&
		!f.FirstBadChecksum.Seen() {
		f.FirstBadChecksum = m
		step.Notes |= fsm.Exhibit
	}
	if seg.Cut&(tcp.CutHeader|tcp.CutOptions) != 0 {
		if f.CutSegments++; f.CutSegments == 1 {
			f.FirstCut = m
		}
	}
}

// countWindow follows a side's own receive window closing and opening.
func (p *Pair) countWindow(from tcp.Side, seg *tcp.Segment, step *fsm.Step, m fsm.Mark) {
	if !seg.Flags.Has(tcp.ACK) || seg.Flags.Any(tcp.RST|tcp.SYN) ||
		p.ends[from].State > tcp.Established && seg.Flags.Has(tcp.FIN) {
		return
	}
	closed := p.peek().zero[from].Since.Seen()
	switch {
	case seg.Window == 0 && !closed:
		z := &p.extra().zero[from]
		z.Since = m
		if z.Count++; z.Count == 1 {
			step.Notes |= fsm.Exhibit
		}
		step.Notes |= fsm.ZeroWindow
	case seg.Window != 0 && closed:
		z := &p.extras.zero[from]
		z.Total += m.Time - z.Since.Time
		z.Since = fsm.Mark{}
		step.Notes |= fsm.WindowReopened
	}
	if p.peek().zero[from.Peer()].Since.Seen() && (step.Notes.Any(fsm.KeepAlive|fsm.Retransmission) ||
		p.probesNext(from, seg)) {
		step.Notes = step.Notes&^fsm.KeepAlive | fsm.WindowProbe
		p.extras.zero[from.Peer()].Probes++
	}
}

// probesNext reports whether a segment probes a closed window with the next byte, as RFC 9293
// section 3.8.6.1 has it. Its receiver may take the byte or not; Linux alone probes with an old
// number.
func (p *Pair) probesNext(from tcp.Side, seg *tcp.Segment) bool {
	return seg.Len == 1 && seg.Seq == p.ends[from.Peer()].RcvWup
}

// countTimestamps notes what is wrong with a segment's timestamps.
func (p *Pair) countTimestamps(from tcp.Side, seg *tcp.Segment, step *fsm.Step) {
	f := &p.facts[from]
	if !f.TSOK || seg.Flags.Any(tcp.RST|tcp.SYN) {
		return
	}
	if !seg.Has(tcp.OptTimestamps) {
		if seg.Cut&(tcp.CutHeader|tcp.CutOptions) == 0 && !p.probesBare(from, step) {
			f.NoTimestamp++
			step.Notes |= fsm.TimestampMissing
		}
		return
	}
	if seg.Flags.Has(tcp.ACK) && seg.TSecr != 0 && p.echoUnsent(from, seg) &&
		p.echoAhead(from.Peer(), seg) {
		step.Notes |= fsm.EchoUnsent
	}
}

// probesBare reports whether a segment is a keep-alive probe of a host whose probes have no
// timestamps, or may have none: nothing is missing.
func (p *Pair) probesBare(from tcp.Side, step *fsm.Step) bool {
	profile := p.profile(from)
	return step.Notes.Has(fsm.KeepAlive) && (profile.KeepAlive != fsm.ProbeStamped ||
		profile.Stack == fsm.AnyStack)
}

// noteDelivered counts what only the verdict tells.
func (p *Pair) noteDelivered(step *fsm.Step) {
	if step.Verdict == tcp.Duplicate && step.Notes.Has(fsm.Retransmission) {
		step.Notes |= fsm.Spurious
		p.facts[step.From].Spurious++
	}
}

// tickSlack is what a timestamp clock may be ahead of the records, in ticks.
const tickSlack = 10

// echoAhead reports whether an echo is further ahead of a side's last timestamp than the time since
// allows, at a tick a millisecond (the fastest clock of RFC 7323 section 5.4): else it echoes a
// segment that the capture lacks.
func (p *Pair) echoAhead(side tcp.Side, seg *tcp.Segment) bool {
	s := &p.ends[side]
	elapsed := (seg.Time - s.LastTSvalAt) / 1_000_000
	return s.TSSent && int64(int32(seg.TSecr-s.LastTSval)) > elapsed+tickSlack
}
