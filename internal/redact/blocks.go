package redact

import "github.com/lastack/lastack/capture"

// Blocks redacts the blocks of capture files. What is neither packet nor a description of one is
// dropped: name resolution, secrets, journal entries, blocks of unknown type. Where one of these
// was numbered as a record, an empty one stands, so that the numbers of all others stay true.
func (r *Redactor) Blocks(blocks capture.Blocks) capture.Blocks {
	if blocks == nil {
		return nil
	}
	return func(give func(*capture.Block) error) error {
		w := walker{redactor: r}
		return blocks(func(b *capture.Block) error {
			if !w.redact(b) {
				return nil
			}
			return give(b)
		})
	}
}

// walker redacts one pass over the blocks.
type walker struct {
	redactor *Redactor
	packets  packets
	buf      []byte
}

// redact changes a block, and says whether anything of it is left.
func (w *walker) redact(b *capture.Block) bool {
	const fixedSection, fixedInterface = 16, 8
	switch {
	case b.Packet != nil:
		w.packet(b)
	case b.Type == capture.BlockSection:
		b.Body = b.Body[:fixedSection]
	case b.Type == capture.BlockInterface:
		b.Body = w.keepOptions(b, fixedInterface, capture.OptIfTSResol, capture.OptIfTSOffset, capture.OptIfFCSLen)
	case b.Type == capture.BlockStatistics:
		w.statistics(b)
	case b.Frame != 0:
		b.Type, b.Body = capture.BlockCustom, make([]byte, 4) // of enterprise 0, which is nobody's
	default:
		return false
	}
	return true
}

// packet redacts a packet: of its options only the flags stay, which say the direction.
func (w *walker) packet(b *capture.Block) {
	const optFlags = 2
	p := b.Packet
	p.Stamp += uint64(w.redactor.shift/1e9) * p.Units
	p.Data = w.packets.redact(w.redactor, p.Link, p.Data, int(p.Wire))
	p.Options = w.options(b.Order, nil, p.Options, optFlags)
}

// statistics keeps an interface's number and counts, not its times.
func (w *walker) statistics(b *capture.Block) {
	const fixed, times = 12, 4
	body := w.keepOptions(b, fixed, capture.OptStatsReceived, capture.OptStatsIfDropped, capture.OptStatsOSDropped)
	clear(body[times:fixed])
	b.Body = body
}

// keepOptions gives a block's fixed part and some of its options.
func (w *walker) keepOptions(b *capture.Block, fixed int, codes ...uint16) []byte {
	w.buf = w.options(b.Order, append(w.buf[:0], b.Body[:fixed]...), b.Body[fixed:], codes...)
	return w.buf
}

// options appends the options of codes to out, and the end of the list if there are any.
func (w *walker) options(o capture.ByteOrder, out, all []byte, codes ...uint16) []byte {
	before := len(out)
	capture.EachOption(o, all, func(code uint16, value []byte) {
		for _, c := range codes {
			if c == code {
				out = o.AppendUint16(o.AppendUint16(out, code), uint16(len(value)))
				out = append(append(out, value...), make([]byte, -len(value)&3)...)
			}
		}
	})
	if len(out) > before {
		out = o.AppendUint32(out, 0)
	}
	return out
}
