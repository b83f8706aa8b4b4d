package world

import (
	"fmt"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const tunName = "wire"

// openTUN makes the host's only network device besides loopback, with its address, and returns the
// descriptor through which the device's packets come out and go in. It must run in the host's
// namespace.
func openTUN(addr netip.Prefix) (int, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("cannot open /dev/net/tun: %w", err)
	}
	ifr, err := unix.NewIfreq(tunName)
	if err != nil {
		return -1, err
	}
	ifr.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, ifr); err != nil {
		return -1, fmt.Errorf("cannot make a TUN device (root, or CAP_NET_ADMIN, needed): %w", err)
	}
	for _, name := range []string{"lo", tunName} {
		if err := linkUp(name); err != nil {
			return -1, err
		}
	}
	if addr.Addr().Is6() {
		return fd, addIPv6(addr)
	}
	return fd, addIPv4(addr)
}

// linkUp sets an interface up.
func linkUp(name string) error {
	return withSocket(unix.AF_INET, func(s int) error {
		ifr, err := unix.NewIfreq(name)
		if err != nil {
			return err
		}
		ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
		return unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, ifr)
	})
}

// setMTU sets how large the device's packets may be.
func setMTU(bytes int) error {
	return withSocket(unix.AF_INET, func(s int) error {
		ifr, err := unix.NewIfreq(tunName)
		if err != nil {
			return err
		}
		ifr.SetUint32(uint32(bytes))
		return unix.IoctlIfreq(s, unix.SIOCSIFMTU, ifr)
	})
}

// addIPv4 gives the device an IPv4 address; the subnet's route comes with it.
func addIPv4(p netip.Prefix) error {
	return withSocket(unix.AF_INET, func(s int) error {
		ifr, err := unix.NewIfreq(tunName)
		if err != nil {
			return err
		}
		if err := ifr.SetInet4Addr(p.Addr().AsSlice()); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(s, unix.SIOCSIFADDR, ifr); err != nil {
			return err
		}
		if err := ifr.SetInet4Addr([]byte{255, 255, 255, 0}); err != nil {
			return err
		}
		return unix.IoctlIfreq(s, unix.SIOCSIFNETMASK, ifr)
	})
}

// addIPv6 gives the device an IPv6 address and waits until it can be used. A TUN device has no
// neighbours that could have the same address, but the kernel finds that out in the background.
func addIPv6(p netip.Prefix) error {
	return withSocket(unix.AF_INET6, func(s int) error {
		ifr, err := unix.NewIfreq(tunName)
		if err != nil {
			return err
		}
		if err := unix.IoctlIfreq(s, unix.SIOCGIFINDEX, ifr); err != nil {
			return err
		}
		// struct in6_ifreq (linux/ipv6.h)
		req := struct {
			addr  [16]byte
			bits  uint32
			index int32
		}{p.Addr().As16(), uint32(p.Bits()), int32(ifr.Uint32())}
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(s), unix.SIOCSIFADDR, uintptr(unsafe.Pointer(&req)))
		if errno != 0 {
			return fmt.Errorf("cannot set an IPv6 address: %w", errno)
		}
		return usable(p.Addr())
	})
}

// usable waits until an IPv6 address can be bound to.
func usable(a netip.Addr) error {
	return withSocket(unix.AF_INET6, func(s int) (err error) {
		for range 1000 {
			if err = unix.Bind(s, sockaddr(netip.AddrPortFrom(a, 0))); err == nil {
				return nil
			}
			time.Sleep(time.Millisecond)
		}
		return fmt.Errorf("the IPv6 address stays unusable: %w", err)
	})
}

// withSocket runs f with a throw-away socket to send interface requests through.
func withSocket(family int, f func(s int) error) error {
	s, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	return f(s)
}
