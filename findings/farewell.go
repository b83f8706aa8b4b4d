package findings

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// A side that closes for good throws away what its peer sends after that. Some of it nobody misses:
// the words with which a protocol takes leave. What they are their first bytes say (tcp.Content),
// or, where the capture has no payload, their place.

// parting is what was lost with data that came to a side that had closed.
type parting struct {
	lost uint32 // bytes, each counted once
	by   string // why nobody misses it, for texts; "" if somebody may
	sure bool
}

// partingOf weighs the data that data's receiver no longer took: what thrown likes, which begins
// with data.
func (c *Case) partingOf(data *fsm.Step, thrown func(*fsm.Step, tcp.Side) bool) parting {
	end, lost := data.Seq, uint32(0)
	if una := c.Sides[data.From].SndUna; una.Before(data.EndSeq()) && una.After(end) {
		end = una
	}
	kinds, last := uint32(0), tcp.ContentUnknown
	for s := range c.all(func(s *fsm.Step) bool { return thrown(s, data.From) }) {
		if s.Seq.After(end) {
			end = s.Seq
		}
		if past := s.Seq + tcp.Seq(s.Len); past.After(end) {
			lost += uint32(past.Sub(end))
			end = past
		}
		last = s.Content
		kinds |= 1 << last
	}
	by, sure := c.missedByNobody(data, kinds, last)
	if by == "" && c.saysGoodbye(data, lost) {
		by = "It was the last thing before its sender's own end, and all else was acknowledged: it looks like the close_notify " +
			"with which TLS says goodbye"
	}
	return parting{lost: lost, by: by, sure: sure}
}

// missedByNobody says why nobody misses data of these contents, as far as their bytes tell, and
// whether it is sure.
func (c *Case) missedByNobody(data *fsm.Step, kinds uint32, last tcp.Content) (by string, sure bool) {
	const control = 1 << tcp.ContentTLSControl
	closer, sender := &c.Sides[data.From.Peer()], &c.Sides[data.From]
	handshaking := closer.LastContent == tcp.ContentTLSHandshake ||
		closer.FirstContent == tcp.ContentTLSHandshake && closer.LastData.Frame < sender.FirstData.Frame
	switch {
	case kinds == 1<<tcp.ContentTLSShort:
		return "It is a TLS record of 19 bytes, which is as long as the close_notify of TLS 1.3", false
	case last.Farewell() && farewells(kinds):
		return "It is " + article(last) + ", as its first bytes say: with that the protocol takes leave", true
	case last.Farewell() && farewells(kinds&^control):
		return "It ends with " + article(last) + ", with which TLS takes leave, and what is before that is as long as an HTTP/2 frame " +
			"that says goodbye", false
	case farewells(kinds &^ (1 << tcp.ContentTLSHandshake)):
		return "It is the end of a TLS handshake, and carries nothing of an application", true
	case c.answersQuit(data):
		return "It answers QUIT, the last thing that the side that closed had sent", true
	case handshaking:
		return "The side that closed had sent nothing but its part of a TLS handshake: it had not asked for anything yet", false
	}
	return "", false
}

// farewells reports whether all of a set of contents take leave.
func farewells(kinds uint32) bool {
	for content := tcp.ContentUnknown; kinds != 0; content, kinds = content+1, kinds>>1 {
		if kinds&1 != 0 && !content.Farewell() {
			return false
		}
	}
	return true
}

func article(content tcp.Content) string {
	if content == tcp.ContentQuit {
		return "the word QUIT"
	}
	return "a " + content.String()
}

// answersQuit reports whether the last that the receiver of data had asked was to end the session.
func (c *Case) answersQuit(data *fsm.Step) bool {
	closer := &c.Sides[data.From.Peer()]
	return closer.LastContent == tcp.ContentQuit && closer.LastData.Frame < data.Frame
}
