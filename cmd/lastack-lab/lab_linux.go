package main

import (
	"fmt"
	"regexp"
	"time"

	"github.com/lastack/lastack/internal/lab/scenario"
)

// list prints the scenarios' names.
func list(match *regexp.Regexp) error {
	for _, name := range scenario.Names(match) {
		fmt.Println(name)
	}
	return nil
}

// run plays scenarios, in other variations if there is a seed to draw them from, and prints what
// came of each.
func run(match *regexp.Regexp, dir string, parallel int, vary uint64) error {
	all := scenario.All()
	if vary != 0 {
		all = scenario.Vary(all, vary)
	}
	played, failed := 0, 0
	err := scenario.Run(all, match, dir, parallel, func(r scenario.Result) {
		played++
		if r.Err != nil {
			failed++
			fmt.Printf("FAIL %s (%v): %v\n", r.Name, r.Took.Round(time.Millisecond), r.Err)
			return
		}
		fmt.Printf("ok   %s (%v)\n", r.Name, r.Took.Round(time.Millisecond))
	})
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d of %d recordings did not show what they are named after", failed, played)
	}
	return err
}
