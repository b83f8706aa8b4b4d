//go:build !cgo

package capture

import (
	"encoding/binary"
	"strings"
	"testing"
)

// TestWithoutLibpcap: what a build without libpcap cannot do, it says.
func TestWithoutLibpcap(t *testing.T) {
	name := write(t, "x", pcapBytes(binary.LittleEndian, LinkRaw, 1, data4().ip()))
	_, filterErr := OpenFiles([]string{name}, Options{Filter: "tcp"})
	_, liveErr := OpenLive(LiveOptions{Iface: "lo"})
	_, listErr := Interfaces()
	for _, err := range []error{filterErr, liveErr, listErr} {
		if err == nil || !strings.Contains(err.Error(), "libpcap") {
			t.Errorf("got %v", err)
		}
	}
}
