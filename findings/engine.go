package findings

import (
	"slices"
	"time"

	"github.com/lastack/lastack/fsm"
)

// Config is what the rules' thresholds depend on. The zero value of each field stands for its
// default.
type Config struct {
	Hosts     fsm.Hosts     // sysctls of the hosts; the zero value stands for Linux's defaults
	CloseWait time.Duration // how long a side may stay in CLOSE-WAIT (60 s)
	// PortsHeld is the share of a host's port range, in percent, that may be in TIME-WAIT towards
	// one destination (80).
	PortsHeld int
	// FrameOf gives the number by which users know a frame, for texts. nil: the frame is that
	// number.
	FrameOf func(frame uint64) uint64
	// Only is the connection that is asked for, if one is: all is said of it.
	Only uint64
}

func (c Config) withDefaults() Config {
	if c.Hosts.Default == (fsm.Host{}) {
		c.Hosts.Default = fsm.LinuxDefaults()
	}
	if c.FrameOf == nil {
		c.FrameOf = func(frame uint64) uint64 { return frame }
	}
	if c.CloseWait == 0 {
		c.CloseWait = 60 * time.Second
	}
	if c.PortsHeld == 0 {
		c.PortsHeld = 80
	}
	return c
}

// Engine runs the rules. It is for one goroutine; the lives of one four-tuple must come in order
// and to the same engine.
type Engine struct {
	cfg       Config
	work      Case
	ledger    ledger
	groups    []grouper
	once      recorded
	twins     twins
	listeners listeners
	scans     scans
	// Incidents gathers the findings that whoever runs the engine adds to it.
	Incidents Incidents
}

// NewEngine makes an engine for one run.
func NewEngine(cfg Config) *Engine {
	e := &Engine{cfg: cfg.withDefaults()}
	e.work.cfg = &e.cfg
	e.Incidents.listeners = &e.listeners
	e.groups = []grouper{&e.listeners, new(elsewhere), new(floods), &e.scans, new(checks), new(nats), &heldPorts{warnAt: e.cfg.PortsHeld}}
	return e
}

// Judge gives the findings about one life, worst first. It neither keeps nor changes the life, and
// what it returns is the caller's. It may be called again while a life goes on (fsm.NotEnded); the
// findings are then those known so far.
func (e *Engine) Judge(life *fsm.Life) []Finding {
	c := &e.work
	c.open(life)
	self := isSelf(life)
	c.scanned = e.cfg.Only != life.ID && e.scans.tell(c)
	for _, r := range rules {
		if c.scanned && slices.Contains(portScan.Absorbs, r.Code) {
			continue // the scan tells it
		}
		if r.check != nil && c.traits.has(r.needs) && (!self || r == selfConnect) {
			c.rule = r
			r.check(c)
			c.doubt(r)
			c.doubtStack(r)
		}
	}
	if life.EndedBy != fsm.NotEnded {
		for _, g := range e.groups {
			g.see(c)
		}
	}
	if len(c.drafts) == 0 {
		return nil
	}
	return e.once.pick(c, e.twins.pick(c, c.conclude(&e.ledger)))
}

// Finish gives the findings about the capture as a whole and about groups of connections, after the
// last Judge.
func (e *Engine) Finish(capture CaptureFacts) []Finding {
	out := judgeCapture(capture)
	for _, g := range e.groups {
		out = append(out, g.finish()...)
	}
	out = append(out, e.once.finish()...)
	slices.SortStableFunc(out, worstFirst)
	return out
}
