//go:build !cgo

package capture

import "errors"

var errNoLive = errors.New("this build has no libpcap to capture with: " +
	"build with CGO_ENABLED=1 and libpcap's headers, or pipe tcpdump -w - into lastack analyze -")

// OpenLive needs libpcap.
func OpenLive(LiveOptions) (LiveSource, error) { return nil, errNoLive }

// Interfaces needs libpcap.
func Interfaces() ([]LiveInterface, error) { return nil, errNoLive }
