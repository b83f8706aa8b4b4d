package world

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// namespace is a network namespace with the one thread that lives in it. The kernel removes it when
// the thread has ended and the last socket made in it is closed.
type namespace struct {
	work chan func()
	quit chan struct{}

	thread int // the thread's number, by which other programs find the namespace
}

// errClosed says that the namespace's thread has ended.
var errClosed = errors.New("the host is gone")

// newNamespace makes an empty network namespace.
func newNamespace() (*namespace, error) {
	ns := &namespace{work: make(chan func()), quit: make(chan struct{})}
	ready := make(chan error)
	go func() {
		// Never unlocked: the thread belongs to the namespace and must end with it.
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			ready <- fmt.Errorf("cannot make a network namespace (root, or CAP_SYS_ADMIN, needed): %w", err)
			return
		}
		ns.thread = unix.Gettid()
		ready <- nil
		for {
			select {
			case f := <-ns.work:
				f()
			case <-ns.quit:
				return
			}
		}
	}()
	return ns, <-ready
}

// do runs f in the namespace and waits for it.
func (ns *namespace) do(f func() error) error {
	done := make(chan error, 1)
	select {
	case ns.work <- func() { done <- f() }:
		return <-done
	case <-ns.quit:
		return errClosed
	}
}

// close ends the namespace's thread.
func (ns *namespace) close() { close(ns.quit) }
