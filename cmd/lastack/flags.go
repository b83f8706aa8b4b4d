package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/track"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/markdown"
)

// options are the flags that analyze and live have in common, as typed.
type options struct {
	outputs     []string
	format      string
	diagram     string
	slice       string
	allPackets  bool
	redaction   redaction
	verbose     bool
	severity    string
	codes       []string
	conn        string
	finding     string
	segments    bool
	why         bool
	maxFindings int
	color       string
	ascii       bool
	failOn      string

	stacks         []string
	sysctls        []string
	sysctlFiles    []string
	portRange      string
	closeWait      time.Duration
	maxConnections int

	only   *report.Only // what --finding selects, nil for everything
	unused []string     // what config found to have no effect, for messages
}

// defaultMaxFindings is how many findings of one code a text shows: enough to see a pattern, few
// enough to read.
const defaultMaxFindings = 20

// severityNames are what --severity and --fail-on take.
var severityNames = []string{findings.Info.String(), findings.Notice.String(), findings.Warning.String(), findings.Error.String()}

// diagrams are what --diagram takes.
var diagrams = map[string]markdown.Diagram{"mermaid": markdown.Mermaid, "text": markdown.Text}

func (o *options) addTo(cmd *cobra.Command) {
	o.addReport(cmd)
	o.addEvidence(cmd)
	o.redaction.addTo(cmd)
	o.addHosts(cmd)
}

// addReport adds the flags about what is reported, and how.
func (o *options) addReport(cmd *cobra.Command) {
	out := pflag.NewFlagSet("report", pflag.ContinueOnError)
	out.StringArrayVarP(&o.outputs, "output", "o", nil, "write to `FILE`, as its name says ("+extensions()+"); may be repeated")
	out.StringVar(&o.format, "format", formatText, "format `NAME` on standard output: "+strings.Join(formatNames(), ", "))
	out.StringVar(&o.diagram, "diagram", "mermaid", "draw segments in Markdown `AS`: mermaid, text")
	out.BoolVarP(&o.verbose, "verbose", "v", false, "every connection too, and findings of severity info")
	out.StringVar(&o.severity, "severity", "", "mildest `LEVEL` shown: info, notice (default for text), warning, error")
	out.StringSliceVar(&o.codes, "code", nil, "only findings of `CODE`; may be repeated")
	out.StringVar(&o.conn, "conn", "", "only connection `NUMBER` (C3), in a text with all its segments")
	out.BoolVar(&o.segments, "segments", false, "segment records too (ndjson)")
	out.BoolVar(&o.why, "why", false, "with --segments: how lastack came to what it says of each (ndjson)")
	out.IntVar(&o.maxFindings, "max-findings", defaultMaxFindings, "`MOST` findings of one code in a report for people; 0 is all")
	out.StringVar(&o.color, "color", "auto", "use colour `WHEN`: "+strings.Join(colorModes, ", "))
	out.BoolVar(&o.ascii, "ascii", false, "no other characters than ASCII")
	out.StringVar(&o.failOn, "fail-on", "", "exit with status 1 if there is a finding of this `LEVEL` or worse")
	grouped(cmd, "What is reported:", out)
	complete(cmd, map[string][]string{"format": formatNames(), "diagram": {"mermaid", "text"}, "severity": severityNames,
		"fail-on": severityNames, "color": colorModes, "code": codes()})
}

// addHosts adds the flags about the hosts that made the packets, and about how they are followed.
func (o *options) addHosts(cmd *cobra.Command) {
	hosts := pflag.NewFlagSet("hosts", pflag.ContinueOnError)
	hosts.StringArrayVar(&o.sysctls, "sysctl", nil, "what one host or all had set, as `[ADDR:]KEY=VALUE`; may be repeated")
	hosts.StringArrayVar(&o.sysctlFiles, "sysctl-file", nil, "the same from sysctl -a, in `[ADDR:]FILE`; may be repeated")
	hosts.StringSliceVar(&o.stacks, "stack", nil, "what hosts run, as `[ADDR=]NAME`, where it need not be guessed; may be repeated: "+
		strings.Join(fsm.StackNames(), ", "))
	hosts.StringVar(&o.portRange, "port-range", "", "local ports for connects, `LOW-HIGH` (default 32768-60999)")
	hosts.DurationVar(&o.closeWait, "close-wait", time.Minute, "how much `TIME` in CLOSE-WAIT counts as a leak")
	hosts.IntVar(&o.maxConnections, "max-connections", track.DefaultMaxConnections,
		"follow at `MOST` so many at once; beyond, one is reported early: closed first, then never opened, then the longest idle")
	grouped(cmd, "What the hosts were like:", hosts)
	complete(cmd, map[string][]string{"stack": fsm.StackNames()})
}

// complete tells the shells what flags take.
func complete(cmd *cobra.Command, flags map[string][]string) {
	for name, values := range flags {
		// The only error is a flag that does not exist, or that was registered before.
		if err := cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err)
		}
	}
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
	if have := codesWith(code); len(have) > 0 {
		return fmt.Errorf("no finding is called %q; did you mean one of %s?", code, strings.Join(have, ", "))
	}
	return fmt.Errorf("no finding is called %q; 'lastack explain' lists them", code)
}

// codesWith gives the codes that contain a word of three letters or more: fewer are in too many.
func codesWith(word string) []string {
	if len(word) < 3 {
		return nil
	}
	return slices.DeleteFunc(codes(), func(c string) bool { return !strings.Contains(c, strings.ToLower(word)) })
}
