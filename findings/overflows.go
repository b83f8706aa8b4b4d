package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// A connection that its listener does not take says little alone: its accept queue may be full, or
// the listener waits for data, or something else answered in its name. The others of the same
// listener tell: a full queue takes none while it is full, and takes some before and after.

const (
	// surerAt is how many connections to one listener must look the same for an overflow of its
	// accept queue to be likely, where each alone might be a lost acknowledgment: losses do not keep
	// to one listener.
	surerAt = 3
	// maxTaken is how many of the connections that a listener took are remembered.
	maxTaken = 64
)

// refusing is what is known of one listener.
type refusing struct {
	alike uint64     // connections that its accept queue seems to have had no room for
	taken uint64     // connections that it took
	times few[int64] // when, ns
	idle  []idler    // those whose client had sent nothing
	hosts dialect    // of them
	reset resets
}

// idler is a connection whose client sent no data while its SYN,ACK was repeated.
type idler struct {
	conn     uint64
	from, to int64 // from its acknowledgment to the last SYN,ACK, ns
	fate     *fate
}

// resets are the connections that were reset right after the handshake.
type resets struct {
	count       uint64
	conns       []uint64
	first, last int64
	fate        *fate
	hosts       dialect
}

func (r *refusing) see(c *Case) {
	server := &c.Sides[tcp.Responder]
	refused := false
	for i := range c.drafts {
		d := &c.drafts[i]
		if d.Rule == acceptQueueOverflow && c.causeOf(i) < 0 {
			r.refuse(c, d)
			refused = true
		}
	}
	if !refused && c.Established.Seen() && server.Segments > uint64(server.SYNACKs)+uint64(server.RSTs) {
		r.take(c.Established.Time)
	}
}

// take counts a connection that the listener took.
func (r *refusing) take(at int64) {
	r.times.add(at, maxTaken)
	r.taken++
}

// refuse takes in a connection that its listener seems to have had no room for.
func (r *refusing) refuse(c *Case, d *draft) {
	r.alike++
	o, _ := c.overflow()
	switch {
	case o.repeats > 0 && c.saidNothing() && len(r.idle) < maxMembers:
		f := new(fate)
		d.fates = append(d.fates, f)
		r.hosts.meet(c)
		r.idle = append(r.idle, idler{c.ID, o.final.Time, c.Sides[tcp.Responder].LastSYNACK.Time, f})
	case o.repeats == 0 && o.rst != nil && !o.recovered:
		r.reset.add(c, d, o.rst)
	}
	if r.alike >= surerAt {
		d.Confidence = max(d.Confidence, Likely)
		d.Explanation += fmt.Sprintf(" So far %d connections to this listener look the same.", r.alike)
		d.note("same_listener", r.alike)
	}
}

func (k *resets) add(c *Case, d *draft, rst *fsm.Step) {
	if k.count++; k.count == 1 {
		k.fate, k.first, k.last = new(fate), rst.Time, rst.Time
	}
	k.first, k.last = min(k.first, rst.Time), max(k.last, rst.Time)
	if len(k.conns) < maxMembers {
		k.conns = append(k.conns, c.ID)
	}
	k.hosts.meet(c)
	d.fates = append(d.fates, k.fate)
}

// tookBetween counts the connections that the listener took in a time, of those that are remembered.
func (r *refusing) tookBetween(from, to int64) (n int) {
	for at := range r.times.all {
		if from < at && at < to {
			n++
		}
	}
	return n
}

func (r *refusing) finish(key endpoint) []Finding {
	out := r.deferred(key)
	if k := &r.reset; r.taken == 0 && k.count >= surerAt && k.count == r.alike {
		k.fate.told = true
		out = append(out, k.finding(key))
	}
	return out
}

// deferred gives a finding of the connections that a listener did not take while it took others, and
// whose clients had sent nothing.
func (r *refusing) deferred(key endpoint) []Finding {
	var conns []uint64
	var from, to int64
	others := 0
	for _, i := range r.idle {
		n := r.tookBetween(i.from, i.to)
		if n == 0 {
			continue
		}
		i.fate.told = true
		if len(conns) == 0 {
			from, to = i.from, i.to
		}
		conns, others = append(conns, i.conn), max(others, n)
		from, to = min(from, i.from), max(to, i.to)
	}
	if len(conns) == 0 {
		return nil
	}
	out := fireGroup(acceptDeferred)
	out.Blame, out.Conns = BlameResponder, conns
	out.Time, out.Until = from, to
	out.Title = fmt.Sprintf("%s takes a connection only when data comes", key)
	out.Explanation = fmt.Sprintf("The clients of %s completed the handshake and sent no data, and %s repeated its SYN,ACK. Meanwhile it took "+
		"%s: its accept queue has room, and its listener waits for data.", count(len(conns), "connection"), key, count(others, "other connection"))
	out.note("listener", key.String())
	out.note("connections", len(conns))
	out.note("taken_meanwhile", others)
	r.hosts.acts = tcp.Responder
	out.fit(r.hosts)
	return []Finding{out}
}

// finding says of a listener that took no connection at all that each was reset after the handshake.
func (k *resets) finding(key endpoint) Finding {
	out := fireGroup(resetMidStream)
	out.Blame, out.Conns = BlameUnknown, k.conns
	out.Time, out.Until = k.first, k.last
	out.Title = fmt.Sprintf("All %d connections to %s were reset right after the handshake", k.count, key)
	out.Explanation = fmt.Sprintf("%d clients completed the handshake with %s, and each was reset at once. None was taken, so that it is hardly "+
		"a full queue, which takes some. Either a SYN proxy or SYN cookies answered in the server's name, and the server did not want the "+
		"connection that was handed on to it, or did not know its number; or the server's application accepts nothing and the host resets "+
		"on overflow; or the application closes what comes from these clients at once.", k.count, key)
	out.LooksLike = []string{
		"a SYN proxy or a balancer with SYN cookies in front of the server: capture behind it, where the SYN comes late or never",
		"an application that accepts nothing: on the server, ss -ltn shows Recv-Q above Send-Q",
		"a list of allowed clients (TCP wrappers, an ACL of the application): its log tells",
	}
	out.Advice = []string{
		"Capture on the server itself: if no SYN comes there, or one with another number, what stands before it answers in its name.",
		"On the server: ss -ltn, to see whether its queue is full; nstat -az TcpExtListenOverflows TcpExtSyncookiesFailed.",
	}
	out.note("listener", key.String())
	out.note("connections", k.count)
	k.hosts.acts = tcp.Responder
	out.fit(k.hosts)
	return out
}
