package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/run"
	"github.com/lastack/lastack/internal/sysctl"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/report"
)

// config makes a run's configuration of what was typed, except for its source and its sink.
func (o *options) config() (run.Config, error) {
	var cfg run.Config
	stacks, err := parseStacks(o.stacks)
	if err != nil {
		return cfg, err
	}
	hosts, err := o.hosts()
	if err != nil {
		return cfg, err
	}
	if o.maxConnections < 1 {
		return cfg, fmt.Errorf("--max-connections %d: want at least 1", o.maxConnections)
	}
	if o.closeWait <= 0 {
		return cfg, fmt.Errorf("--close-wait %s: want more than nothing", o.closeWait)
	}
	if o.why && !o.segments {
		return cfg, errors.New("--why is about segment records: it needs --segments and --format ndjson; " +
			"'lastack why CONN FRAME FILE' tells of one segment")
	}
	cfg.Why = o.why
	cfg.Track = track.Config{Stacks: stacks, Hosts: hosts, MaxConnections: o.maxConnections}
	cfg.Findings = findings.Config{Hosts: hosts, CloseWait: o.closeWait}
	cfg.Select, err = o.selection()
	return cfg, err
}

func (o *options) hosts() (fsm.Hosts, error) {
	var s sysctl.Settings
	if o.portRange != "" {
		if err := s.Add("ip_local_port_range=" + strings.Replace(o.portRange, "-", " ", 1)); err != nil {
			return fsm.Hosts{}, fmt.Errorf("--port-range %s: want LOW-HIGH, such as 32768-60999", o.portRange)
		}
	}
	for _, arg := range o.sysctlFiles {
		addr, name := sysctl.CutFile(arg)
		if err := addSysctlFile(&s, addr, name); err != nil {
			return fsm.Hosts{}, fmt.Errorf("--sysctl-file: %w", err)
		}
	}
	for _, arg := range o.sysctls {
		if err := s.Add(arg); err != nil {
			return fsm.Hosts{}, fmt.Errorf("--sysctl: %w", err)
		}
	}
	o.unused = s.Unused()
	return s.Hosts(), nil
}

func addSysctlFile(s *sysctl.Settings, addr netip.Addr, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return s.AddFile(addr, name, f)
}

func (o *options) selection() (run.Selection, error) {
	s := run.Selection{Codes: o.codes}
	if o.maxFindings < 0 {
		return s, fmt.Errorf("--max-findings %d: want at least 1, or 0 for all", o.maxFindings)
	}
	for _, c := range o.codes {
		if findings.Lookup(c) == nil {
			return s, fmt.Errorf("--code: %w", unknownCode(c))
		}
	}
	if o.conn != "" {
		id, err := parseConn(o.conn)
		if err != nil {
			return s, err
		}
		s.Conn = id
	}
	if _, ok := diagrams[o.diagram]; !ok {
		return s, fmt.Errorf("--diagram %s: want mermaid or text", o.diagram)
	}
	var err error
	if o.severity != "" {
		if s.MinSeverity, err = report.ParseSeverity(o.severity); err != nil {
			return s, fmt.Errorf("--severity: %w", err)
		}
	}
	if o.failOn != "" {
		if _, err = report.ParseSeverity(o.failOn); err != nil {
			return s, fmt.Errorf("--fail-on: %w", err)
		}
	}
	return s, nil
}

// scope names the flags that restrict what is reported.
func (o *options) scope() string {
	var flags []string
	if o.conn != "" {
		flags = append(flags, "--conn "+o.conn)
	}
	for _, c := range o.codes {
		flags = append(flags, "--code "+c)
	}
	if s, err := report.ParseSeverity(o.severity); err == nil && s > findings.Notice { // stricter than a report for people is anyway
		flags = append(flags, "--severity "+o.severity)
	}
	return strings.Join(flags, " ")
}

// parseConn reads "C3", "c3" or "3".
func parseConn(arg string) (report.ConnID, error) {
	var id report.ConnID
	if _, err := strconv.Atoi(arg); err == nil {
		arg = "C" + arg
	}
	if err := id.UnmarshalText([]byte(arg)); err != nil {
		return 0, fmt.Errorf("--conn %s: want a connection's number, such as C3; -v lists them", arg)
	}
	return id, nil
}

// minText is the mildest severity that a text shows.
func (o *options) minText() findings.Severity {
	if s, err := report.ParseSeverity(o.severity); err == nil {
		return s
	}
	if o.verbose {
		return findings.Info
	}
	return findings.Notice
}

// fails reports whether the findings make the run fail.
func (o *options) fails(r run.Result) bool {
	limit, err := report.ParseSeverity(o.failOn)
	return err == nil && r.Any && r.Worst >= limit
}
