package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"
)

// record captures short connections of the machine's own kernel, in a network namespace of their
// own (root): a request of 120 bytes and a response of 4 kB each, from many addresses, over a
// loopback interface that behaves like Ethernet.
func record(args []string) error {
	flags := flag.NewFlagSet("record", flag.ContinueOnError)
	n := flags.Int("connections", 100_000, "")
	name := flags.String("o", "", "")
	inside := flags.Bool("inside", false, "") // in the namespace already: make the connections
	parse(flags, args)
	if *inside {
		return connectAll(*n)
	}
	if *name == "" {
		return errors.New("no file named: say -o FILE")
	}
	return recordTo(*name, *n)
}

// errNotRoot says why a capture cannot be recorded.
var errNotRoot = errors.New("recording it takes root")

// recordTo records so many connections.
func recordTo(name string, connections int) (err error) {
	if os.Geteuid() != 0 {
		return errNotRoot
	}
	ns := fmt.Sprintf("lastack-bench-%d", os.Getpid())
	if err := sh("ip", "netns", "add", ns); err != nil {
		return fmt.Errorf("cannot make a network namespace: %w", err)
	}
	defer func() { err = errors.Join(err, sh("ip", "netns", "delete", ns)) }()
	// No larger frames than a wire has, and no segments that a card would cut up.
	for _, setting := range [][]string{
		{"ip", "link", "set", "lo", "mtu", "1500", "gso_max_size", "1500", "gso_max_segs", "1", "up"},
		{"ip", "route", "add", "local", "10.0.0.0/8", "dev", "lo"},
		{"sysctl", "-qw", "net.core.somaxconn=65535"},
	} {
		if err := sh(append([]string{"ip", "netns", "exec", ns}, setting...)...); err != nil {
			return err
		}
	}
	capture := exec.Command("ip", "netns", "exec", ns, "tcpdump", "-i", "lo", "-B", "262144", "-w", name, "tcp")
	capture.Stderr = os.Stderr
	if err := capture.Start(); err != nil {
		return fmt.Errorf("cannot run tcpdump: %w", err)
	}
	time.Sleep(time.Second) // until it listens; it does not say when
	self, err := os.Executable()
	if err == nil {
		err = sh("ip", "netns", "exec", ns, self, "record", "-inside", "-connections", strconv.Itoa(connections))
	}
	time.Sleep(time.Second) // until the last packets are in the file's buffer
	return errors.Join(err, capture.Process.Signal(os.Interrupt), capture.Wait())
}

// sh runs a command.
func sh(args ...string) error {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%v: %w", args, err)
	}
	return nil
}

const (
	request   = 120
	response  = 4096
	atOnce    = 64
	addresses = 1000 // of clients: so many that no port comes again soon
)

// connectAll serves and makes the connections.
func connectAll(n int) error {
	listener, err := net.Listen("tcp", "10.2.0.1:80")
	if err != nil {
		return err
	}
	defer listener.Close()
	go serve(listener)
	next := make(chan int)
	failed := make(chan error, atOnce)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for i := range next {
				if err := connect(i % addresses); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	close(failed)
	return <-failed
}

func serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // closed
		}
		go func() {
			defer c.Close()
			if _, err := io.ReadFull(c, make([]byte, request)); err == nil {
				c.Write(make([]byte, response)) // a client that is gone needs no answer
			}
		}()
	}
}

// connect makes one connection from the address of a client. The server closes first.
func connect(client int) error {
	from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(client >> 8), byte(client)}), 0)
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(from)}
	c, err := dialer.Dial("tcp", "10.2.0.1:80")
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write(make([]byte, request)); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, c)
	return err
}
