package capture

import (
	"encoding/binary"
	"errors"
)

// ByteOrder reads and writes numbers.
type ByteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// Block is one block of a capture file as pcapng has it (draft-ietf-opsawg-pcapng section 3.1).
// What a pcap file holds is given as the blocks that say the same. A block is used again: who keeps
// one copies it.
type Block struct {
	Type   uint32
	Order  ByteOrder  // of all numbers in the block
	Body   []byte     // what stands between the block's lengths; nil for a packet
	Packet *RawPacket // for a packet, whatever kind of block it was found in; Type is BlockEnhanced then
	Time   int64      // of a packet, nanoseconds since 1970-01-01 UTC
	Frame  uint64     // the record's number over all inputs; 0 for a block that is not numbered
}

// RawPacket is a packet block as the file has it.
type RawPacket struct {
	Iface   uint32 // in its section
	Link    LinkType
	Stamp   uint64 // the time as the interface counts it
	Units   uint64 // of Stamp in a second
	Data    []byte
	Wire    uint32 // length when it was captured
	Options []byte
}

// Blocks calls give with the blocks of capture files, in the order of the files. An error of give's
// ends it.
type Blocks func(give func(*Block) error) error

// BlocksOf gives the blocks of files, which are read anew each time. A file that cannot be read to
// its end is given up to there without an error: it was read before, by a Source that said so.
func BlocksOf(names []string) Blocks {
	return func(give func(*Block) error) error {
		var buffer blockReader
		frame := uint64(0)
		for _, name := range names {
			in := &input{stats: FileStats{Name: name}}
			err := in.openBytes(&buffer)
			if err == nil {
				err = eachBlock(&buffer, &frame, give)
			}
			in.close()
			var g giveError
			if errors.As(err, &g) {
				return g.err
			}
		}
		return nil
	}
}

// giveError tells an error of the receiver's from one of reading.
type giveError struct{ err error }

func (g giveError) Error() string { return g.err.Error() }

// blockFormat reads the blocks of one capture format.
type blockFormat interface {
	// nextBlock gives the next block, and whether it is numbered as a record. Errors are those of
	// format.next.
	nextBlock(b *Block) (isRecord bool, err error)
}

// eachBlock gives one file's blocks, and counts its records.
func eachBlock(in *blockReader, frame *uint64, give func(*Block) error) error {
	f, err := newBlockFormat(in)
	if err != nil {
		return err
	}
	var b Block
	for {
		isRecord, err := f.nextBlock(&b)
		if err != nil {
			return err
		}
		b.Frame = 0
		if isRecord {
			*frame++
			b.Frame = *frame
		}
		if err := give(&b); err != nil {
			return giveError{err}
		}
	}
}

// newBlockFormat finds out what in holds.
func newBlockFormat(in *blockReader) (blockFormat, error) {
	head, err := in.peek(4)
	if err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(head) == BlockSection {
		return &ngBlocks{ngReader: ngReader{in: in}}, nil
	}
	if _, _, ok := pcapMagic(head); !ok {
		return nil, malformed{notACapture(head)}
	}
	p, err := newPcap(in)
	if err != nil {
		return nil, err
	}
	return &pcapBlocks{pcapReader: p}, nil
}
