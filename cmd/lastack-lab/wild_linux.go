package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/scenario"
	"github.com/lastack/lastack/internal/score"
)

// wild plays random stories, scores each, keeps the recordings in which lastack and the kernels
// differ, and prints what came of all.
func wild(match *regexp.Regexp, dir string, parallel int, seed uint64, count int, tcpdump bool) error {
	all, played, differ, failed := new(score.Score), 0, 0, 0
	assumed := new(score.Assumed)
	stories := []scenario.Scenario{scenario.Wild(seed, count, tcpdump)}
	var broken error
	err := scenario.Run(stories, match, dir, parallel, func(r scenario.Result) {
		played++
		if r.Err != nil {
			failed++
			fmt.Printf("FAIL %s: %v\n", r.Name, r.Err)
			return
		}
		s, err := scored(filepath.Join(dir, r.Name), assumed)
		if err != nil {
			broken = err
			return
		}
		all.Add(s)
		if s.Agrees() {
			broken = os.RemoveAll(filepath.Join(dir, r.Name))
			return
		}
		differ++
	})
	fmt.Printf("%d stories, %d of which differ, %d failed\n%s\n%s\n", played, differ, failed, all.Line(), all.Knowable())
	fmt.Print("\n", assumed.Lines())
	if err == nil {
		err = broken
	}
	return err
}

// scored scores a recording at all taps, and adds what was assumed there.
func scored(dir string, assumed *score.Assumed) (*score.Score, error) {
	rec, err := lab.ReadRecording(dir)
	if err != nil {
		return nil, err
	}
	hosts, err := score.Hosts(rec.Meta.Sysctl)
	if err != nil {
		return nil, err
	}
	all := new(score.Score)
	for _, tap := range score.Taps {
		s, err := score.Recording(rec, tap, hosts)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		all.Add(s)
		a, err := score.Assumptions(rec, tap, hosts)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		assumed.Add(a)
	}
	return all, nil
}
