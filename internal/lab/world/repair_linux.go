package world

import (
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// From linux/tcp.h; the repair mode is there for moving live connections between machines.
const (
	repairOff   = -1 // TCP_REPAIR_OFF_NO_WP: leave without probing the window
	repairOn    = 1
	repairSendQ = 2
)

// DialISN is Dial with an initial sequence number of the caller's choice, which a socket has if its
// sending queue is positioned in repair mode before it connects.
func (h *Host) DialISN(port uint16, to netip.AddrPort, isn uint32) (*Socket, error) {
	s, err := h.newSocket(port, nil)
	if err != nil {
		return nil, err
	}
	for _, o := range []Option{
		{unix.IPPROTO_TCP, unix.TCP_REPAIR, repairOn},
		{unix.IPPROTO_TCP, unix.TCP_REPAIR_QUEUE, repairSendQ},
		{unix.IPPROTO_TCP, unix.TCP_QUEUE_SEQ, int(int32(isn))},
		{unix.IPPROTO_TCP, unix.TCP_REPAIR, repairOff},
	} {
		if err := s.Set(o); err != nil {
			return nil, fmt.Errorf("repair mode: %w", err)
		}
	}
	return s, s.dial(to)
}

// Vanish removes the socket without a word to the peer, as a reboot does. Closing a socket in
// repair mode does that.
func (s *Socket) Vanish() error {
	err := s.Set(Option{unix.IPPROTO_TCP, unix.TCP_REPAIR, repairOn})
	if err == nil {
		err = s.release()
	}
	s.note("vanish", err)
	return err
}
