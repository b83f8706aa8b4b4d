package fuzz

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/world"
)

// app is the kernel side's application: at most a listener and one connection. A descriptor of 0 is
// none.
type app struct{ listener, sock int }

// smallBuffer is the receive buffer of an application whose window is to close soon.
const smallBuffer = 4096

// socket makes a socket bound to the connection's local end.
func (c *conn) socket() (fd int, err error) {
	family := unix.AF_INET
	if c.local.Addr().Is6() {
		family = unix.AF_INET6
	}
	err = c.bench.site.Do(func() (err error) {
		fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return 0, err
	}
	options := map[int]int{unix.SO_REUSEADDR: 1}
	if c.plan.ZeroWindow {
		options[unix.SO_RCVBUF] = smallBuffer
	}
	for name, value := range options {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, name, value); err != nil {
			return fd, err
		}
	}
	return fd, unix.Bind(fd, world.Sockaddr(c.local))
}

// call makes a system call in the application's name and writes it down.
func (c *conn) call(name string, f func() error) error {
	err := c.bench.act(f)
	if errors.Is(err, unix.EINPROGRESS) {
		err = nil
	}
	result := "ok"
	var errno unix.Errno
	if errors.As(err, &errno) {
		result = unix.ErrnoName(errno)
	}
	local, remote := c.local, c.remote
	if name == "listen" {
		remote = netip.AddrPort{}
	}
	c.calls = append(c.calls, lab.Event{Kind: lab.KindApp, Time: c.bench.site.Wall(c.bench.site.Now()), Host: c.plan.kernel(),
		Local: local, Remote: remote, Call: name, Result: result})
	return err
}

func (c *conn) listen() (err error) {
	if c.app.listener, err = c.socket(); err != nil {
		return err
	}
	return c.call("listen", func() error { return unix.Listen(c.app.listener, 16) })
}

func (c *conn) connect() (err error) {
	if c.app.sock, err = c.socket(); err != nil {
		return err
	}
	return c.call("connect", func() error { return unix.Connect(c.app.sock, world.Sockaddr(c.remote)) })
}

func (c *conn) accept() error {
	return c.call("accept", func() (err error) {
		c.app.sock, _, err = unix.Accept4(c.app.listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err != nil {
			c.app.sock = 0
		}
		return err
	})
}

func (c *conn) write(n int) error {
	return c.call(fmt.Sprintf("send %d", n), func() error {
		_, err := unix.SendmsgN(c.app.sock, pattern(n), nil, nil, unix.MSG_NOSIGNAL)
		return err
	})
}

// read takes all that there is to read.
func (c *conn) read() error {
	return c.call("read", func() error {
		buf := make([]byte, 65536)
		for {
			n, err := unix.Read(c.app.sock, buf)
			if errors.Is(err, unix.EAGAIN) || err == nil && n == 0 {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
}

func (c *conn) shutdown() error {
	return c.call("shutdown", func() error { return unix.Shutdown(c.app.sock, unix.SHUT_WR) })
}

func (c *conn) close() error {
	return c.call("close", func() error {
		fd := c.app.sock
		c.app.sock = 0
		return unix.Close(fd)
	})
}

// release closes what the application still has open.
func (c *conn) release() error {
	var errs []error
	for _, fd := range []*int{&c.app.sock, &c.app.listener} {
		if *fd > 0 {
			errs = append(errs, unix.Close(*fd))
			*fd = 0
		}
	}
	return errors.Join(errs...)
}
