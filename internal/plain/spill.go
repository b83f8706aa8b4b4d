package plain

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// mostSpilled is how many bytes most items in a spill have at most, with their length: a log, and
// what stands before it.
const mostSpilled = maxLog + 256

// spill is where an archive's blocks wait in a temporary file for what seldom comes: a late
// segment, or the end of their time.
type spill struct {
	young  int      // how many blocks stay in memory: those that were filled last
	file   *os.File // nil until something is spilled
	name   string   // of the file, if it could not be removed while it is open
	unused []int64  // places that are free again
	end    int64    // the place after the last that was ever used
	// the file cannot be made, or not be written to: what is not there yet stays in memory
	full bool

	// Reading goes through the blocks from the old end, or is for one item of any. The second read
	// of a block gets it whole.
	last  int64 // the block that was read last
	whole int64 // the one that block has, -1 for none
	block []byte
	some  []byte
}

// SpillError says that what was written to the temporary file cannot be read again. The Store
// panics with it, because without what it remembers nothing that it says would be true.
type SpillError struct{ Err error }

func (e *SpillError) Error() string {
	return fmt.Sprintf("cannot read again what was kept in a temporary file (TMPDIR says where): %v", e.Err)
}

func (e *SpillError) Unwrap() error { return e.Err }

// write puts a block into the file and gives its place there.
func (s *spill) write(b []byte) (at int64, ok bool) {
	if s.full {
		return 0, false
	}
	if s.file == nil && !s.open() {
		return 0, false
	}
	at = s.end
	if n := len(s.unused); n > 0 {
		at, s.unused = s.unused[n-1], s.unused[:n-1]
	} else {
		s.end++
	}
	if _, err := s.file.WriteAt(b, at*blockSize); err != nil {
		s.full = true
		return 0, false
	}
	return at, true
}

// open makes the file, which nobody else finds and which is gone with the process.
func (s *spill) open() bool {
	f, err := os.CreateTemp("", "lastack-")
	if err != nil {
		s.full = true
		return false
	}
	if os.Remove(f.Name()) != nil { // not every system allows that now
		s.name = f.Name()
	}
	s.file, s.last, s.whole = f, -1, -1
	return true
}

// read gives the bytes of a block from an offset on, at least the item there.
func (s *spill) read(at int64, offset int) []byte {
	if s.whole == at {
		return s.block[offset:]
	}
	if s.last == at {
		if s.block == nil {
			s.block = make([]byte, blockSize)
		}
		s.get(s.block, at*blockSize)
		s.whole = at
		return s.block[offset:]
	}
	s.last = at
	b := s.part(at, offset, mostSpilled)
	if size := int(binary.LittleEndian.Uint16(b) &^ gone); size > len(b) {
		b = s.part(at, offset, size)
	}
	return b
}

// part gives so many bytes of a block, or those up to its end.
func (s *spill) part(at int64, offset, size int) []byte {
	size = min(size, blockSize-offset)
	if len(s.some) < size {
		s.some = make([]byte, size)
	}
	s.get(s.some[:size], at*blockSize+int64(offset))
	return s.some[:size]
}

func (s *spill) get(b []byte, from int64) {
	if n, err := s.file.ReadAt(b, from); n < len(b) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		panic(&SpillError{err})
	}
}

// change writes two bytes of a block anew.
func (s *spill) change(at int64, offset int, v uint16) {
	var b [2]byte
	binary.LittleEndian.PutUint16(b[:], v)
	if _, err := s.file.WriteAt(b[:], at*blockSize+int64(offset)); err != nil {
		panic(&SpillError{err})
	}
	if s.whole == at {
		copy(s.block[offset:], b[:])
	}
}

// free lets go of a block.
func (s *spill) free(at int64) {
	s.unused = append(s.unused, at)
	if s.whole == at {
		s.whole = -1
	}
	if s.last == at {
		s.last = -1
	}
}

// close lets go of the file.
func (s *spill) close() {
	if s == nil || s.file == nil {
		return
	}
	s.file.Close() // nobody reads it any more
	if s.name != "" {
		os.Remove(s.name)
	}
	s.file = nil
}
