package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// command is something to measure: a program and its arguments. Of several, the times are added up.
type command [][]string

// result is what a command took.
type result struct {
	wall, cpu time.Duration
	rss       int64 // the most memory it had, bytes
}

// once runs a command on so many cores, with the files that it reads in the page cache: some
// machines let go of what nobody has read for a while.
func (c command) once(cores int) (result, error) {
	var sum result
	for _, args := range c {
		for _, arg := range args[1:] {
			if st, err := os.Stat(arg); err != nil || !st.Mode().IsRegular() {
				continue
			}
			if err := read(arg); err != nil {
				return sum, err
			}
		}
		one, err := runOn(cores, args)
		if err != nil {
			return sum, err
		}
		sum.wall += one.wall
		sum.cpu += one.cpu
		sum.rss = max(sum.rss, one.rss)
	}
	return sum, nil
}

// runOn runs a program on so many cores. What it prints is thrown away.
func runOn(cores int, args []string) (result, error) {
	cmd := exec.Command("taskset", append([]string{"-c", "0-" + strconv.Itoa(cores-1)}, args...)...)
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return result{}, fmt.Errorf("%v: %w", args, err)
	}
	r := result{wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.rss = usage.Maxrss * 1024
	}
	return r, nil
}

// installed reports whether all programs of a command are there.
func (c command) installed() bool {
	for _, args := range c {
		if _, err := exec.LookPath(args[0]); err != nil {
			return false
		}
	}
	return true
}

// slow is from when a command is run only once.
const slow = 8 * time.Second

// sideBySide runs commands in turn, so that whatever else the machine does meets all of them, and
// gives the median of each.
func sideBySide(rounds, cores int, commands ...command) ([]result, error) {
	all := make([][]result, len(commands))
	for range rounds {
		for i, c := range commands {
			if n := len(all[i]); n > 0 && all[i][0].wall > slow {
				continue
			}
			r, err := c.once(cores)
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], r)
		}
	}
	out := make([]result, len(commands))
	for i, rs := range all {
		out[i] = median(rs)
	}
	return out, nil
}

// median gives the run whose wall time is in the middle.
func median(rs []result) result {
	slices.SortFunc(rs, func(a, b result) int { return int(a.wall - b.wall) })
	return rs[len(rs)/2]
}

// lastack builds the program and gives its path.
func lastack(dir string) (string, error) {
	path := dir + "/lastack"
	cmd := exec.Command("go", "build", "-o", path, "./cmd/lastack")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", errors.Join(errors.New("cannot build lastack: run this in the project's directory"), err)
	}
	return path, nil
}
