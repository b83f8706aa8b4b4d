package scenario

import (
	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/packet"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// probe is a segment that a healthy peer would not send at this point.
type probe struct {
	name, title string
	expect      []string        // finding codes that the recording must give
	in          func(lead) bool // which states, nil for all
	stamped     bool            // the probe is about timestamps: there is no telling without them
	make        func(x *subject) packet.Segment
}

// beyond is far outside any window.
const beyond = 50_000_000

// receiving reports whether there is somebody to take data.
func receiving(l lead) bool {
	return l.state == "ESTABLISHED" || !l.orphan && (l.state == "FIN-WAIT-1" || l.state == "FIN-WAIT-2")
}

// moved gives the next segment with its sequence number moved.
func moved(flags tcp.Flags, payload int, by int32) func(*subject) packet.Segment {
	return func(x *subject) packet.Segment {
		f := x.conn.Segment(flags, payload)
		f.Seq += uint32(by)
		return f
	}
}

// changed gives the next segment with a change.
func changed(flags tcp.Flags, payload int, change func(*subject, *packet.Segment)) func(*subject) packet.Segment {
	return func(x *subject) packet.Segment {
		f := x.conn.Segment(flags, payload)
		change(x, &f)
		return f
	}
}

// probes is what is sent to a connection in every state: one scenario each.
var probes = []probe{
	{name: "rst-exact", title: "RST at RCV.NXT", expect: []string{"reset-mid-stream"}, make: moved(tcp.RST, 0, 0)},
	{name: "rst-in-window", title: "RST inside the window", expect: []string{"challenge-ack"}, make: moved(tcp.RST, 0, 10)},
	{name: "rst-ack-in-window", title: "RST,ACK inside the window", expect: []string{"challenge-ack"},
		make: moved(tcp.RST|tcp.ACK, 0, 10)},
	{name: "rst-below", title: "RST just below RCV.NXT", make: moved(tcp.RST, 0, -2)},
	{name: "rst-one-below", title: "RST at RCV.NXT - 1", make: moved(tcp.RST, 0, -1)},
	{name: "rst-outside", title: "RST far outside the window", expect: []string{"rst-out-of-window"},
		make: moved(tcp.RST, 0, beyond)},
	{name: "rst-old-timestamp", stamped: true, title: "RST at RCV.NXT with an old timestamp", make: changed(tcp.RST, 0, oldTimestamp)},
	{name: "rst-sack-edge", title: "RST at the right edge of the highest SACK block", in: receiving, make: rstAtSACKEdge},
	{name: "syn-exact", title: "SYN at RCV.NXT", expect: []string{"challenge-ack"}, make: moved(tcp.SYN, 0, 0)},
	{name: "syn-in-window", title: "SYN inside the window", expect: []string{"challenge-ack"}, make: moved(tcp.SYN, 0, 1000)},
	{name: "syn-outside", title: "SYN far outside the window", expect: []string{"challenge-ack"}, make: moved(tcp.SYN, 0, -beyond)},
	{name: "syn-again", title: "The connection's own SYN again", make: synAgain},
	{name: "syn-ack", title: "SYN,ACK at RCV.NXT", make: moved(tcp.SYN|tcp.ACK, 0, 0)},
	{name: "ack-too-old", title: "ACK from before anything sent", make: changed(tcp.ACK, 0, ackMoved(-beyond))},
	{name: "ack-old", title: "ACK a little old", make: changed(tcp.ACK, 0, ackMoved(-50))},
	{name: "ack-of-unsent", title: "ACK of what was not sent yet", expect: []string{"challenge-ack"}, make: changed(tcp.ACK, 0, ackMoved(5000))},
	{name: "data-ack-of-unsent", title: "Data with an ACK of what was not sent yet",
		expect: []string{"challenge-ack"}, make: changed(tcp.PSH|tcp.ACK, 30, ackMoved(5000))},
	{name: "data-next", title: "Data at RCV.NXT", make: moved(tcp.PSH|tcp.ACK, 30, 0)},
	{name: "data-ahead", title: "Data ahead of RCV.NXT, inside the window", make: moved(tcp.PSH|tcp.ACK, 30, 100)},
	{name: "data-beyond", title: "Data right of the window", expect: []string{"segment-out-of-window"}, make: moved(tcp.PSH|tcp.ACK, 30, beyond)},
	{name: "data-across-edge", title: "Data across the window's right edge", make: changed(tcp.PSH|tcp.ACK, 30, acrossEdge)},
	{name: "data-old", title: "Data that was taken before", make: moved(tcp.PSH|tcp.ACK, 30, -30)},
	{name: "data-overlapping", title: "Data of which part was taken before", make: moved(tcp.PSH|tcp.ACK, 30, -10)},
	{name: "data-ancient", title: "Data from long before RCV.NXT", make: moved(tcp.PSH|tcp.ACK, 30, -beyond)},
	{name: "fin-next", title: "FIN at RCV.NXT", make: moved(tcp.FIN|tcp.ACK, 0, 0)},
	{name: "fin-again", title: "FIN at RCV.NXT - 1", make: moved(tcp.FIN|tcp.ACK, 0, -1)},
	{name: "fin-ahead", title: "FIN ahead of RCV.NXT", expect: []string{"rst-from-time-wait"}, make: moved(tcp.FIN|tcp.ACK, 0, 100)},
	{name: "ack-ahead", title: "ACK with a sequence number inside the window", make: moved(tcp.ACK, 0, 100)},
	{name: "ack-beyond", title: "ACK with a sequence number right of the window", make: moved(tcp.ACK, 0, beyond)},
	{name: "keepalive-probe", title: "An empty segment at RCV.NXT - 1", make: moved(tcp.ACK, 0, -1)},
	{name: "paws-data", stamped: true, title: "Data with an old timestamp", expect: []string{"paws-discard"},
		make: changed(tcp.PSH|tcp.ACK, 30, oldTimestamp)},
	{name: "paws-ack", stamped: true, title: "An ACK with an old timestamp", expect: []string{"paws-discard"}, make: changed(tcp.ACK, 0, oldTimestamp)},
	{name: "paws-fin", stamped: true, title: "FIN with an old timestamp", expect: []string{"paws-discard"}, make: changed(tcp.FIN|tcp.ACK, 0, oldTimestamp)},
	{name: "paws-half-turn", stamped: true, title: "Data whose timestamp is 2^31 ahead, as after 24 idle days",
		expect: []string{"paws-discard"}, make: changed(tcp.PSH|tcp.ACK, 30, func(_ *subject, f *packet.Segment) { f.Options.TSval += 1 << 31 })},
	{name: "paws-slightly-old", stamped: true, title: "Data whose timestamp is one tick old",
		make: changed(tcp.PSH|tcp.ACK, 30, func(_ *subject, f *packet.Segment) { f.Options.TSval -= 2 })},
	{name: "timestamp-missing-data", stamped: true, title: "Data without the timestamp that was agreed on",
		expect: []string{"timestamp-missing"}, make: changed(tcp.PSH|tcp.ACK, 30, noTimestamp)},
	{name: "timestamp-missing-ack", stamped: true, title: "An ACK without the timestamp that was agreed on",
		expect: []string{"timestamp-missing"}, make: changed(tcp.ACK, 0, noTimestamp)},
	{name: "timestamp-echo-ahead", stamped: true, title: "Data that echoes a timestamp never sent",
		expect: []string{"timestamp-echo-invalid"}, make: changed(tcp.PSH|tcp.ACK, 30, func(_ *subject, f *packet.Segment) { f.Options.TSecr += 1_000_000 })},
	{name: "no-flags", title: "A segment without flags", make: moved(0, 30, 0)},
	{name: "no-ack", title: "Data without ACK", make: moved(tcp.PSH, 30, 0)},
	{name: "syn-fin", title: "SYN and FIN together", make: moved(tcp.SYN|tcp.FIN, 0, 0)},
	{name: "bad-checksum", title: "Data with a wrong checksum",
		make: changed(tcp.PSH|tcp.ACK, 30, func(_ *subject, f *packet.Segment) { f.BadChecksum = true })},
}

// oldTimestamp puts a timestamp from the past on a segment.
func oldTimestamp(x *subject, f *packet.Segment) {
	f.Options.HasTimestamp, f.Options.TSval, f.Options.TSecr = true, x.conn.TSval-100_000, x.conn.TSRecent
}

// noTimestamp takes the option off.
func noTimestamp(_ *subject, f *packet.Segment) { f.Options.HasTimestamp = false }

// ackMoved moves the acknowledgment.
func ackMoved(by int32) func(*subject, *packet.Segment) {
	return func(_ *subject, f *packet.Segment) { f.Ack += uint32(by) }
}

// acrossEdge puts a segment half over the right edge of the window that the kernel last announced.
func acrossEdge(x *subject, f *packet.Segment) {
	last := x.story.Wire.Last(x.answer)
	shift := uint8(0)
	if syn := x.story.Wire.Last(func(p *world.Packet) bool { return x.answer(p) && p.Flags.Has(tcp.SYN) }); syn != last {
		shift = syn.Options.WScale
	}
	f.Seq = last.Ack + uint32(last.Window)<<shift - 15
}

// synAgain is the connection's first segment once more.
func synAgain(x *subject) packet.Segment {
	f := x.conn.Segment(tcp.SYN, 0)
	f.Seq = x.isn
	return f
}

// rstAtSACKEdge sends data ahead of a gap, and then is the RST at its end.
func rstAtSACKEdge(x *subject) packet.Segment {
	ahead := x.conn.Segment(tcp.PSH|tcp.ACK, 40)
	ahead.Seq += 100
	x.put("data ahead of a gap", ahead)
	f := x.conn.Segment(tcp.RST, 0)
	f.Seq = ahead.EndSeq()
	return f
}

// probing gives a scenario for each probe.
func probing() []Scenario {
	var all []Scenario
	for _, p := range probes {
		variations := plain
		if !p.stamped {
			variations = []Variation{plain[0], {Name: "ipv6-far-nots", IPv6: true, Far: true, Middle: 0.3, NoTimestamps: true}}
		}
		all = append(all, Scenario{
			Name: "probe-" + p.name, Title: p.title + ", in every state", Scripted: lab.Initiator, Variations: variations,
			Play: func(s *Story) { s.probeStates(p) },
		})
	}
	return all
}

// probeStates puts a probe to a connection in each state, a new connection for each.
func (s *Story) probeStates(p probe) {
	s.listener = s.Listen()
	for n, l := range leads {
		if p.in != nil && !p.in(l) {
			continue
		}
		x := s.subjectIn(l, n)
		x.put(p.title, p.make(x))
		_, err := s.Responder.Sockets()
		s.Must(err)
	}
	s.Expect(p.expect...)
	s.meta.AnyFindings = true // connections that are led into a state and left there give many
	s.Tell("The scripted initiator led one connection after another of the responder's kernel into each state and sent there: %s.",
		p.title)
}
