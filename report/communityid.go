package report

import (
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// CommunityID is the flow hash that Zeek, Suricata and others share: version 1, seed 0
// (https://github.com/corelight/community-id-spec). It is the same for both directions.
type CommunityID [len("1:") + 28]byte

const protocolTCP = 6

// CommunityIDOf gives the Community ID of a TCP connection between two ends.
func CommunityIDOf(a, b Endpoint) CommunityID {
	if c := a.IP.Compare(b.IP); c > 0 || c == 0 && a.Port > b.Port {
		a, b = b, a
	}
	in := make([]byte, 0, 2+16+16+2+2+2)
	in = append(in, 0, 0) // the seed
	in = append(in, a.IP.AsSlice()...)
	in = append(in, b.IP.AsSlice()...)
	in = append(in, protocolTCP, 0)
	in = binary.BigEndian.AppendUint16(in, a.Port)
	in = binary.BigEndian.AppendUint16(in, b.Port)
	sum := sha1.Sum(in)
	id := CommunityID{'1', ':'}
	base64.StdEncoding.Encode(id[2:], sum[:])
	return id
}

// String gives "1:" and 28 characters of base64, "" for the zero value.
func (id CommunityID) String() string {
	if id == (CommunityID{}) {
		return ""
	}
	return string(id[:])
}

// UnmarshalText reads what String gives.
func (id *CommunityID) UnmarshalText(b []byte) error {
	if len(b) != len(id) || string(b[:2]) != "1:" {
		return fmt.Errorf("%q is not a version 1 Community ID", b)
	}
	copy(id[:], b)
	return nil
}
