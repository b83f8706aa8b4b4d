package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lastack/lastack/capture"
)

func newLive(a *app) *cobra.Command {
	var o options
	var in capture.LiveOptions
	cmd := &cobra.Command{
		Use:   "live -i IFACE [flags] [EXPRESSION...]",
		Short: "Watch an interface and report findings as they happen",
		Long: `Capture from an interface until interrupted, and report each finding as soon as it is
certain enough. The summary at the end has the kernel's own count of lost packets. The
rest of the command line is a BPF expression, as in tcpdump.

It needs the capability CAP_NET_RAW: run it with sudo, or grant it once with
  sudo setcap cap_net_raw,cap_net_admin=eip "$(which lastack)"`,
		Example: `  sudo lastack live -i eth0 tcp port 443
  sudo lastack live -i any --duration 10m -o findings.ndjson
  sudo lastack live -i eth0 -c 10000 -v 'host 192.0.2.1 and tcp'`,
		GroupID: groupCapture,
		RunE: func(cmd *cobra.Command, args []string) error {
			if in.Iface == "" {
				return usagef(cmd, "name an interface with -i, or any for all of them")
			}
			if err := checkLive(cmd, &in); err != nil {
				return &usageError{cmd, err}
			}
			in.Filter = strings.Join(args, " ")
			return a.live(cmd, &o, in)
		},
	}
	flags := pflag.NewFlagSet("input", pflag.ContinueOnError)
	flags.StringVarP(&in.Iface, "interface", "i", "", "capture on `IFACE`; any is all interfaces")
	flags.Uint64VarP(&in.Count, "count", "c", 0, "stop after `N` packets")
	flags.DurationVar(&in.Duration, "duration", 0, "stop after this `TIME`, such as 90s or 10m")
	flags.IntVarP(&in.SnapLen, "snaplen", "s", capture.DefaultSnapLen, "keep `N` bytes of each packet")
	flags.BoolVarP(&in.Promisc, "promiscuous", "p", false, "packets too that are not for this host, as from a mirror port")
	grouped(cmd, "What is captured:", flags)
	o.addTo(cmd)
	if err := cmd.RegisterFlagCompletionFunc("interface", completeInterface); err != nil {
		panic(err) // the flag does not exist, or is registered twice
	}
	return cmd
}

func completeInterface(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	all, err := capture.Interfaces()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []cobra.Completion
	for _, i := range all {
		names = append(names, cobra.CompletionWithDesc(i.Name, i.Description))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// checkLive refuses limits that make no sense. What was not typed is no limit.
func checkLive(cmd *cobra.Command, in *capture.LiveOptions) error {
	switch {
	case cmd.Flags().Changed("count") && in.Count == 0:
		return errors.New("--count 0: want at least 1")
	case cmd.Flags().Changed("duration") && in.Duration <= 0:
		return fmt.Errorf("--duration %s: want more than nothing", in.Duration)
	case in.SnapLen < 1:
		return fmt.Errorf("--snaplen %d: want at least 1; 262144 keeps whole packets", in.SnapLen)
	}
	return nil
}

// live watches an interface.
func (a *app) live(cmd *cobra.Command, o *options, in capture.LiveOptions) error {
	cfg, err := o.config()
	if err != nil {
		return &usageError{cmd, err}
	}
	source, err := capture.OpenLive(in)
	if err != nil {
		return explainLive(cmd, err)
	}
	defer source.Close()
	cfg.Source, cfg.Live = source, true
	ctx, stop := untilSignal(cmd.Context())
	defer stop()
	return a.report(ctx, cmd, o, cfg, nil)
}

// explainLive tells what is wrong with the command line from what is wrong with the machine.
func explainLive(cmd *cobra.Command, err error) error {
	var unknown *capture.UnknownInterfaceError
	var filter *capture.FilterError
	if errors.As(err, &unknown) || errors.As(err, &filter) {
		return &usageError{cmd, err}
	}
	return &statusError{exitIncomplete, err}
}
