package findings

import (
	"cmp"
	"iter"
	"slices"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/plain"
	"github.com/lastack/lastack/tcp"
)

// What do the SYNs that a listener does not answer have in common, that those which it answers do
// not have? This is a table for each listener: by attribute and value, how many SYNs passed, and how
// many were dropped.

// attribute is something that some SYNs have and others have not.
type attribute uint8

// The attributes, the one that explains most first: of several that split the SYNs alike the first
// is said.
const (
	attrReused     attribute = iota // the same four-tuple was seen before
	attrECN                         // ECE and CWR, RFC 3168 section 6.1.1
	attrData                        // the SYN has data, RFC 7413
	attrFastOpen                    // a fast open option
	attrTimestamps                  // the option, RFC 7323
	attrSACK                        // SACK permitted, RFC 2018
	attrWScale                      // window scale, RFC 7323
	numAttributes
)

// notorious attributes are known to be what networks drop SYNs for. Others may come with a client
// that has another trouble.
const notorious = 1<<attrReused | 1<<attrECN | 1<<attrData | 1<<attrFastOpen

// attributes is a set of them.
type attributes uint16

// attributesOf gives those of a SYN. reused is for its connection.
func attributesOf(flags tcp.Flags, options tcp.OptionSet, data, reused bool) attributes {
	bit := func(ok bool, a attribute) attributes {
		if ok {
			return 1 << a
		}
		return 0
	}
	return bit(reused, attrReused) | bit(flags.Has(tcp.ECE|tcp.CWR), attrECN) | bit(data, attrData) |
		bit(options&tcp.OptFastOpen != 0, attrFastOpen) | bit(options&tcp.OptTimestamps != 0, attrTimestamps) |
		bit(options&tcp.OptSACKPerm != 0, attrSACK) | bit(options&tcp.OptWScale != 0, attrWScale)
}

// What came of a SYN.
const (
	synPassed  = iota // the listener answered it
	synDropped        // nothing answered it
	numFates
)

// asked is one SYN: the first of a connection, or a repetition that differs from it.
type asked struct {
	at     int64 // ns
	client tcp.Addr
	has    attributes
	counts attributes // those that it tells something about: of a repetition, where it differs
	fate   uint8
}

const (
	// splitAt is how many SYNs must have been dropped, and how many answered.
	splitAt = 3
	// strongAt is how many on each side make a split that has exceptions worth saying.
	strongAt = 5
	// maxAsked is how many SYNs are kept to compare their times and clients: the first ones that
	// were dropped, the last ones that passed.
	maxAsked = 32
)

// contrast is what is known of the SYNs to one listener.
type contrast struct {
	count   [numAttributes][2][numFates]uint32 // by whether they have it
	passed  few[asked]
	lost    []asked
	conns   []uint64 // those with a SYN that was dropped
	failed  uint32   // of them, those that never opened
	near    uint32   // of them, those captured beside the server
	idle    int64    // longest time since a reused four-tuple was seen whose SYN was dropped, ns
	hosts   dialect
	fate    *fate
	dropped uint32 // connections with a SYN that was dropped
}

// pass takes in the SYN of a connection without anything unusual, whose four-tuple was in use last so
// long before, ns, or 0.
func (k *contrast) pass(l *plain.Summary, since int64) {
	k.add(asked{at: l.SYNTime, client: l.Tuple.Src, has: attributesOf(tcp.SYN, l.SYNOptions, false, since > 0), counts: ^attributes(0)})
}

func (k *contrast) see(c *Case, since int64) {
	syns, answered := c.asks()
	if c.scanned || len(syns) == 0 || answered == nil && (len(syns) < 2 || c.Opening != tcp.Unanswered) || c.dropExplained() {
		return
	}
	var first attributes
	lost := false
	for i, s := range syns {
		a := asked{at: s.Time, client: c.Tuple.Src, has: attributesOf(s.Flags, s.Options, s.Len > 0, since > 0), counts: ^attributes(0)}
		if i == 0 {
			first = a.has
		} else {
			a.counts = a.has ^ first
		}
		if s != answered {
			a.fate, lost = synDropped, true
		}
		k.add(a)
		if s == answered {
			break
		}
	}
	if lost {
		k.lose(c, since)
	}
}

// asks gives the SYNs of a connection, each transmission once, and the one that was answered, nil if
// none was. It gives none where that cannot be told.
func (c *Case) asks() (syns []*fsm.Step, answered *fsm.Step) {
	client, server := &c.Sides[tcp.Initiator], &c.Sides[tcp.Responder]
	if !client.FirstSYN.Seen() || c.Opening == tcp.Refused || c.Opening == tcp.Unreachable {
		return nil, nil
	}
	reply := c.step(server.FirstSYNACK.Frame)
	syns = c.syns[:0]
	for i := range c.Steps {
		s := &c.Steps[i]
		if !isTCP(s, tcp.Initiator, tcp.SYN, tcp.ACK) || s.Seq != client.ISN || client.SYNs > 1 && c.doubled(s) {
			continue
		}
		if reply != nil && s.Frame > reply.Frame {
			break
		}
		if n := len(syns); n > 0 && s.Time-syns[n-1].Time < minRTO {
			return nil, nil // no timer repeated it
		}
		syns = append(syns, s)
	}
	c.syns = syns
	if reply == nil || len(syns) == 0 {
		return syns, nil
	}
	if len(syns) > 1 {
		if _, slow := c.slowWay(); slow {
			return nil, nil
		}
	}
	answered = syns[len(syns)-1]
	if reply.Options&tcp.OptTimestamps != 0 {
		for _, s := range syns {
			if s.TSval == reply.TSecr {
				answered = s
				break
			}
		}
	}
	return syns, answered
}

// dropExplained reports whether a finding about the connection tells why a SYN was not answered.
func (c *Case) dropExplained() bool {
	for i := range c.drafts {
		if d := &c.drafts[i]; slices.Contains(synDroppedSelectively.Absorbs, d.Code) && (c.causeOf(i) >= 0 || d.Told()) {
			return true
		}
	}
	return false
}

// add counts a SYN.
func (k *contrast) add(a asked) {
	for i := range numAttributes {
		if a.counts&(1<<i) != 0 {
			k.count[i][a.has>>i&1][a.fate]++
		}
	}
	switch {
	case a.fate == synPassed:
		k.passed.add(a, maxAsked)
	case len(k.lost) < maxAsked:
		k.lost = append(k.lost, a)
	}
}

// lose takes in a connection of which a SYN was dropped.
func (k *contrast) lose(c *Case, since int64) {
	if k.fate == nil {
		k.fate = new(fate)
	}
	k.dropped++
	if !c.Sides[tcp.Responder].FirstSYNACK.Seen() {
		k.failed++
	}
	if c.Vantage == tcp.NearResponder {
		k.near++
	}
	k.idle = max(k.idle, since)
	if len(k.conns) < maxMembers {
		k.conns = append(k.conns, c.ID)
	}
	k.hosts.meet(c)
	c.await(k.fate, synDroppedSelectively.Absorbs...)
}

// split is an attribute that tells the SYNs that were dropped from those that passed.
type split struct {
	attr           attribute
	has            bool // those that have it are dropped
	dropped, with  uint32
	stray, without uint32 // of those on the other side, how many were dropped nevertheless
	exact          bool
	alike          []attribute // others that split them in the same way
	apart          bool        // no client has SYNs on both sides
}

// splits gives what tells the SYNs apart best, if anything does.
func (k *contrast) splits() (s split, ok bool) {
	for a := range numAttributes {
		for has := range 2 {
			with, without := k.count[a][has], k.count[a][1-has]
			this := split{attr: a, has: has == 1, dropped: with[synDropped], with: with[synDropped] + with[synPassed],
				stray: without[synDropped], without: without[synDropped] + without[synPassed]}
			switch {
			case !this.tells() || !k.comparable(a, has, &this):
			case !ok || this.exact && !s.exact:
				s, ok = this, true
			case this.exact == s.exact && this.dropped == s.dropped && this.without == s.without:
				s.alike = append(s.alike, a)
			}
		}
	}
	return s, ok
}

// tells reports whether an attribute splits the SYNs, without exception or with few.
func (s *split) tells() bool {
	s.exact = s.dropped == s.with && s.stray == 0
	if s.exact {
		return s.dropped >= splitAt && s.without >= splitAt
	}
	return s.dropped >= strongAt && s.without >= 2*strongAt && s.dropped*10 >= s.with*8 && s.stray*10 <= s.without
}

// comparable reports whether the two kinds of SYNs differ in nothing that is as good an explanation:
// some passed while others were dropped, so that it was no outage; and, unless the attribute is
// known for it, one client sent both.
func (k *contrast) comparable(a attribute, has int, s *split) bool {
	side := func(all iter.Seq[asked], value int) (out []asked) {
		for x := range all {
			if x.counts&(1<<a) != 0 && int(x.has>>a&1) == value {
				out = append(out, x)
			}
		}
		return out
	}
	lost, came := side(slices.Values(k.lost), has), side(k.passed.all, 1-has)
	if len(lost) == 0 || len(came) == 0 {
		return false
	}
	byTime := func(a, b asked) int { return cmp.Compare(a.at, b.at) }
	from, to := slices.MinFunc(lost, byTime).at, slices.MaxFunc(lost, byTime).at
	during, shared := 0, false
	for _, x := range came {
		if from < x.at && x.at < to {
			during++
		}
		shared = shared || slices.ContainsFunc(lost, func(l asked) bool { return l.client == x.client })
	}
	s.apart = !shared
	return during > 0 && (shared || notorious&(1<<a) != 0)
}

func (k *contrast) finish(key endpoint) []Finding {
	if k.fate == nil {
		return nil
	}
	s, ok := k.splits()
	if !ok {
		return nil
	}
	k.fate.told = s.exact
	return []Finding{k.finding(key, s)}
}
