package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"runtime/pprof"
)

// cpuProfile is the environment variable that names a file to write a profile of the run to: for
// whoever finds it slow, and for scripts/profile, whose profile the compiler optimizes by.
const cpuProfile = "LASTACK_CPU_PROFILE"

// profiled runs the program, with a profile if one is asked for.
func (a *app) profiled(run func() int) int {
	name := a.env(cpuProfile)
	if name == "" {
		return run()
	}
	f, err := os.Create(name)
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	if err != nil {
		fmt.Fprintf(a.err, "lastack: %s: %v\n", cpuProfile, err)
		return exitUsage
	}
	status := run()
	pprof.StopCPUProfile()
	if err := f.Close(); err != nil {
		fmt.Fprintf(a.err, "lastack: %s: %v\n", cpuProfile, err)
	}
	return status
}

// collectOften lets garbage take half as much as what is alive, not as much again. Nearly all that
// is alive has no pointers, so that collecting costs little.
func (a *app) collectOften() {
	if a.env("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}
