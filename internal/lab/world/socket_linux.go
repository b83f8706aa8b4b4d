package world

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab"
)

// patience is how long an application's call waits when its caller does not say.
const patience = 30 * time.Second

// ErrNothing says that what a call waited for did not happen in the time that its caller gave it.
// It is not the kernel's own ETIMEDOUT, which says that a connection was given up.
var ErrNothing = errors.New("nothing yet")

// Socket is an application's TCP socket on a host. Every call on it is written down in the truth
// with its result.
type Socket struct {
	host          *Host
	fd            int
	local, remote netip.AddrPort
}

// Option is a socket option to set before the socket is used.
type Option struct{ Level, Name, Value int }

// newSocket makes a socket in the host's namespace, bound to the host's address and a port (0 for
// any).
func (h *Host) newSocket(port uint16, options []Option) (*Socket, error) {
	s := &Socket{host: h, fd: -1, local: netip.AddrPortFrom(h.Addr, port)}
	family := unix.AF_INET
	if h.Addr.Is6() {
		family = unix.AF_INET6
	}
	err := h.ns.do(func() (err error) {
		s.fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return nil, err
	}
	h.opened(s)
	set := append([]Option{{unix.SOL_SOCKET, unix.SO_REUSEADDR, 1}}, options...)
	for _, o := range set {
		if err := unix.SetsockoptInt(s.fd, o.Level, o.Name, o.Value); err != nil {
			return nil, fmt.Errorf("setsockopt %d: %w", o.Name, err)
		}
	}
	if port == 0 {
		return s, nil
	}
	return s, unix.Bind(s.fd, sockaddr(s.local))
}

// sockaddr gives the system call's form of an address.
func sockaddr(a netip.AddrPort) unix.Sockaddr {
	if a.Addr().Is6() {
		return &unix.SockaddrInet6{Port: int(a.Port()), Addr: a.Addr().As16()}
	}
	return &unix.SockaddrInet4{Port: int(a.Port()), Addr: a.Addr().As4()}
}

// addrPort reads the system call's form of an address.
func addrPort(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	}
	return netip.AddrPort{}
}

// Listen opens a listening socket.
func (h *Host) Listen(port uint16, backlog int, options ...Option) (*Socket, error) {
	s, err := h.newSocket(port, options)
	if err != nil {
		return nil, err
	}
	err = unix.Listen(s.fd, backlog)
	s.note(fmt.Sprintf("listen %d", backlog), err)
	return s, err
}

// Dial starts to connect and does not wait. A port of 0 lets the kernel choose.
func (h *Host) Dial(port uint16, to netip.AddrPort, options ...Option) (*Socket, error) {
	s, err := h.newSocket(port, options)
	if err != nil {
		return nil, err
	}
	return s, s.dial(to)
}

// dial starts to connect a socket.
func (s *Socket) dial(to netip.AddrPort) error {
	s.remote = to
	err := unix.Connect(s.fd, sockaddr(to))
	if errors.Is(err, unix.EINPROGRESS) {
		err = nil
	}
	if sa, e := unix.Getsockname(s.fd); e == nil {
		s.local = addrPort(sa)
	}
	s.note("connect", err)
	return err
}

// Connected waits until the connection that Dial began stands or has failed.
func (s *Socket) Connected(timeout time.Duration) error {
	err := s.poll(unix.POLLOUT, timeout)
	if err == nil {
		err = s.pending()
	}
	s.note("connected", err)
	return err
}

// Connect opens a connection and waits for it.
func (h *Host) Connect(port uint16, to netip.AddrPort, options ...Option) (*Socket, error) {
	s, err := h.Dial(port, to, options...)
	if err != nil {
		return s, err
	}
	return s, s.Connected(patience)
}

// Accept takes the next connection of a listening socket.
func (s *Socket) Accept() (*Socket, error) { return s.AcceptWithin(patience) }

// AcceptWithin is Accept with another patience.
func (s *Socket) AcceptWithin(timeout time.Duration) (*Socket, error) {
	if err := s.poll(unix.POLLIN, timeout); err != nil {
		return nil, err
	}
	fd, sa, err := unix.Accept4(s.fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	if err != nil {
		return nil, err
	}
	c := &Socket{host: s.host, fd: fd, local: s.local, remote: addrPort(sa)}
	s.host.opened(c)
	c.note("accept", nil)
	return c, nil
}

// Write sends n bytes of a pattern that tells positions apart.
func (s *Socket) Write(n int) error {
	return s.WriteWithin(n, patience)
}

// WriteWithin is Write with another patience with a peer that does not read.
func (s *Socket) WriteWithin(n int, timeout time.Duration) error {
	err := s.write(Pattern(n), timeout)
	s.note(fmt.Sprintf("send %d", n), err)
	return err
}

func (s *Socket) write(b []byte, timeout time.Duration) error {
	for len(b) > 0 {
		n, err := unix.SendmsgN(s.fd, b, nil, nil, unix.MSG_NOSIGNAL)
		if errors.Is(err, unix.EAGAIN) {
			err = s.poll(unix.POLLOUT, timeout)
		}
		if err != nil {
			return err
		}
		b = b[max(n, 0):]
	}
	return nil
}

// Pattern gives n bytes in which positions can be told apart.
func Pattern(n int) []byte {
	const line = "The quick brown fox jumps over the lazy dog. 0123456789\n"
	b := make([]byte, n)
	for i := range b {
		b[i] = line[i%len(line)]
	}
	return b
}

// Read reads exactly n bytes.
func (s *Socket) Read(n int) error {
	got, err := s.ReadWithin(n, patience)
	if err == nil && got < n {
		return io.ErrUnexpectedEOF
	}
	return err
}

// ReadWithin reads n bytes, or what comes until the end or until nothing more does for a while, and
// returns how much that was.
func (s *Socket) ReadWithin(n int, timeout time.Duration) (int, error) {
	got, err := s.read(n, timeout)
	s.noteResult(fmt.Sprintf("read %d", n), readResult(got, err))
	return got, err
}

// ReadEnd reads until the end of the peer's data and returns how much there was. A reset is an
// error.
func (s *Socket) ReadEnd(timeout time.Duration) (int, error) {
	got, err := s.read(1<<30, timeout)
	s.noteResult("read to the end", readResult(got, err))
	return got, err
}

// read reads until it has n bytes, or the end.
func (s *Socket) read(n int, timeout time.Duration) (got int, err error) {
	buf := make([]byte, 65536)
	for got < n {
		m, err := unix.Read(s.fd, buf[:min(len(buf), n-got)])
		if errors.Is(err, unix.EAGAIN) {
			if err := s.poll(unix.POLLIN, timeout); err != nil {
				return got, err
			}
			continue
		}
		if err != nil || m == 0 {
			return got, err
		}
		got += m
	}
	return got, nil
}

// readResult words what a read gave.
func readResult(got int, err error) string {
	if err != nil {
		return fmt.Sprintf("%d bytes, then %s", got, errorName(err))
	}
	return fmt.Sprintf("%d bytes", got)
}

// Shutdown closes the sending direction: a FIN goes out, reading goes on.
func (s *Socket) Shutdown() error {
	err := unix.Shutdown(s.fd, unix.SHUT_WR)
	s.note("shutdown", err)
	return err
}

// Close closes the socket.
func (s *Socket) Close() error {
	err := s.release()
	s.note("close", err)
	return err
}

// Abort closes the socket with SO_LINGER 0: a RST goes out instead of a FIN.
func (s *Socket) Abort() error {
	if err := unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}); err != nil {
		return err
	}
	err := s.release()
	s.note("close with SO_LINGER 0", err)
	return err
}

// release gives the descriptor back, once.
func (s *Socket) release() error {
	if s.fd < 0 {
		return nil
	}
	fd := s.fd
	s.fd = -1
	return unix.Close(fd)
}

// Set sets a socket option.
func (s *Socket) Set(o Option) error { return unix.SetsockoptInt(s.fd, o.Level, o.Name, o.Value) }

// WaitError waits until the socket has an error and returns that.
func (s *Socket) WaitError(timeout time.Duration) error {
	if err := s.poll(unix.POLLERR, timeout); err != nil {
		return err
	}
	err := s.pending()
	s.note("wait for an error", err)
	return err
}

// Local gives the socket's own address.
func (s *Socket) Local() netip.AddrPort { return s.local }

// pending takes the socket's pending error.
func (s *Socket) pending() error {
	n, err := unix.GetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && n != 0 {
		err = unix.Errno(n)
	}
	return err
}

// poll waits for an event on the socket.
func (s *Socket) poll(events int16, timeout time.Duration) error {
	deadline := time.Now().Add(timeout)
	for {
		fds := []unix.PollFd{{Fd: int32(s.fd), Events: events}}
		n, err := unix.Poll(fds, int(max(0, time.Until(deadline).Milliseconds())))
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err == nil && n == 0 {
			err = ErrNothing
		}
		return err
	}
}

// note writes a call down.
func (s *Socket) note(call string, err error) {
	result := "ok"
	if err != nil {
		result = errorName(err)
	}
	s.noteResult(call, result)
}

func (s *Socket) noteResult(call, result string) {
	s.host.log.add(lab.Event{Kind: lab.KindApp, Time: s.host.log.now(), Host: s.host.Name, Local: s.local,
		Remote: s.remote, Call: call, Result: result})
}

// errorName gives an error's name as in errno(3).
func errorName(err error) string {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return unix.ErrnoName(errno)
	}
	return err.Error()
}
