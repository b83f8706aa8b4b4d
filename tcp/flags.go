package tcp

// Flags are the control bits of a TCP header (RFC 9293 section 3.1), FIN in the lowest bit as on
// the wire.
type Flags uint16

// The control bits, from the lowest up. AE is the accurate-ECN bit, once called NS.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
	AE
)

const flagLetters = "FSRPAUECN"

// Has reports whether all the bits of want are set.
func (f Flags) Has(want Flags) bool { return f&want == want }

// Any reports whether at least one of the bits of want is set.
func (f Flags) Any(want Flags) bool { return f&want != 0 }

// Append appends one letter for each set flag in wire order, low bit first: "SA", "FPA".
func (f Flags) Append(b []byte) []byte {
	for i := range len(flagLetters) {
		if f&(1<<i) != 0 {
			b = append(b, flagLetters[i])
		}
	}
	return b
}

// String gives one letter for each set flag in wire order, low bit first: "S", "SA", "FPA"; "" for
// none.
func (f Flags) String() string { return string(f.Append(nil)) }

// Names gives the flags as people write them: "SYN,ACK"; "none" for no flag.
func (f Flags) Names() string {
	names := [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "AE"}
	out := ""
	for i, n := range names {
		if f&(1<<i) != 0 {
			if out != "" {
				out += ","
			}
			out += n
		}
	}
	if out == "" {
		return "none"
	}
	return out
}
