package fuzz

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab/trace"
	"github.com/lastack/lastack/internal/lab/world"
)

// From linux/sock_diag.h.
const (
	sockDiagByFamily = 20
	sockDestroy      = 21
)

// diag asks the kernel for the state of single sockets (sock_diag(7)). Unlike the transitions'
// tracepoint it tells TIME-WAIT, and the FIN-WAIT-2 that is kept as a TIME-WAIT bucket, from
// CLOSED.
type diag struct {
	fd  int
	buf [4096]byte
}

// newDiag opens the site's netlink socket.
func newDiag(site *world.Site) (*diag, error) {
	d := new(diag)
	err := site.Do(func() (err error) {
		d.fd, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("no sock_diag: %w", err)
	}
	return d, nil
}

func (d *diag) close() error { return unix.Close(d.fd) }

// state gives the state of the socket that a segment of the connection would meet: a listener's
// LISTEN, "CLOSED" if none.
func (d *diag) state(k pair) string {
	reply, err := d.ask(sockDiagByFamily, k)
	if errors.Is(err, unix.ENOENT) {
		return "CLOSED"
	}
	if err != nil {
		panic(fmt.Sprintf("fuzz: sock_diag: %v", err)) // it answers or says that there is no such socket
	}
	return trace.StateName(int(reply[1])) // struct inet_diag_msg: family, state
}

// destroy removes the connection's socket, whatever its state.
func (d *diag) destroy(k pair) {
	if d.state(k) == "LISTEN" {
		return // it has none of its own
	}
	// A socket that is gone already is as good.
	_, _ = d.ask(sockDestroy, k)
}

// ask sends a request about one socket and gives the answer's payload.
func (d *diag) ask(kind uint16, k pair) ([]byte, error) {
	req := make([]byte, 16+56) // struct nlmsghdr, struct inet_diag_req_v2
	binary.NativeEndian.PutUint32(req[0:], uint32(len(req)))
	binary.NativeEndian.PutUint16(req[4:], kind)
	flags := uint16(unix.NLM_F_REQUEST)
	if kind == sockDestroy {
		flags |= unix.NLM_F_ACK
	}
	binary.NativeEndian.PutUint16(req[6:], flags)
	body := req[16:]
	body[0], body[1] = unix.AF_INET, unix.IPPROTO_TCP
	if k.local.Addr().Is6() {
		body[0] = unix.AF_INET6
	}
	binary.NativeEndian.PutUint32(body[4:], ^uint32(0)) // all states
	binary.BigEndian.PutUint16(body[8:], k.local.Port())
	binary.BigEndian.PutUint16(body[10:], k.remote.Port())
	copy(body[12:28], k.local.Addr().AsSlice())
	copy(body[28:44], k.remote.Addr().AsSlice())
	binary.NativeEndian.PutUint64(body[48:], ^uint64(0)) // INET_DIAG_NOCOOKIE
	if err := unix.Sendto(d.fd, req, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, err
	}
	n, _, err := unix.Recvfrom(d.fd, d.buf[:], 0)
	if err != nil {
		return nil, err
	}
	reply := d.buf[:n]
	if n < 20 {
		return nil, unix.EBADMSG
	}
	if binary.NativeEndian.Uint16(reply[4:]) == unix.NLMSG_ERROR {
		if errno := -int32(binary.NativeEndian.Uint32(reply[16:])); errno != 0 {
			return nil, unix.Errno(errno)
		}
	}
	return reply[16:], nil
}
