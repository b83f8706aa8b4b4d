package capture

import "github.com/lastack/lastack/tcp"

// TCP option kinds (https://www.iana.org/assignments/tcp-parameters).
const (
	kindEnd          = 0
	kindNop          = 1
	kindMSS          = 2
	kindWScale       = 3
	kindSACKPerm     = 4
	kindSACK         = 5
	kindTimestamps   = 8
	kindMD5          = 19
	kindAO           = 29
	kindMPTCP        = 30
	kindFastOpen     = 34
	kindExperimental = 254

	// fastOpenID marks the experimental option of fast open before it had a kind (RFC 7413 appendix A).
	fastOpenID = 0xf989
)

// nopNopTimestamp is how the options of nearly every segment begin: RFC 7323 appendix A recommends it.
const nopNopTimestamp = kindNop<<24 | kindNop<<16 | kindTimestamps<<8 | 10

// decodeOptions decodes the options in b, of a list that is size bytes long: more than len(b) if the capture cut it. As
// in Linux (tcp_parse_options) an option of a known kind and a wrong length is passed over, and one whose length cannot
// be true ends the list.
func decodeOptions(b []byte, size int, seg *tcp.Segment) {
	for end := size - len(b); len(b) > 0; {
		switch b[0] {
		case kindEnd:
			return
		case kindNop:
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

// decodeOption decodes one option; v is what follows its kind and length.
func decodeOption(kind uint8, v []byte, seg *tcp.Segment) {
	switch kind {
	case kindMSS:
		if len(v) == 2 {
			seg.Options |= tcp.OptMSS
			seg.MSS = be16(v)
		}
	case kindWScale:
		if len(v) == 1 {
			seg.Options |= tcp.OptWScale
			seg.WScale = v[0]
		}
	case kindSACKPerm:
		if len(v) == 0 {
			seg.Options |= tcp.OptSACKPerm
		}
	case kindSACK:
		decodeSACK(v, seg)
	case kindTimestamps:
		if len(v) == 8 {
			seg.Options |= tcp.OptTimestamps
			seg.TSval, seg.TSecr = be32(v), be32(v[4:])
		}
	case kindMD5:
		seg.Options |= tcp.OptMD5
	case kindAO:
		seg.Options |= tcp.OptAO
	case kindMPTCP:
		seg.Options |= tcp.OptMPTCP
	case kindFastOpen:
		seg.Options |= tcp.OptFastOpen
		seg.FastOpenLen = uint8(len(v))
	case kindExperimental:
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
