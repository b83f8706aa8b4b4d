package world

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// ringKB is tcpdump's buffer: the usual one holds eight packets in immediate mode, whatever their
// size.
const ringKB = "65536"

// DumpArgs gives the arguments of the tcpdumps.
func (c *Config) DumpArgs() []string {
	args := []string{"-i", c.Tcpdump, "-n", "--immediate-mode", "-B", ringKB, "-Z", "root"}
	if c.Snap > 0 {
		args = append(args, "-s", fmt.Sprint(c.Snap))
	}
	return args
}

// dump is a running tcpdump.
type dump struct {
	host    *Host
	file    string
	twice   bool // it has each packet twice
	command *exec.Cmd
	said    chan string // its last words, once it has ended
}

// startDump starts a tcpdump on a host and waits until it listens.
func startDump(h *Host, args []string, dir string) (*dump, error) {
	d := &dump{host: h, file: filepath.Join(dir, h.Name+".pcap"), said: make(chan string, 1)}
	d.command = exec.Command("tcpdump", append(args, "-w", d.file, "tcp")...)
	says, err := d.command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := h.ns.do(d.command.Start); err != nil {
		return nil, fmt.Errorf("no tcpdump: %w", err)
	}
	lines := bufio.NewScanner(says)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "listening on") {
			go d.listen(lines)
			return d, nil
		}
	}
	return nil, fmt.Errorf("tcpdump did not start: %w", d.command.Wait())
}

// listen takes what tcpdump says when it ends.
func (d *dump) listen(lines *bufio.Scanner) {
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
	}
	d.said <- strings.Join(said, "; ")
}

// stop ends the tcpdump, which then writes what it still holds, and makes sure that it lost
// nothing.
func (d *dump) stop() error {
	if d.command.ProcessState != nil {
		return nil // it was stopped before
	}
	if err := d.command.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	said := <-d.said
	if err := d.command.Wait(); err != nil {
		return err
	}
	if !strings.Contains("; "+said, "; 0 packets dropped by kernel") {
		return fmt.Errorf("tcpdump lost packets: %s", said)
	}
	return nil
}

// traceLag is how long the kernel's events may take to be heard on a busy machine.
const traceLag = 300 * time.Millisecond

// stopDumps ends all of them, and waits until the events of what they recorded have been heard.
func (w *World) stopDumps() (err error) {
	if len(w.dumps) == 0 {
		return nil
	}
	for _, d := range w.dumps {
		err = errors.Join(err, d.stop())
	}
	time.Sleep(traceLag)
	return err
}
