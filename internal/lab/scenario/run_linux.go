package scenario

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/trace"
	"github.com/lastack/lastack/internal/lab/world"
)

// settle is how long the wire is listened to after a story has ended.
const settle = 300 * time.Millisecond

// stagger keeps worlds from being made all at once, which would show in the times on the wire.
const stagger = 100 * time.Millisecond

// Result is what came of one variation.
type Result struct {
	Name string // scenario/variation
	Took time.Duration
	Err  error
}

// job is one variation to play.
type job struct {
	scenario  Scenario
	variation Variation
	number    int // among all variations of all scenarios: it gives the addresses
}

func (j *job) name() string { return j.scenario.Name + "/" + j.variation.Name }

// Names gives the names of all recordings that match.
func Names(match *regexp.Regexp) []string {
	var names []string
	for _, j := range jobs(All(), match) {
		names = append(names, j.name())
	}
	return names
}

// jobs gives the variations of scenarios whose names match.
func jobs(all []Scenario, match *regexp.Regexp) []job {
	var js []job
	number := 0
	for _, sc := range all {
		for _, v := range sc.Variations {
			number++
			j := job{sc, v, number + v.Apart}
			if match == nil || match.MatchString(j.name()) {
				js = append(js, j)
			}
		}
	}
	return js
}

// Run plays the scenarios that match, many at once, writes their recordings below dir, and tells
// report of each. The error says what the machine lacks.
func Run(all []Scenario, match *regexp.Regexp, dir string, parallel int, report func(Result)) error {
	tracer, err := trace.Open()
	if err != nil {
		return fmt.Errorf("the lab cannot listen to this kernel: %w", err)
	}
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		slots = make(chan struct{}, parallel)
	)
	for _, j := range jobs(all, match) {
		slots <- struct{}{}
		time.Sleep(stagger)
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			start := time.Now()
			err := j.run(tracer, filepath.Join(dir, j.scenario.Name, j.variation.Name))
			mu.Lock()
			defer mu.Unlock()
			report(Result{j.name(), time.Since(start), err})
		}()
	}
	wg.Wait()
	return tracer.Close()
}

// run plays one variation and writes its recording.
func (j *job) run(tracer *trace.Tracer, dir string) (err error) {
	s, err := j.open(tracer)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := s.play(&j.scenario); err != nil {
		// What was recorded of a story that went wrong is what shows why.
		_ = s.save(dir + ".failed")
		return err
	}
	if err := errors.Join(os.RemoveAll(dir), os.RemoveAll(dir+".failed")); err != nil {
		return err
	}
	return s.save(dir)
}

// open makes the variation's world.
func (j *job) open(tracer *trace.Tracer) (*Story, error) {
	v := j.variation
	if v.Middle == 0 {
		v.Middle = 0.5
	}
	if v.ClientPort == 0 {
		v.ClientPort, v.ServerPort = clientPort, serverPort
	}
	c := world.Config{Delay: v.delay(), Back: v.back(), Middle: v.Middle, Scripted: j.scenario.Scripted, Tcpdump: v.Tcpdump, Snap: v.Snap}
	if v.Scripted != "" {
		c.Scripted = v.Scripted
	}
	c.Initiator, c.Responder = addresses(j.number, v.IPv6)
	w, err := world.New(c, tracer)
	if err != nil {
		return nil, err
	}
	s := &Story{World: w, Variation: v}
	s.meta = lab.Meta{Scenario: j.scenario.Name, Variation: v.Name, Params: v.params(), Title: j.scenario.Title,
		Expect: []string{}}
	if v.Tcpdump != "" {
		delete(s.meta.Params, "delay")
		s.meta.Params["tcpdump"] = strings.Join(c.DumpArgs(), " ")
		if v.Tcpdump == "any" {
			s.ExpectAt(lab.Initiator, "duplicate-packets") // on the bridge and on the device below
		}
	}
	if err := s.setUp(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// setUp makes the variation's settings on the hosts that have a kernel.
func (s *Story) setUp() (err error) {
	for _, name := range []string{lab.Initiator, lab.Responder} {
		h := s.Host(name)
		if h == nil {
			continue
		}
		for key, value := range s.sysctls() {
			err = errors.Join(err, h.Sysctl(key, value))
		}
		if s.MTU != 0 {
			err = errors.Join(err, h.MTU(s.MTU))
		}
	}
	return err
}

// addresses gives the two hosts' addresses of the n-th variation.
func addresses(n int, v6 bool) (a, b netip.Addr) {
	hi, lo := byte(n/250), byte(n%250)
	if v6 {
		base := [16]byte{0: 0xfd, 3: hi, 5: lo}
		base[15] = 1
		a = netip.AddrFrom16(base)
		base[15] = 2
		return a, netip.AddrFrom16(base)
	}
	return netip.AddrFrom4([4]byte{10, hi, lo, 1}), netip.AddrFrom4([4]byte{10, hi, lo, 2})
}

// play tells the story and waits for the wire to come to rest.
func (s *Story) play(sc *Scenario) (err error) {
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(failure)
			if !ok {
				panic(r)
			}
			err = errors.New(f.text)
		}
	}()
	sc.Play(s)
	s.Pause(settle + 2*(s.delay()+s.back()))
	if sc.Rest != nil {
		sc.Rest(s)
	}
	for _, name := range []string{lab.Initiator, lab.Responder} {
		if h := s.Host(name); h != nil {
			_, err = h.Sockets()
			s.Must(err)
		}
	}
	return nil
}

// save writes the recording.
func (s *Story) save(dir string) (err error) {
	if s.meta.Captures, err = s.Save(dir); err != nil {
		return err
	}
	s.meta.Kernel = world.KernelRelease()
	for _, name := range []string{lab.Initiator, lab.Responder} {
		if h := s.Host(name); h != nil {
			s.meta.Sysctl = append(s.meta.Sysctl, h.SysctlFlags()...)
		}
	}
	return s.meta.Write(dir)
}
