package scenario

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/lastack/lastack/internal/lab"
	"github.com/lastack/lastack/internal/lab/world"
	"github.com/lastack/lastack/tcp"
)

// plan is what the two applications of a polite connection have agreed on.
type plan struct {
	sizes  [][2]int // of each request and its answer
	talk   bool     // both send at once
	first  string   // who closes first; "" for both at once
	half   int      // bytes that the other one sends after it has seen the end
	halves bool     // who closes first only shuts down, and closes when the end has come
}

// plan draws one.
func (w *wildStory) plan() *plan {
	p := &plan{talk: w.one(4), first: []string{lab.Initiator, lab.Responder, ""}[w.IntN(3)], halves: w.one(3)}
	for range 1 + w.IntN(4) {
		p.sizes = append(p.sizes, [2]int{w.bytes(), w.bytes()})
	}
	if p.halves && w.one(2) {
		p.half = w.bytes()
	}
	return p
}

// serve accepts connections until the story is over.
func (w *wildStory) serve(l *world.Socket, all *sync.WaitGroup) {
	if w.polite || w.one(16) {
		return // it accepts elsewhere, or never
	}
	seed := w.Uint64()
	all.Add(1)
	go func() {
		defer all.Done()
		for n := uint64(0); ; n++ {
			c, err := l.AcceptWithin(1500 * time.Millisecond)
			if err != nil {
				return
			}
			all.Add(1)
			go func() {
				defer all.Done()
				w.rude(c, rand.New(rand.NewPCG(seed, n)))
			}()
		}
	}()
}

// connect opens the n-th connection and sets its applications going.
func (w *wildStory) connect(l *world.Socket, n int, all *sync.WaitGroup) {
	port := w.ClientPort + uint16(n)
	if !w.polite && w.one(2) {
		port = w.ClientPort // the same again
	}
	options := w.options()
	if w.polite {
		w.politely(l, port, options)
		return
	}
	c, err := w.Initiator.Dial(port, l.Local(), options...)
	if err != nil {
		return
	}
	rng := rand.New(rand.NewPCG(w.Uint64(), 3))
	patience := []time.Duration{50 * time.Millisecond, time.Second, 4 * time.Second}[w.IntN(3)]
	open := make(chan struct{})
	run := func() {
		defer all.Done()
		if c.Connected(patience) != nil {
			if rng.IntN(2) == 0 {
				_ = c.Close()
			}
			return
		}
		close(open)
		w.rude(c, rng)
	}
	all.Add(1)
	if w.Kind == "forged" {
		all.Add(1)
		seed := w.Uint64()
		go func() {
			defer all.Done()
			select {
			case <-open:
				w.forge(c.Local().Port(), rand.New(rand.NewPCG(seed, 4)))
			case <-time.After(2 * time.Second):
			}
		}()
	}
	if w.one(2) {
		go run()
	} else {
		run()
	}
	w.idle(w.Rand)
}

// politely opens a connection, keeps to a plan, and closes it.
func (w *wildStory) politely(l *world.Socket, port uint16, options []world.Option) {
	p := w.plan()
	client, err := w.Initiator.Connect(port, l.Local(), options...)
	w.Must(err)
	server, err := l.Accept()
	w.Must(err)
	var both sync.WaitGroup
	both.Add(2)
	seed := w.Uint64()
	go func() {
		defer both.Done()
		w.side(client, lab.Initiator, p, rand.New(rand.NewPCG(seed, 5)))
	}()
	go func() {
		defer both.Done()
		w.side(server, lab.Responder, p, rand.New(rand.NewPCG(seed, 6)))
	}()
	both.Wait()
}

// side is one polite application. An error shows in the truth and in what lastack then finds.
func (w *wildStory) side(c *world.Socket, host string, p *plan, rng *rand.Rand) {
	mine, theirs := 0, 1
	if host == lab.Responder {
		mine, theirs = 1, 0
	}
	for _, n := range p.sizes {
		writes := host == lab.Initiator || p.talk
		if writes {
			go func() { _ = c.Write(n[mine]) }()
		}
		_ = c.Read(n[theirs])
		w.idle(rng)
		if !writes {
			_ = c.Write(n[mine])
		}
	}
	switch {
	case p.first == host && p.halves:
		_ = c.Shutdown()
		_, _ = c.ReadEnd(soon)
	case p.first == host:
	case p.first != "":
		_, _ = c.ReadEnd(soon)
		if p.half > 0 {
			_ = c.Write(p.half)
		}
	}
	_ = c.Close()
}

// rude is an application that does whatever comes to its mind.
func (w *wildStory) rude(c *world.Socket, rng *rand.Rand) {
	for range 1 + rng.IntN(6) {
		switch rng.IntN(7) {
		case 0, 1, 2:
			_ = c.WriteWithin([]int{1, 200, 3000, 30_000}[rng.IntN(4)], 300*time.Millisecond)
		case 3, 4:
			_, _ = c.ReadWithin([]int{1, 500, 100_000}[rng.IntN(3)], time.Duration(1+rng.IntN(400))*time.Millisecond)
		case 5:
			w.idle(rng)
		case 6:
			if rng.IntN(3) == 0 {
				_ = c.Shutdown()
			}
		}
	}
	switch rng.IntN(8) {
	case 0:
		_ = c.Abort()
	case 1:
		// It is left open.
	case 2, 3, 4:
		_, _ = c.ReadEnd(time.Second)
		_ = c.Close()
	default:
		_ = c.Close()
	}
}

// forge sends some segments in either host's name.
func (w *wildStory) forge(port uint16, rng *rand.Rand) {
	defer func() { _ = recover() }() // nothing to forge after
	for range 1 + rng.IntN(3) {
		time.Sleep(time.Duration(rng.IntN(500)) * time.Millisecond)
		flags := []tcp.Flags{tcp.RST, tcp.RST | tcp.ACK, tcp.SYN, tcp.ACK, tcp.PSH | tcp.ACK, tcp.FIN | tcp.ACK, tcp.SYN | tcp.ACK}[rng.IntN(7)]
		payload := 0
		if flags.Has(tcp.PSH) {
			payload = 1 + rng.IntN(900)
		}
		from, local, remote := lab.Initiator, port, w.ServerPort
		if rng.IntN(2) == 0 {
			from, local, remote = lab.Responder, w.ServerPort, port
		}
		f := w.Forge(from, local, remote, flags, payload)
		offsets := []int32{0, 0, -1, 1, -100, 1000, -50_000, 200_000, 1 << 30}
		f.Seq += uint32(offsets[rng.IntN(len(offsets))])
		if flags.Has(tcp.ACK) && rng.IntN(3) == 0 {
			f.Ack += uint32(offsets[rng.IntN(len(offsets))])
		}
		if rng.IntN(6) == 0 {
			f.Options.TSval -= 100_000
		}
		w.Inject(f)
	}
}
