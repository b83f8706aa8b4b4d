package main

import (
	"path/filepath"
	"slices"
)

// row is a comparison of the table.
type row struct {
	capture string
	what    string  // that lastack does, if not plain analyze
	against string  // as the table names it
	ours    command // captures are named here, and made when it is their turn
	theirs  command
	faster  bool    // the table has how many times faster lastack is, not the share of the other's time
	one     float64 // what is aimed at on one core; 0 for nothing
	two     float64 // on two
}

// tenFields are what tshark is asked for, of the fields that a segment record has.
var tenFields = []string{"frame.number", "frame.time_epoch", "ip.src", "tcp.srcport", "ip.dst", "tcp.dstport",
	"tcp.flags", "tcp.seq", "tcp.ack", "tcp.len"}

// rows are the comparisons that docs/benchmarks.md has.
func (b *bench) rows() []row {
	analyze := func(name string, flags ...string) command {
		return command{append(append([]string{b.lastack, "analyze"}, flags...), name)}
	}
	other := func(name string, args ...string) command {
		args = slices.Clone(args)
		args[slices.Index(args, "FILE")] = name
		return command{args}
	}
	out := func(name string) string { return filepath.Join(b.files.dir, name) }
	tcpdump := []string{"tcpdump", "-r", "FILE", "-w", "/dev/null"}
	fields := []string{"tshark", "-r", "FILE", "-T", "fields"}
	for _, f := range tenFields {
		fields = append(fields, "-e", f)
	}
	versusTcpdump := func(name string, one, two float64) row {
		return row{capture: name, against: "tcpdump -w /dev/null", ours: analyze(name), theirs: other(name, tcpdump...), one: one, two: two}
	}
	return []row{
		versusTcpdump(short, 1, 0.6),
		versusTcpdump(shortCut, 1.8, 1),
		versusTcpdump(keptAlive, 1.8, 1),
		versusTcpdump(lossy, 0, 0),
		versusTcpdump(kernel, 1, 0.6),
		versusTcpdump(bulk, 0.4, 0.3),
		{capture: short, against: "tcptrace -n", ours: analyze(short), theirs: other(short, "tcptrace", "-n", "FILE"),
			faster: true, one: 15, two: 25},
		{capture: tenth, against: "tshark -q -z conv,tcp", ours: analyze(tenth),
			theirs: other(tenth, "tshark", "-q", "-z", "conv,tcp", "-r", "FILE"), faster: true, one: 80, two: 150},
		{capture: tenth, against: "tshark -Y tcp.analysis.flags", ours: analyze(tenth),
			theirs: other(tenth, "tshark", "-Y", "tcp.analysis.flags", "-r", "FILE"), faster: true, one: 250, two: 400},
		{capture: shortNg, against: "the same as pcap", ours: analyze(shortNg), theirs: analyze(short), one: 1.1, two: 1.1},
		{capture: shortGzip, against: "pcap, and gzip -dc", ours: analyze(shortGzip),
			theirs: append(analyze(shortCut), other(shortGzip, "gzip", "-dc", "FILE")...), one: 1.2, two: 1.2},
		{capture: shortZstd, against: "pcap, and zstd -dc", ours: analyze(shortZstd),
			theirs: append(analyze(shortCut), other(shortZstd, "zstd", "-q", "-dc", "FILE")...), one: 1.2, two: 1.2},
		{capture: tenth, what: "--segments, NDJSON", against: "tshark -T fields, ten of them",
			ours: analyze(tenth, "--segments", "--format", "ndjson"), theirs: other(tenth, fields...), faster: true, one: 40, two: 40},
		{capture: short, what: "HTML", against: "text",
			ours: analyze(short, "-o", out("report.html")), theirs: analyze(short), one: 1.2, two: 1.2},
		{capture: short, what: "Markdown", against: "text",
			ours: analyze(short, "-o", out("report.md")), theirs: analyze(short), one: 1.2, two: 1.2},
	}
}
