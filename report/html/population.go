package html

import (
	"slices"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// worthwhile is from how many connections in TIME-WAIT at one address on a chart of them is shown.
const worthwhile = 100

// maxEvents bounds what is kept for the chart.
const maxEvents = 4_000_000

// population follows how many connections each address holds in TIME-WAIT.
type population struct {
	events map[string][]visit
	total  int
}

// visit is one connection entering or leaving TIME-WAIT.
type visit struct {
	at    report.Time
	delta int
}

// add takes note of a connection's stays in TIME-WAIT.
func (p *population) add(r *report.Connection) {
	if p.events == nil {
		p.events = make(map[string][]visit)
	}
	timeWait := tcp.TimeWait.String()
	for i := range r.Transitions {
		t := &r.Transitions[i]
		if t.Withdrawn || p.total >= maxEvents {
			continue
		}
		holder := r.Initiator.IP.String()
		if sideOf(t.Side) == tcp.Responder {
			holder = r.Responder.IP.String()
		}
		if t.To == timeWait && t.From != timeWait {
			p.note(holder, visit{t.Time, 1})
		} else if t.From == timeWait && t.To != timeWait {
			p.note(holder, visit{t.Time, -1})
		}
	}
}

// stay takes note of a whole stay.
func (p *population) stay(holder string, from, until report.Time) {
	if p.events == nil {
		p.events = make(map[string][]visit)
	}
	if p.total < maxEvents {
		p.note(holder, visit{from, 1})
		p.note(holder, visit{until, -1})
	}
}

func (p *population) note(holder string, v visit) {
	p.events[holder] = append(p.events[holder], v)
	p.total++
}

// chart is the number of connections in TIME-WAIT at the address that has most, over the capture's time.
type chart struct {
	Holder string `json:"holder"`
	Most   int    `json:"most"`
	Points []int  `json:"points"` // the highest number in each of equal parts of the time
}

const chartPoints = 240

// chart gives the curve of the address with most, nil if that is not worth a chart.
func (p *population) chart(start, end report.Time) *chart {
	var best *chart
	for holder, visits := range p.events {
		if c := curve(holder, visits, start, end); best == nil || c.Most > best.Most || c.Most == best.Most && c.Holder < best.Holder {
			best = c
		}
	}
	if best == nil || best.Most < worthwhile {
		return nil
	}
	return best
}

func curve(holder string, visits []visit, start, end report.Time) *chart {
	slices.SortStableFunc(visits, func(a, b visit) int { return int(min(1, max(-1, a.at-b.at))) })
	c := &chart{Holder: holder, Points: make([]int, chartPoints)}
	now, next := 0, 0
	for i := range c.Points {
		until := start + report.Time(float64(end-start)*float64(i+1)/chartPoints)
		high := now
		for ; next < len(visits) && visits[next].at <= until; next++ {
			now += visits[next].delta
			high = max(high, now)
		}
		c.Points[i] = high
		c.Most = max(c.Most, high)
	}
	return c
}
