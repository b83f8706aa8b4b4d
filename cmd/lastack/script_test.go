package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lastack/lastack/capture"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lastack": main})
}

// TestScripts runs the program as a user would. The scripts are in testdata/script; $LAB has the
// recordings.
func TestScripts(t *testing.T) {
	lab, err := filepath.Abs("../../testdata/lab/stories")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("LAB", lab)
			env.Setenv("LANG", "C.UTF-8")
			return nil
		},
		Condition: condition,
		Cmds:      map[string]func(*testscript.TestScript, bool, []string){"cut": cut, "link": link, "status": status},
	})
}

// condition tells what this machine and this build can do.
func condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Geteuid() == 0, nil
	case "libpcap":
		_, err := capture.Interfaces()
		return err == nil, nil
	}
	if file, ok := strings.CutPrefix(name, "exists:"); ok {
		_, err := os.Stat(file)
		return err == nil, nil
	}
	return false, errors.New("unknown condition " + name)
}

// cut shortens a file by some bytes: cut FILE N.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cut FILE N")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	file := ts.MkAbs(args[0])
	info, err := os.Stat(file)
	ts.Check(err)
	ts.Check(os.Truncate(file, info.Size()-int64(n)))
}

// link changes the link type of a little-endian pcap file to one below 256: link FILE NUMBER.
func link(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: link FILE NUMBER")
	}
	number, err := strconv.ParseUint(args[1], 10, 8)
	ts.Check(err)
	file := ts.MkAbs(args[0])
	b, err := os.ReadFile(file)
	ts.Check(err)
	b[20] = byte(number) // draft-ietf-opsawg-pcap section 4
	ts.Check(os.WriteFile(file, b, 0o644))
}

// status runs a program and checks its exit status: status N PROGRAM ARGS...
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Check(err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("status %d, want %d", got, want)
	}
}
