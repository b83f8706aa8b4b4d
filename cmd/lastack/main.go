// Command lastack replays TCP connections from packet captures and says what each side's TCP did
// and why.
package main

import "os"

func main() {
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv}
	a.collectOften()
	os.Exit(a.profiled(func() int { return start(a, os.Args[1:]) }))
}
