package trace

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

const mountPoint = "/sys/kernel/tracing"

// mount makes sure that tracefs is there: nothing mounts it at boot where no init system runs, as
// in a container or a small VM.
func mount() error {
	if _, err := os.Stat(tracefs); !errors.Is(err, os.ErrNotExist) {
		return nil // there, or not to be seen by this user, which reading a format says
	}
	if err := unix.Mount("tracefs", mountPoint, "tracefs", 0, ""); err != nil {
		return fmt.Errorf("tracefs is not mounted at %[1]s (mount -t tracefs tracefs %[1]s, as root): %[2]w", mountPoint, err)
	}
	return nil
}
