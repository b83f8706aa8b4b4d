package capture

import "github.com/lastack/lastack/tcp"

// fastOpenID marks the experimental option of fast open before it had a kind (RFC 7413 appendix A).
const fastOpenID = 0xf989

// nopNopTimestamp is how the options of nearly every segment begin: RFC 7323 appendix A recommends
// it.
const nopNopTimestamp = tcp.OptionNop<<24 | tcp.OptionNop<<16 | tcp.OptionTimestamps<<8 | 10

// decodeOptions decodes the options in b, of a list that is size bytes long: more than len(b) if
// the capture cut it. As in Linux (tcp_parse_options) an option of a known kind and a wrong length
// is passed over, and one whose length cannot be true ends the list.
func decodeOptions(b []byte, size int, seg *tcp.Segment) {
	if seg.Flags&tcp.SYN != 0 && len(b) == size {
		seg.Layout = layoutOf(b)
	}
	for end := size - len(b); len(b) > 0; {
		switch b[0] {
		case tcp.OptionEnd:
			return
		case tcp.OptionNop:
			b = b[1:]
			continue
		}
		if len(b) < 2 && end > 0 {
			return
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b)+end {
			seg.Options |= tcp.OptMalformed
			return
		}
		if int(b[1]) > len(b) {
			return
		}
		decodeOption(b[0], b[2:b[1]], seg)
		b = b[b[1]:]
	}
}

// layoutOf tells the layout of a SYN's options, up to the first that is not one of the usual: fast
// open's, MPTCP's and the like stand last.
func layoutOf(b []byte) tcp.Layout {
	var order tcp.LayoutOrder
	for at := 0; len(b) > 0; at++ {
		size := 1
		switch b[0] {
		case tcp.OptionEnd:
			return tcp.LayoutOf(order.Add(at, tcp.OptionEnd))
		case tcp.OptionNop:
		case tcp.OptionMSS, tcp.OptionWScale, tcp.OptionSACKPerm, tcp.OptionTimestamps:
			if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
				return 0
			}
			size = int(b[1])
		default:
			return tcp.LayoutOf(order)
		}
		order = order.Add(at, b[0])
		b = b[size:]
	}
	return tcp.LayoutOf(order)
}

// decodeOption decodes one option; v is what follows its kind and length.
func decodeOption(kind uint8, v []byte, seg *tcp.Segment) {
	switch kind {
	case tcp.OptionMSS:
		if len(v) == 2 {
			seg.Options |= tcp.OptMSS
			seg.MSS = be16(v)
		}
	case tcp.OptionWScale:
		if len(v) == 1 {
			seg.Options |= tcp.OptWScale
			seg.WScale = v[0]
		}
	case tcp.OptionSACKPerm:
		if len(v) == 0 {
			seg.Options |= tcp.OptSACKPerm
		}
	case tcp.OptionSACK:
		decodeSACK(v, seg)
	case tcp.OptionTimestamps:
		if len(v) == 8 {
			seg.Options |= tcp.OptTimestamps
			seg.TSval, seg.TSecr = be32(v), be32(v[4:])
		}
	case tcp.OptionMD5:
		seg.Options |= tcp.OptMD5
	case tcp.OptionAO:
		seg.Options |= tcp.OptAO
	case tcp.OptionMPTCP:
		seg.Options |= tcp.OptMPTCP
	case tcp.OptionFastOpen:
		seg.Options |= tcp.OptFastOpen
		seg.FastOpenLen = uint8(len(v))
	case tcp.OptionExperimental:
		if len(v) >= 2 && be16(v) == fastOpenID {
			seg.Options |= tcp.OptFastOpen
			seg.FastOpenLen = uint8(len(v) - 2)
		}
	}
}

// decodeSACK decodes the blocks of a SACK option (RFC 2018 section 3).
func decodeSACK(v []byte, seg *tcp.Segment) {
	if len(v) == 0 || len(v)%8 != 0 {
		return
	}
	seg.Options |= tcp.OptSACK
	seg.SACKCount = 0
	for ; len(v) > 0 && seg.SACKCount < tcp.MaxSACK; v = v[8:] {
		seg.SACK[seg.SACKCount] = tcp.SACKBlock{Left: tcp.Seq(be32(v)), Right: tcp.Seq(be32(v[4:]))}
		seg.SACKCount++
	}
}
