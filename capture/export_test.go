package capture

// WrappedPacket is one of the packets that hold the same segment in some encapsulation.
type WrappedPacket struct {
	Name   string
	Link   LinkType
	Packet []byte
}

// Wrapped gives the packets that the decoder is tested with, to tests of what else takes headers
// off.
func Wrapped() []WrappedPacket {
	var all []WrappedPacket
	for _, w := range wrapped {
		all = append(all, WrappedPacket{w.name, w.link, w.packet})
	}
	return all
}

// MappedInIPv6 gives an IPv6 packet between addresses that hold IPv4 addresses.
func MappedInIPv6() WrappedPacket {
	s := data6()
	s.src, s.dst = mappedA, mappedB
	return WrappedPacket{"mapped", LinkRaw, s.ip()}
}
