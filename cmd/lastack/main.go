// Command lastack replays TCP connections from packet captures and says what each side's TCP did and why.
package main

import "os"

func main() {
	os.Exit(start(&app{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv}, os.Args[1:]))
}
