package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lastack/lastack/internal/nearest"
)

// app is the program's surroundings.
type app struct {
	in, out, err *os.File
	env          func(string) string
	args         []string // the command line, for hints that repeat it
}

// The exit statuses. A run that was cut short says so even when findings were asked to fail it.
const (
	exitOK         = 0
	exitFindings   = 1 // findings at or above --fail-on
	exitUsage      = 2 // a wrong command line, or an output that cannot be written
	exitIncomplete = 3 // the input could not be read to its end
)

// statusError is an error that decides the exit status. Without a message there is nothing to
// print.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *statusError) Unwrap() error { return e.err }

// usageError marks what the user typed wrong, with where to read how it is right.
type usageError struct {
	cmd *cobra.Command
	err error
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%v\nSee '%s --help'.", e.err, e.cmd.CommandPath())
}

func (e *usageError) Unwrap() error { return e.err }

func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{cmd, fmt.Errorf(format, args...)}
}

// start runs the program and gives its exit status.
func start(a *app, args []string) int {
	root := newRoot(a)
	a.args = withCommand(root, args)
	root.SetArgs(a.args)
	err := root.ExecuteContext(context.Background())
	if err == nil {
		return exitOK
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(a.err, "lastack: "+text)
	}
	var s *statusError
	if errors.As(err, &s) {
		return s.status
	}
	return exitUsage
}

// withCommand puts in the command that may be left out: lastack FILE... is lastack analyze FILE...
func withCommand(root *cobra.Command, args []string) []string {
	if len(args) == 0 || slices.Contains([]string{"-h", "--help", "--version"}, args[0]) || isCommand(root, args[0]) {
		return args
	}
	return append([]string{"analyze"}, args...)
}

func isCommand(root *cobra.Command, name string) bool {
	for _, c := range root.Commands() {
		if c.Name() == name || c.HasAlias(name) {
			return true
		}
	}
	return name == cobra.ShellCompRequestCmd || name == cobra.ShellCompNoDescRequestCmd
}

// mistypedCommand gives the command that somebody may have meant by what was taken for a file.
func mistypedCommand(root *cobra.Command, name string) string {
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return nearest.To(name, names)
}
