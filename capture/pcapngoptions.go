package capture

// Option codes of draft-ietf-opsawg-pcapng: section 4.2 for interface descriptions, 4.6 for
// statistics.
const (
	optEnd = 0

	optIfName     = 2
	OptIfTSResol  = 9
	OptIfFCSLen   = 13
	OptIfTSOffset = 14

	OptStatsReceived  = 4
	OptStatsIfDropped = 5
	OptStatsOSDropped = 7
)

// describe takes in an Interface Description Block (section 4.2).
func (r *ngReader) describe(b []byte) error {
	if len(b) < 8 {
		return malformedf("interface description too short for its header")
	}
	if len(r.ifaces) == maxInterfaces {
		return malformedf("more than %d interface descriptions", maxInterfaces)
	}
	ifc := Interface{Link: LinkType(r.u16(b)), SnapLen: r.u32(b[4:])}
	resolution, offset := byte(6), int64(0) // microseconds unless an option says otherwise
	EachOption(r.order(), b[8:], func(code uint16, value []byte) {
		switch {
		case code == optIfName:
			ifc.Name = string(value[:min(len(value), 256)])
		case code == OptIfTSResol && len(value) == 1:
			resolution = value[0]
		case code == OptIfTSOffset && len(value) == 8:
			offset = int64(r.u64(value))
		}
	})
	c, err := newClock(resolution, offset)
	if err != nil {
		return err
	}
	r.ifaces = append(r.ifaces, ifc)
	r.clocks = append(r.clocks, c)
	return nil
}

// newClock makes a clock of the options if_tsresol, a power of ten or with the high bit of two, and
// if_tsoffset, in seconds.
func newClock(resolution byte, offset int64) (clock, error) {
	var c clock
	power := resolution & 0x7f
	switch {
	case resolution&0x80 != 0 && power < 64:
		c.units = 1 << power
	case resolution&0x80 == 0 && power < 20:
		c.units = 1
		for range power {
			c.units *= 10
		}
	default:
		return c, malformedf("time resolution %#x is finer than 64 bits can count", resolution)
	}
	if 1e9%c.units == 0 {
		c.scale = int64(1e9 / c.units)
	}
	// An offset of more than 146 years is nonsense; the bound keeps the sum with any time inside 64
	// bits.
	const most = latest / 1e9
	c.offset = max(-most, min(most, offset)) * 1e9
	return c, nil
}

// statistics takes in an Interface Statistics Block (section 4.6). The counts run from the
// capture's start, so the last block of an interface holds.
func (r *ngReader) statistics(b []byte) error {
	if len(b) < 12 {
		return malformedf("interface statistics too short for their header")
	}
	i := int(r.u32(b)) + r.section
	if i >= len(r.ifaces) {
		return malformedf("statistics of interface %d, of which there is no description", r.u32(b))
	}
	ifc := &r.ifaces[i]
	EachOption(r.order(), b[12:], func(code uint16, value []byte) {
		if len(value) != 8 {
			return
		}
		var count *uint64
		switch code {
		case OptStatsReceived:
			count = &ifc.Received
		case OptStatsIfDropped:
			count = &ifc.IfDropped
		case OptStatsOSDropped:
			count = &ifc.Dropped
		default:
			return
		}
		*count, ifc.HasCounts = r.u64(value), true
	})
	return nil
}

// EachOption calls each for the options in b: code, length, value padded to four bytes (section
// 3.5). A damaged list ends where it is damaged.
func EachOption(order ByteOrder, b []byte, each func(code uint16, value []byte)) {
	for len(b) >= 4 {
		code, n := order.Uint16(b), int(order.Uint16(b[2:]))
		if code == optEnd || n > len(b)-4 {
			return
		}
		each(code, b[4:4+n])
		b = b[min(len(b), 4+padded(n)):]
	}
}

// padded is the room that n bytes take in a block.
func padded(n int) int { return (n + 3) &^ 3 }
