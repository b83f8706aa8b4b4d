package world

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// KillOwner gives the socket to a process of its own and kills that process with SIGKILL, so that
// the kernel closes the socket as it does for any process that dies.
func (s *Socket) KillOwner() error {
	fd, err := unix.Dup(s.fd)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), "socket")
	defer f.Close()
	owner := exec.Command("sleep", "60")
	owner.ExtraFiles = []*os.File{f}
	if err := owner.Start(); err != nil {
		return fmt.Errorf("no process to kill: %w", err)
	}
	if err := errors.Join(f.Close(), s.release()); err != nil {
		return err
	}
	if err := owner.Process.Kill(); err != nil {
		return err
	}
	s.note("killed with SIGKILL", nil)
	_ = owner.Wait() // it was killed: that is its exit status
	return nil
}
