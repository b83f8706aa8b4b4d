package run

import "time"

// The intervals of what happens by the wall clock rather than by the capture's.
const (
	progressEvery = 200 * time.Millisecond
	judgeEvery    = time.Second
)

// Progress is how far a run has come.
type Progress struct {
	BytesRead int64
	BytesAll  int64 // 0 when unknown
	Packets   uint64
	Findings  uint64
	Elapsed   time.Duration
}

// pace keeps the wall clock's appointments.
type pace struct{ began, progress, judge time.Time }

func (p *pace) start() {
	p.began = time.Now()
	p.progress, p.judge = p.began, p.began
}

// due reports whether an interval has passed since *last, and if so begins the next.
func due(last *time.Time, now time.Time, every time.Duration) bool {
	if now.Sub(*last) < every {
		return false
	}
	*last = now
	return true
}

// tick does what the wall clock asks for between two batches.
func (r *runner) tick() {
	if r.cfg.Progress == nil && !r.cfg.Live {
		return
	}
	now := time.Now()
	if r.cfg.Progress != nil && due(&r.pace.progress, now, progressEvery) {
		s := r.cfg.Source.Stats()
		r.cfg.Progress(Progress{BytesRead: s.BytesRead, BytesAll: s.BytesAll, Packets: s.Packets,
			Findings: r.total,
			Elapsed:  now.Sub(r.pace.began)})
	}
	if r.cfg.Live && due(&r.pace.judge, now, judgeEvery) {
		r.tracker.Changed(now.UnixNano(), r.judgeLive)
	}
}
