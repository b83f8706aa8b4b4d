package zeek

import "github.com/lastack/lastack/tcp"

// letters is what of an endpoint's history was written, by letter; S and H are one.
type letters struct {
	seen   [26]uint32
	number [26]tcp.Seq // the last sequence number
}

// flags takes a packet's flags into the history. Letters stand once for each side; those of flags
// that take a sequence number again when that differs.
func (f *flow) flags(e *endpoint, p *packet) {
	several := p.syn && p.fin || p.syn && p.rst || p.fin && p.rst
	switch {
	case several && p.fin && p.rst:
		f.once(e, 'I')
	case several:
		f.once(e, 'Q')
	case p.syn && p.ack:
		f.numbered(e, 'H', 'S', p.seq)
	case p.syn:
		f.numbered(e, 'S', 'S', p.seq)
	case p.fin:
		f.numbered(e, 'F', 'F', p.seq+tcp.Seq(p.len))
	case p.rst:
		f.numbered(e, 'R', 'R', p.seq)
	case p.len > 0:
		f.once(e, 'D')
	case p.ack:
		f.once(e, 'A')
	}
}

// once writes a letter the first time.
func (f *flow) once(e *endpoint, letter byte) {
	if e.letters.count(letter) == 1 {
		f.write(e, letter)
	}
}

// numbered writes a letter the first time, and whenever the number is another than the last of its
// kind.
func (f *flow) numbered(e *endpoint, letter, kind byte, number tcp.Seq) {
	if e.letters.count(kind) == 1 || e.letters.number[kind-'A'] != number {
		f.write(e, letter)
	}
	e.letters.number[kind-'A'] = number
}

// scaled writes a letter the first, tenth, hundredth time.
func (f *flow) scaled(e *endpoint, letter byte) {
	n := e.letters.count(letter)
	for n >= 10 && n%10 == 0 {
		n /= 10
	}
	if n == 1 {
		f.write(e, letter)
	}
}

// write adds a letter, a small one for the responder.
func (f *flow) write(e *endpoint, letter byte) {
	if e.responder {
		letter |= 0x20
	}
	f.history = append(f.history, letter)
}

// count counts a letter, and says how often it has come.
func (l *letters) count(letter byte) uint32 {
	n := &l.seen[letter-'A']
	*n++
	return *n
}
