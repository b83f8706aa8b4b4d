package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lastack/lastack/internal/bundle"
	"github.com/lastack/lastack/report"
)

// ticketFiles are the reports in a bundle.
var ticketFiles = []string{"ticket.md", "report.html", "evidence.pcapng", "findings.ndjson"}

// ticketOptions are the flags of the ticket command, as typed.
type ticketOptions struct {
	options
	in reading
	to string
}

func newTicket(a *app) *cobra.Command {
	t := ticketOptions{options: options{format: formatText, color: "never"}}
	cmd := &cobra.Command{
		Use:   "ticket [flags] FILE... -o BUNDLE",
		Short: "Make a bundle for an incident ticket",
		Long: `Analyze captures and pack what a ticket needs: ticket.md for the ticket's text,
report.html to look closer, evidence.pcapng with the packets for Wireshark, findings.ndjson
for programs, and manifest.json, which says what they were made of. The same input and the
same flags give the same bundle, byte for byte.`,
		Example: `  lastack ticket incident.pcap -o incident.zip
  lastack ticket incident.pcap --finding F3 -o incident.zip
  lastack ticket incident.pcap --conn C12 -o incident.d`,
		GroupID: groupCapture,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.ticket(cmd, &t, args)
		},
	}
	t.addTicket(cmd)
	return cmd
}

func (t *ticketOptions) addTicket(cmd *cobra.Command) {
	set := pflag.NewFlagSet("ticket", pflag.ContinueOnError)
	set.StringVarP(&t.to, "output", "o", "", "write to `BUNDLE`: an archive if it ends in .zip, else a directory")
	set.StringVar(&t.finding, "finding", "", "only finding `NUMBER` (F3) and its connection")
	set.StringVar(&t.conn, "conn", "", "only connection `NUMBER` (C12)")
	set.StringSliceVar(&t.codes, "code", nil, "only findings of `CODE`; may be repeated")
	set.StringVar(&t.severity, "severity", "", "mildest `LEVEL` told: info, notice (default), warning, error")
	set.IntVar(&t.maxFindings, "max-findings", defaultMaxFindings, "`MOST` findings of one code that are told; 0 is all")
	set.StringVar(&t.diagram, "diagram", "mermaid", "draw segments in Markdown `AS`: mermaid, text")
	t.in.addTo(set)
	grouped(cmd, "What is in the ticket:", set)
	complete(cmd, map[string][]string{"diagram": {"mermaid", "text"}, "severity": severityNames, "code": codes()})
	t.addEvidence(cmd)
	t.redaction.addTo(cmd)
	t.addHosts(cmd)
}

// ticket analyzes captures into a bundle.
func (a *app) ticket(cmd *cobra.Command, t *ticketOptions, names []string) error {
	if err := t.check(names); err != nil {
		return &usageError{cmd, err}
	}
	typed := slices.Clone(a.args)
	a.args[0] = "analyze" // what hints repeat: the findings are listed by that
	if err := a.choose(cmd, t, names); err != nil {
		return err
	}
	dir, remove, err := t.workplace()
	if err != nil {
		return &statusError{exitUsage, err}
	}
	if t.zipped() {
		defer remove()
	}
	for _, name := range ticketFiles {
		t.outputs = append(t.outputs, filepath.Join(dir, name))
	}
	analyzed := a.analyze(cmd, &t.options, names, t.in)
	if analyzed != nil && !(isIncomplete(analyzed) && hasReports(dir)) {
		remove()
		return analyzed
	}
	if t.redaction.on {
		typed = []string{"ticket", "--redact", "FILE"}
	}
	if err := t.pack(dir, names, typed, analyzed != nil); err != nil {
		return &statusError{exitUsage, fmt.Errorf("cannot write the ticket: %w", err)}
	}
	return analyzed
}

// check refuses what cannot become a ticket.
func (t *ticketOptions) check(names []string) error {
	switch {
	case len(names) == 0:
		return errors.New("name a capture file")
	case t.to == "":
		return errors.New("name the bundle with -o, such as -o incident.zip")
	case t.finding != "" && t.conn != "":
		return errors.New("--finding and --conn exclude each other")
	}
	if i := slices.IndexFunc(names, isPipe); i >= 0 {
		return fmt.Errorf("%s: a ticket is made of files, because they are read more than once", names[i])
	}
	return nil
}

// isIncomplete reports whether an error only says that the input could not be read to its end.
// Unless nothing could be read at all, there is a report all the same.
func isIncomplete(err error) bool {
	var s *statusError
	return errors.As(err, &s) && s.status == exitIncomplete
}

// hasReports reports whether the analysis came so far that it began to write.
func hasReports(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, ticketFiles[0]))
	return err == nil
}

func (t *ticketOptions) zipped() bool { return strings.EqualFold(filepath.Ext(t.to), ".zip") }

// workplace gives the directory that the reports are written to: the bundle itself unless it is an
// archive. remove takes away what was made for it, as far as nothing else is in there.
func (t *ticketOptions) workplace() (dir string, remove func(), err error) {
	if t.zipped() {
		dir, err := os.MkdirTemp("", "lastack-ticket-")
		return dir, func() { os.RemoveAll(dir) }, err
	}
	entries, err := os.ReadDir(t.to)
	if err == nil && len(entries) > 0 {
		return "", nil, fmt.Errorf("-o %s: there are files in it already", t.to)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", nil, fmt.Errorf("-o: %w", err)
	}
	made := missing(t.to)
	remove = func() {
		for _, d := range made {
			os.Remove(d) // fails unless it is empty
		}
	}
	return t.to, remove, os.MkdirAll(t.to, 0o755)
}

// missing lists a directory and those above it that do not exist, the innermost first.
func missing(dir string) (all []string) {
	for dir = filepath.Clean(dir); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			return all
		}
		all = append(all, dir)
	}
}

// pack writes the manifest, and the archive if it is to be one. incomplete says that not all inputs
// could be read.
func (t *ticketOptions) pack(dir string, inputs, typed []string, incomplete bool) error {
	m := bundle.Manifest{Version: version, Command: append([]string{"lastack"}, typed...)}
	for i, name := range inputs {
		called := filepath.Base(name)
		if t.redaction.on {
			called = fmt.Sprintf("input %d", i+1)
		}
		f, err := bundle.Describe(name, called)
		if err != nil && incomplete {
			continue // it could not be read to be analyzed either, which the reports say
		}
		if err != nil {
			return err
		}
		m.Inputs = append(m.Inputs, f)
	}
	if err := setSpan(&m, filepath.Join(dir, "findings.ndjson")); err != nil {
		return err
	}
	if err := bundle.Complete(dir, ticketFiles, &m); err != nil {
		return err
	}
	if !t.zipped() {
		return nil
	}
	out, err := os.Create(t.to)
	if err != nil {
		return err
	}
	all := append(slices.Clone(ticketFiles), bundle.ManifestName)
	return errors.Join(bundle.Zip(out, dir, all), out.Close())
}

// setSpan takes the capture's time range over from the bundle's own stream, in which it is redacted
// if all else is.
func setSpan(m *bundle.Manifest, stream string) error {
	in, err := os.Open(stream)
	if err != nil {
		return err
	}
	defer in.Close()
	var s storedStream
	s.Sink = report.Multi{}
	if err := report.Replay(in, &s); err != nil || s.summary == nil || s.summary.CaptureStart == 0 {
		return err
	}
	start, _ := s.summary.CaptureStart.MarshalText() // never fails
	end, _ := s.summary.CaptureEnd.MarshalText()
	m.CaptureStart, m.CaptureEnd = string(start), string(end)
	return nil
}
