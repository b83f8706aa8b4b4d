package scenario

import (
	"bufio"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/world"
)

// tcpdumped are recordings by a real tcpdump on the kernel's own devices, offloads on. They have no truth file: there is
// no wire of the lab's to tell which packet became which.
var tcpdumped = []Scenario{
	{Name: "tcpdump-any", Title: "tcpdump -i any on a host with a bridge: each packet twice", Variations: []Variation{
		{Name: "ipv4", Kind: "any"}, {Name: "ipv6", Kind: "any", IPv6: true},
	}, Record: recordTcpdump},
	{Name: "tcpdump-ethernet", Title: "tcpdump on an Ethernet device with offloads on", Variations: []Variation{
		{Name: "ipv4", Kind: "eth0"}, {Name: "ipv6-snap-128", Kind: "eth0", IPv6: true},
	}, Record: recordTcpdump},
}

// tcpdumpBulk is enough for the kernel to hand superframes to the device.
const tcpdumpBulk = 40_000

// ringKB is tcpdump's buffer: the usual one holds eight packets in immediate mode, whatever their size.
const ringKB = "65536"

func recordTcpdump(v Variation, initiator, responder netip.Addr, dir string) (_ *lab.Meta, err error) {
	lan, err := world.NewLAN(initiator, responder, v.Kind == "any")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, lan.Close()) }()
	args := []string{"-i", v.Kind, "-n", "--immediate-mode", "-B", ringKB, "-Z", "root"}
	if strings.HasSuffix(v.Name, "snap-128") {
		args = append(args, "-s", "128")
	}
	m := &lab.Meta{Params: map[string]string{"tcpdump": strings.Join(args, " ")}}
	var dumps []*dump
	for _, h := range []*world.Host{lan.Initiator, lan.Responder} {
		d, err := startDump(h, args, filepath.Join(dir, h.Name+".pcap"))
		if err != nil {
			return nil, err
		}
		dumps = append(dumps, d)
		m.Captures = append(m.Captures, h.Name+".pcap")
	}
	err = transferOver(lan)
	time.Sleep(settle)
	for _, d := range dumps {
		err = errors.Join(err, d.stop())
	}
	m.Known = []string{"the applications sent and read everything and closed in good order"}
	m.Clean = true
	m.Never = []string{"retransmission-burst", "fin-retransmitted", "last-ack-lost", "syn-retransmitted"}
	m.Expect = []string{"superframe", "checksum-offload"}
	if v.Kind == "any" {
		m.ExpectAt = map[string][]string{lab.Initiator: {"duplicate-packets"}}
		m.Clean = false
	}
	m.Note = fmt.Sprintf("The responder sent %d bytes, both sides closed, and nothing was lost. tcpdump recorded it on both hosts.",
		tcpdumpBulk)
	return m, err
}

// transferOver opens a connection, sends the bulk from the responder, and closes in good order.
func transferOver(lan *world.LAN) error {
	l, err := lan.Responder.Listen(serverPort, 4)
	if err != nil {
		return err
	}
	client, err := lan.Initiator.Connect(clientPort, l.Local())
	if err != nil {
		return err
	}
	server, err := l.Accept()
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return client.Write(100) },
		func() error { return server.Read(100) },
		func() error { return server.Write(tcpdumpBulk) },
		func() error { return client.Read(tcpdumpBulk) },
		client.Close,
		func() error { _, err := server.ReadEnd(soon); return err },
		server.Close,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// dump is a running tcpdump.
type dump struct {
	command *exec.Cmd
	said    chan string // its last words, once it has ended
}

// startDump starts a tcpdump on a host and waits until it listens.
func startDump(h *world.Host, args []string, file string) (*dump, error) {
	c := exec.Command("tcpdump", append(args, "-w", file, "tcp")...)
	says, err := c.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := h.Start(c); err != nil {
		return nil, fmt.Errorf("no tcpdump: %w", err)
	}
	lines := bufio.NewScanner(says)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "listening on") {
			d := &dump{c, make(chan string, 1)}
			go func() {
				var said []string
				for lines.Scan() {
					said = append(said, lines.Text())
				}
				d.said <- strings.Join(said, "; ")
			}()
			return d, nil
		}
	}
	return nil, fmt.Errorf("tcpdump did not start: %w", c.Wait())
}

// stop ends the tcpdump, which then writes what it still holds, and makes sure that it lost nothing.
func (d *dump) stop() error {
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
