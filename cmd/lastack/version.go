package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is the release that this is, or is to become.
const version = "0.1.0"

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version and how this program was built",
		GroupID: groupInfo,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.out, "lastack %s%s\n%s %s/%s, %s\n", version, revision(), runtime.Version(), runtime.GOOS,
				runtime.GOARCH, libpcap())
			return err
		},
	}
}

// revision gives the commit that was built, if the build recorded it.
func revision() string {
	commit := buildSetting("vcs.revision")
	if commit == "" {
		return ""
	}
	if buildSetting("vcs.modified") == "true" {
		return fmt.Sprintf(" (commit %.12s, modified)", commit)
	}
	return fmt.Sprintf(" (commit %.12s)", commit)
}

// libpcap says whether live capture and filters are there.
func libpcap() string {
	if buildSetting("CGO_ENABLED") == "0" {
		return "without libpcap: no live capture, no filters"
	}
	return "with libpcap"
}

func buildSetting(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
