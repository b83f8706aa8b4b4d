package report

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// encoder appends one JSON value to b. Records are many, and encoding/json takes eight times as
// long.
type encoder struct {
	b []byte

	// The date and time of day down to the second that was written last: records come in bursts
	// that share it.
	second int64
	clock  [len("2006-01-02T15:04:05.")]byte
}

// start begins a record of a type.
func (e *encoder) start(recordType string) {
	e.b = append(e.b[:0], `{"type":"`...)
	e.b = append(e.b, recordType...)
	e.b = append(e.b, '"')
}

// end completes the record's line.
func (e *encoder) end() { e.b = append(e.b, '}', '\n') }

func (e *encoder) open(bracket byte)  { e.b = append(e.b, bracket) }
func (e *encoder) close(bracket byte) { e.b = append(e.b, bracket) }

// element separates a value from the one before it in the same object or array.
func (e *encoder) element() {
	if last := e.b[len(e.b)-1]; last != '{' && last != '[' {
		e.b = append(e.b, ',')
	}
}

func (e *encoder) key(name string) {
	e.element()
	e.b = append(e.b, '"')
	e.b = append(e.b, name...)
	e.b = append(e.b, '"', ':')
}

func (e *encoder) uint(key string, v uint64) {
	e.key(key)
	e.b = appendUint(e.b, v)
}

func (e *encoder) bool(key string, v bool) {
	e.key(key)
	e.b = strconv.AppendBool(e.b, v)
}

// word writes a string that needs no escaping: a name out of one of lastack's own tables.
func (e *encoder) word(key, v string) {
	e.key(key)
	e.b = append(e.b, '"')
	e.b = append(e.b, v...)
	e.b = append(e.b, '"')
}

// text writes any string.
func (e *encoder) text(key, v string) {
	e.key(key)
	e.quote(v)
}

// list writes strings. Of none it writes an empty list: programs that read it need not ask whether
// it is there.
func (e *encoder) list(key string, vs []string) {
	e.key(key)
	e.open('[')
	for _, v := range vs {
		e.element()
		e.quote(v)
	}
	e.close(']')
}

func (e *encoder) id(key string, letter byte, n uint64) {
	e.key(key)
	e.quoteID(letter, n)
}

func (e *encoder) quoteID(letter byte, n uint64) {
	e.b = append(e.b, '"', letter)
	e.b = appendUint(e.b, n)
	e.b = append(e.b, '"')
}

// encodeIDs writes a list of what is numbered with a letter.
func encodeIDs[T ~uint64](e *encoder, key string, letter byte, all []T) {
	e.key(key)
	e.open('[')
	for _, n := range all {
		e.element()
		e.quoteID(letter, uint64(n))
	}
	e.close(']')
}

func (e *encoder) time(key string, t Time) {
	e.key(key)
	second, nano := int64(t)/1e9, int64(t)%1e9
	if nano < 0 {
		second, nano = second-1, nano+1e9
	}
	if second != e.second || e.clock[0] == 0 {
		e.second = second
		time.Unix(second, 0).UTC().AppendFormat(e.clock[:0], "2006-01-02T15:04:05.")
	}
	e.b = append(e.b, '"')
	e.b = append(e.b, e.clock[:]...)
	e.b = appendNano(e.b, nano)
	e.b = append(e.b, 'Z', '"')
}

func (e *encoder) seconds(key string, s Seconds) {
	e.key(key)
	e.b = appendSeconds(e.b, s)
}

func (e *encoder) endpoint(key string, p Endpoint) {
	e.key(key)
	e.open('{')
	e.b = append(e.b, `"ip":"`...)
	e.b = p.IP.AppendTo(e.b)
	e.b = append(e.b, '"')
	e.uint("port", uint64(p.Port))
	e.close('}')
}

func (e *encoder) uintPair(key string, p Pair[uint64]) {
	e.key(key)
	e.open('{')
	e.uint("initiator", p.Initiator)
	e.uint("responder", p.Responder)
	e.close('}')
}

// quote writes a JSON string. Control characters are escaped beyond what JSON asks for (DEL and
// U+0080 to U+009F too), so that a stream that is shown on a terminal cannot drive it, and bytes
// that are not UTF-8 become U+FFFD.
func (e *encoder) quote(s string) {
	e.b = append(e.b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f {
			if c == '"' || c == '\\' {
				e.b = append(e.b, '\\')
			}
			e.b = append(e.b, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r < 0xa0 || r == '\u2028' || r == '\u2029' {
			const hex = "0123456789abcdef"
			e.b = append(e.b, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		} else {
			e.b = utf8.AppendRune(e.b, r)
		}
		i += n
	}
	e.b = append(e.b, '"')
}

// appendSeconds writes nanoseconds as an exact decimal number of seconds, without trailing zeros.
func appendSeconds(b []byte, s Seconds) []byte {
	if s < 0 {
		b, s = append(b, '-'), -s
	}
	b = strconv.AppendUint(b, uint64(s)/1e9, 10)
	nano := int64(uint64(s) % 1e9)
	if nano == 0 {
		return b
	}
	b = appendNano(append(b, '.'), nano)
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

// twoDigits has the numbers from 00 to 99.
const twoDigits = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263" +
	"646566676869707172737475767778798081828384858687888990919293949596979899"

// appendUint is strconv.AppendUint for base 10, in half the time for numbers of 32 bits.
func appendUint(b []byte, v uint64) []byte {
	if v >= 1<<32 {
		return strconv.AppendUint(b, v, 10)
	}
	var d [10]byte
	i, n := len(d), uint32(v)
	for n >= 100 {
		two := n % 100 * 2
		n /= 100
		i -= 2
		d[i], d[i+1] = twoDigits[two], twoDigits[two+1]
	}
	i -= 2
	d[i], d[i+1] = twoDigits[n*2], twoDigits[n*2+1]
	if n < 10 {
		i++
	}
	return append(b, d[i:]...)
}

// appendNano writes nine digits.
func appendNano(b []byte, nano int64) []byte {
	var d [9]byte
	n := uint32(nano)
	for i := len(d) - 2; i > 0; i -= 2 {
		two := n % 100 * 2
		n /= 100
		d[i], d[i+1] = twoDigits[two], twoDigits[two+1]
	}
	d[0] = byte('0' + n)
	return append(b, d[:]...)
}
