package track

import "github.com/lastack/lastack/tcp"

// listener is an address and port that somebody answered a SYN from.
type listener struct {
	addr tcp.Addr
	port uint16
}

// maxListeners bounds how many are remembered; past it the direction of connections that were
// picked up mid-stream is guessed from their ports alone.
const maxListeners = 1 << 14

// listeners remembers who was seen to listen, so that connections picked up mid-stream get their
// direction right.
type listeners struct {
	seen map[listener]uint64 // with which frame
	last listener            // the one that was added last: many in a row are the same
}

func (l *listeners) add(addr tcp.Addr, port uint16, frame uint64) {
	if l.last.port == port && l.last.addr == addr {
		return
	}
	l.last = listener{addr, port}
	if l.seen == nil {
		l.seen = make(map[listener]uint64)
	}
	if _, known := l.seen[l.last]; !known && len(l.seen) < maxListeners {
		l.seen[l.last] = frame
	}
}

// has reports whether somebody was seen to listen there before a frame.
func (l *listeners) has(addr tcp.Addr, port uint16, by uint64) bool {
	frame, ok := l.seen[listener{addr, port}]
	return ok && frame < by
}
