package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/lastack/lastack/internal/traffic"
)

// Names of the captures to measure with.
const (
	short       = "short.pcap"       // 480,000 short connections, 6.24 million packets, full frames
	shortCut    = "short96.pcap"     // the same, 96 bytes kept
	keptAlive   = "kept96.pcap"      // 80,000 connections of ten requests, 6.08 million packets, 96 bytes kept
	lossy       = "lossy96.pcap"     // shortCut, but one connection of ten sends something again
	kernel      = "kernel.pcap"      // 200,000 connections of this machine's kernel, 2.8 million packets, full frames
	bulk        = "bulk.pcap"        // 8 connections, 3 million packets, full frames
	shortNg     = "short.pcapng"     // short
	shortGzip   = "short96.pcap.gz"  // shortCut
	shortZstd   = "short96.pcap.zst" // shortCut
	tenth       = "tenth.pcap"       // a tenth of short, for tools that take long
	long        = "long96.pcap"      // ten times short, 96 bytes kept
	flood       = "flood.pcap"       // SYNs of 10 million four-tuples, 96 bytes kept
	connections = 480_000
	recorded    = 200_000
	kept        = 96
)

// captures are the files in a directory, made when they are asked for.
type captures struct {
	dir   string
	scale int    // all sizes are divided by it
	real  string // recorded from real hosts, to take in place of short; "" for none
	warm  map[string]bool
}

// made says what each capture consists of.
func (c *captures) made(name string) (traffic.Config, bool) {
	cfg, ok := map[string]traffic.Config{
		short:     {Kind: traffic.Short, Connections: connections},
		shortCut:  {Kind: traffic.Short, Connections: connections, SnapLen: kept},
		shortNg:   {Kind: traffic.Short, Connections: connections, Format: traffic.Pcapng},
		tenth:     {Kind: traffic.Short, Connections: connections / 10},
		long:      {Kind: traffic.Short, Connections: connections * 10, SnapLen: kept},
		keptAlive: {Kind: traffic.Short, Connections: connections / 6, Requests: 10, SnapLen: kept},
		lossy:     {Kind: traffic.Short, Connections: connections, SnapLen: kept, Lossy: 10},
		bulk:      {Kind: traffic.Bulk, Connections: 8, Packets: 3_000_000},
		flood:     {Kind: traffic.Flood, Connections: 10_000_000, SnapLen: kept},
	}[name]
	if cfg.Kind != traffic.Bulk {
		cfg.Connections = max(1, cfg.Connections/c.scale)
	}
	cfg.Packets /= c.scale
	return cfg, ok
}

// has reports whether there is a capture of that name.
func (c *captures) has(name string) bool {
	_, ok := c.made(name)
	return ok || name == kernel || name == shortGzip || name == shortZstd
}

// get gives the path of a capture that is there, and in the page cache.
func (c *captures) get(name string) (string, error) {
	path := filepath.Join(c.dir, name)
	if name == short && c.real != "" {
		path = c.real
	} else if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(os.Stderr, "making %s\n", path)
		if err := c.make(name, path); err != nil {
			return "", err
		}
	}
	if c.warm[path] {
		return path, nil
	}
	c.warm[path] = true
	return path, warm(path)
}

func (c *captures) make(name, path string) error {
	if cfg, ok := c.made(name); ok {
		return write(path, cfg)
	}
	if name == kernel {
		return recordTo(path, recorded/c.scale)
	}
	from, err := c.get(shortCut)
	if err != nil {
		return err
	}
	tool := map[string][]string{shortGzip: {"gzip", "-c", from}, shortZstd: {"zstd", "-q", "-c", from}}[name]
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(tool[0], tool[1:]...)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	if err := cmd.Run(); err != nil {
		os.Remove(path)
		return fmt.Errorf("%s: %w", tool[0], err)
	}
	return nil
}

// warm reads a file twice, so that measurements read it from memory.
func warm(path string) error {
	for range 2 {
		if err := read(path); err != nil {
			return err
		}
	}
	return nil
}

// read reads a file and throws away what it has.
func read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(io.Discard, f)
	return err
}
