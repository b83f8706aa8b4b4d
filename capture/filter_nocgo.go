//go:build !cgo

package capture

import "errors"

// compile needs libpcap.
func compile(LinkType, string) (program, error) {
	return nil, errors.New("this build has no libpcap to compile filters with: build with CGO_ENABLED=1 and libpcap's headers")
}
