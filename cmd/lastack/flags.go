package main

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/run"
	"github.com/lastack/lastack/internal/sysctl"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/report"
)

// options are the flags that analyze and live have in common, as typed.
type options struct {
	outputs     []string
	format      string
	verbose     bool
	severity    string
	codes       []string
	conn        string
	segments    bool
	maxFindings int
	color       string
	ascii       bool
	failOn      string

	stack          string
	sysctls        []string
	sysctlFiles    []string
	portRange      string
	closeWait      time.Duration
	maxConnections int

	unused []string // what config found to have no effect, for messages
}

// defaultMaxFindings is how many findings of one code a text shows: enough to see a pattern, few enough to read.
const defaultMaxFindings = 20

// severityNames are what --severity and --fail-on take.
var severityNames = []string{findings.Info.String(), findings.Notice.String(), findings.Warning.String(), findings.Error.String()}

// stacks are what --stack takes.
var stacks = map[string]fsm.Stack{"linux": fsm.Linux, "rfc9293": fsm.RFC9293}

func (o *options) addTo(cmd *cobra.Command) {
	out := pflag.NewFlagSet("report", pflag.ContinueOnError)
	out.StringArrayVarP(&o.outputs, "output", "o", nil, "write to `FILE`, as its name says (.txt .ndjson); may be repeated")
	out.StringVar(&o.format, "format", formatText, "format `NAME` on standard output: "+strings.Join(formats, ", "))
	out.BoolVarP(&o.verbose, "verbose", "v", false, "every connection too, and findings of severity info")
	out.StringVar(&o.severity, "severity", "", "mildest `LEVEL` shown: info, notice (default for text), warning, error")
	out.StringSliceVar(&o.codes, "code", nil, "only findings of `CODE`; may be repeated")
	out.StringVar(&o.conn, "conn", "", "only connection `NUMBER` (C3), in a text with all its segments")
	out.BoolVar(&o.segments, "segments", false, "segment records too (ndjson)")
	out.IntVar(&o.maxFindings, "max-findings", defaultMaxFindings, "`MOST` findings of one code in a text; 0 is all")
	out.StringVar(&o.color, "color", "auto", "use colour `WHEN`: "+strings.Join(colorModes, ", "))
	out.BoolVar(&o.ascii, "ascii", false, "no other characters than ASCII")
	out.StringVar(&o.failOn, "fail-on", "", "exit with status 1 if there is a finding of this `LEVEL` or worse")
	grouped(cmd, "What is reported:", out)

	hosts := pflag.NewFlagSet("hosts", pflag.ContinueOnError)
	hosts.StringArrayVar(&o.sysctls, "sysctl", nil, "what one host or all had set, as `[ADDR:]KEY=VALUE`; may be repeated")
	hosts.StringArrayVar(&o.sysctlFiles, "sysctl-file", nil, "the same from sysctl -a, in `[ADDR:]FILE`; may be repeated")
	hosts.StringVar(&o.stack, "stack", "linux", "rules that the endpoints follow, by `NAME`: linux, rfc9293")
	hosts.StringVar(&o.portRange, "port-range", "", "local ports for connects, `LOW-HIGH` (default 32768-60999)")
	hosts.DurationVar(&o.closeWait, "close-wait", time.Minute, "how much `TIME` in CLOSE-WAIT counts as a leak")
	hosts.IntVar(&o.maxConnections, "max-connections", track.DefaultMaxConnections,
		"follow at `MOST` so many at once; beyond, the longest idle one is reported early")
	grouped(cmd, "What the hosts were like:", hosts)
	o.complete(cmd)
}

// complete tells the shells what the flags take.
func (o *options) complete(cmd *cobra.Command) {
	for name, values := range map[string][]string{"format": formats, "severity": severityNames, "fail-on": severityNames,
		"color": colorModes, "stack": {"linux", "rfc9293"}, "code": codes()} {
		// The only error is a flag that does not exist, or that was registered before.
		if err := cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err)
		}
	}
}

// config makes a run's configuration of what was typed, except for its source and its sink.
func (o *options) config() (run.Config, error) {
	var cfg run.Config
	stack, ok := stacks[o.stack]
	if !ok {
		return cfg, fmt.Errorf("--stack %s: want linux or rfc9293", o.stack)
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
	cfg.Track = track.Config{Stack: stack, Hosts: hosts, MaxConnections: o.maxConnections}
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

func codes() []string {
	var all []string
	for _, r := range findings.Catalogue() {
		all = append(all, r.Code)
	}
	slices.Sort(all)
	return all
}

func unknownCode(code string) error {
	if like := findings.Nearest(code); like != "" {
		return fmt.Errorf("no finding is called %q; did you mean %s?", code, like)
	}
	return fmt.Errorf("no finding is called %q; 'lastack explain' lists them", code)
}
