package track

import (
	"testing"
	"unsafe"
)

// TestALiveConnectionIsSmall: a connection that does nothing unusual takes at most 384 bytes: its
// entry, and its share of the slots, which are three eighths full at the least.
func TestALiveConnectionIsSmall(t *testing.T) {
	const slot, most = 8, 384
	if size := unsafe.Sizeof(entry{}) + slot*8/3; size > most {
		t.Errorf("a connection takes %d bytes, want at most %d", size, most)
	}
}
