package scenario

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/world"
)

// Wild gives n stories that nobody thought up: two kernels, applications that do what comes to
// their minds, and a wire that may lose, double and delay what it carries, or have forged segments
// put on it. One in three is of polite applications over a good wire, in which nothing is to be
// complained about. With tcpdump, the kernel's own devices stand for the wire: they lose and forge
// nothing.
func Wild(seed uint64, n int, tcpdump bool) Scenario {
	sc := Scenario{Name: "wild", Title: "Random applications over a random wire", Play: wild, Rest: wildRest}
	for i := range n {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		v := Variation{Name: fmt.Sprintf("seed%d-%d", seed, i+1), Seed: rng.Uint64(), Apart: 1000 * int(1+seed%60),
			IPv6: rng.IntN(2) == 0, NoTimestamps: rng.IntN(4) == 0}
		v.draw(rng, []Variation{v})
		v.Size, v.Slow = 0, 0
		v.Kind = []string{"polite", "rude", "impaired", "forged", "impaired"}[rng.IntN(5)]
		if tcpdump {
			v.Kind = []string{"polite", "rude", "rude"}[rng.IntN(3)]
			v.Tcpdump = []string{"any", "eth0"}[rng.IntN(2)]
			v.Snap = []int{0, 0, 128}[rng.IntN(3)]
			v.MTU, v.Delay, v.Back = 0, 0, 0
		}
		sc.Variations = append(sc.Variations, v)
	}
	return sc
}

// wildStory is one of them while it is played.
type wildStory struct {
	*Story
	*rand.Rand
	polite bool
}

func wild(s *Story) {
	w := &wildStory{Story: s, Rand: rand.New(rand.NewPCG(s.Seed, 1)), polite: s.Kind == "polite"}
	if !w.polite {
		w.settings()
	}
	backlog := 16
	if !w.polite && w.one(12) {
		backlog = 1 + w.IntN(2)
	}
	l, err := s.Responder.Listen(s.ServerPort, backlog, w.options()...)
	s.Must(err)
	if s.Kind == "impaired" || s.Kind == "forged" && w.one(3) {
		w.impair()
	}
	var all sync.WaitGroup
	w.serve(l, &all)
	for n := range 1 + w.IntN(4) {
		w.connect(l, n, &all)
	}
	all.Wait()
	s.Pause(2 * time.Second) // what is repeated comes
	s.know("nothing but what the truth file tells")
	s.Tell("Random applications and a random wire (%s).", s.Kind)
}

// wildRest says what may be found in such a story. On a busy machine even polite applications over
// a good wire see delays that make a timer send something again.
func wildRest(s *Story) {
	if s.Kind == "polite" && s.Count(func(e *lab.Event) bool { return e.Kind == lab.KindRetransmit }) == 0 {
		s.Clean()
	}
	s.meta.AnyFindings = !s.meta.Clean
	if s.Wire != nil {
		s.rulesOut()
	}
}

// one is true once in n times.
func (w *wildStory) one(n int) bool { return w.IntN(n) == 0 }

// upTo draws a time.
func (w *wildStory) upTo(d time.Duration) time.Duration { return time.Duration(w.Int64N(int64(d))) }

// settings changes some of the hosts'.
func (w *wildStory) settings() {
	for _, host := range []string{lab.Initiator, lab.Responder} {
		for key, value := range map[string]string{"tcp_rfc1337": "1", "tcp_tw_reuse": "1", "tcp_abort_on_overflow": "1", "tcp_retries2": "3",
			"tcp_orphan_retries": "2", "tcp_fin_timeout": "2", "tcp_syn_linear_timeouts": "0", "tcp_ecn": "1"} {
			if rand.New(rand.NewPCG(w.Seed, hash(host+key))).IntN(5) == 0 {
				w.Sysctl(host, key, value)
			}
		}
	}
}

// options draws socket options that an application may set.
func (w *wildStory) options() []world.Option {
	var os []world.Option
	may := func(n int, o world.Option) {
		if w.one(n) {
			os = append(os, o)
		}
	}
	may(4, world.Option{Level: unix.IPPROTO_TCP, Name: unix.TCP_NODELAY, Value: 1})
	may(6, world.Option{Level: unix.IPPROTO_TCP, Name: unix.TCP_MAXSEG, Value: 536 + w.IntN(800)})
	may(6, world.Option{Level: unix.IPPROTO_TCP, Name: unix.TCP_QUICKACK, Value: 0})
	if !w.polite {
		may(4, world.Option{Level: unix.SOL_SOCKET, Name: unix.SO_RCVBUF, Value: 2048 + w.IntN(20_000)})
		may(8, world.Option{Level: unix.IPPROTO_TCP, Name: unix.TCP_LINGER2, Value: 1})
		may(8, world.Option{Level: unix.IPPROTO_TCP, Name: unix.TCP_DEFER_ACCEPT, Value: 1})
	}
	return os
}

// impair makes the wire lose, double or delay packets at random, in either half.
func (w *wildStory) impair() {
	rtt := w.delay() + w.back() + time.Millisecond
	for range 1 + w.IntN(3) {
		rng := rand.New(rand.NewPCG(w.Uint64(), 2))
		share := []float64{0.02, 0.08, 0.25}[w.IntN(3)]
		from := []string{lab.Initiator, lab.Responder, ""}[w.IntN(3)]
		r := &world.Rule{Where: world.Where(w.IntN(2)), Match: func(p *world.Packet) bool {
			return (from == "" || p.From == from) && rng.Float64() < share
		}}
		switch w.IntN(12) {
		default:
			r.Drop = true
		case 0, 1, 2:
			r.Copy = w.upTo(2 * rtt)
		case 3, 4, 5:
			r.Delay = w.upTo(rtt)
		case 6:
			r.Delay = w.upTo(time.Second)
		}
		w.Wire.Add(r)
	}
}

// bytes draws how much is written at once: mostly little, at times a lot.
func (w *wildStory) bytes() int {
	switch w.IntN(8) {
	case 0:
		return 1
	case 1:
		return 20_000 + w.IntN(60_000)
	case 2, 3:
		return 1000 + w.IntN(8000)
	}
	return 1 + w.IntN(700)
}

// idle waits a little, at times longer.
func (w *wildStory) idle(rng *rand.Rand) {
	switch rng.IntN(10) {
	case 0:
		time.Sleep(time.Duration(rng.IntN(900)) * time.Millisecond)
	case 1, 2, 3, 4:
		time.Sleep(time.Duration(rng.IntN(60)) * time.Millisecond)
	}
}
