package capture

// maxCaptured is the most bytes a record may hold: libpcap's MAXIMUM_SNAPLEN, Wireshark's
// WTAP_MAX_PACKET_SIZE_STANDARD. A larger one is a damaged file.
const maxCaptured = 256 << 10

// record is one captured packet as a file has it.
type record struct {
	data  []byte // captured bytes, valid until the next record is asked for
	time  int64  // nanoseconds since 1970-01-01 UTC
	wire  int    // bytes on the wire; never below len(data)
	link  LinkType
	iface uint16
	event bool // numbered as a record, but not a packet
}

// format reads the records of one capture format.
type format interface {
	// next gives the next record. io.EOF is the clean end, io.ErrUnexpectedEOF one inside a record,
	// malformed a record that cannot be right, errPause asks to come again: nothing was consumed.
	next(rec *record) error
	// interfaces are those seen so far.
	interfaces() []Interface
}
