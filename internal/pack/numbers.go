package pack

import "encoding/binary"

// How a number of eight bytes begins, in the two lowest bits: most are small, or times, which are
// near each other.
const (
	asItIs = iota
	asDifference
	whole
)

const (
	most = 1 << 62 // what fits besides the two bits
	late = 1 << 50 // nanoseconds since 1970 from where on a number is taken for a time
)

type writer struct {
	b    []byte
	last uint64 // the last time
}

// number writes one that is not zero.
func (w *writer) number(v uint64, size uintptr) {
	if size < 8 {
		w.b = binary.AppendUvarint(w.b, v)
		return
	}
	switch d := zigzag(v - w.last); {
	case v < late:
		w.b = binary.AppendUvarint(w.b, v<<2) // asItIs
	case d < most:
		w.b = binary.AppendUvarint(w.b, d<<2|asDifference)
	default:
		w.b = binary.LittleEndian.AppendUint64(append(w.b, whole), v)
	}
	if v >= late {
		w.last = v
	}
}

type reader struct {
	b    []byte
	last uint64
}

func (r *reader) byte() byte {
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	r.b = r.b[n:]
	return v
}

func (r *reader) number(size uintptr) uint64 {
	v := r.uvarint()
	if size < 8 {
		return v
	}
	switch v & 3 {
	case asItIs:
		return v >> 2
	case asDifference:
		v = r.last + unzigzag(v>>2)
	default:
		v = binary.LittleEndian.Uint64(r.b)
		r.b = r.b[8:]
	}
	r.last = v
	return v
}

// zigzag makes small differences of either sign small numbers.
func zigzag(d uint64) uint64 { return d<<1 ^ uint64(int64(d)>>63) }

func unzigzag(v uint64) uint64 { return v>>1 ^ -(v & 1) }
