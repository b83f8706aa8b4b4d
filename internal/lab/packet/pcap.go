package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	magicNano   = 0xa1b23c4d
	linkTypeRaw = 101 // LINKTYPE_RAW: the packet begins with the IPv4 or IPv6 header
	snapLen     = 262144
)

// Record is one packet of a capture.
type Record struct {
	Time time.Time
	Data []byte
}

// WritePcap writes a capture of raw IP packets with nanosecond times.
func WritePcap(w io.Writer, records []Record) error {
	b := binary.LittleEndian.AppendUint32(nil, magicNano)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = binary.LittleEndian.AppendUint32(b, snapLen)
	b = binary.LittleEndian.AppendUint32(b, linkTypeRaw)
	for _, r := range records {
		b = binary.LittleEndian.AppendUint32(b, uint32(r.Time.Unix()))
		b = binary.LittleEndian.AppendUint32(b, uint32(r.Time.Nanosecond()))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(r.Data)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(r.Data)))
		b = append(b, r.Data...)
	}
	_, err := w.Write(b)
	return err
}

// ReadPcap reads a capture that WritePcap wrote.
func ReadPcap(r io.Reader) ([]Record, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if len(b) < 24 || binary.LittleEndian.Uint32(b) != magicNano || binary.LittleEndian.Uint32(b[20:]) != linkTypeRaw {
		return nil, errors.New("not a capture of the lab's wire")
	}
	var records []Record
	for b = b[24:]; len(b) > 0; {
		if len(b) < 16 {
			return records, io.ErrUnexpectedEOF
		}
		n := int(binary.LittleEndian.Uint32(b[8:]))
		if n > snapLen || len(b) < 16+n {
			return records, fmt.Errorf("record %d: %w", len(records)+1, io.ErrUnexpectedEOF)
		}
		at := time.Unix(int64(binary.LittleEndian.Uint32(b)), int64(binary.LittleEndian.Uint32(b[4:]))).UTC()
		records = append(records, Record{Time: at, Data: b[16 : 16+n]})
		b = b[16+n:]
	}
	return records, nil
}
