package html

import (
	"net/netip"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// worthwhile is from how many connections in TIME-WAIT at one address on a chart of them is shown.
const worthwhile = 100

// maxVisits bounds what is kept for the chart.
const maxVisits = 4_000_000

// population follows how many connections each address holds in TIME-WAIT.
type population struct {
	visits map[netip.Addr]*visits
	total  int
	holder netip.Addr // that was looked for last
	last   *visits
}

// visits are the times when connections entered TIME-WAIT at an address, and left it.
type visits struct{ in, out times }

// add takes note of a connection's stays in TIME-WAIT.
func (p *population) add(r *report.Connection) {
	timeWait := tcp.TimeWait.String()
	for i := range r.Transitions {
		t := &r.Transitions[i]
		if t.Withdrawn || p.total >= maxVisits {
			continue
		}
		holder := r.Initiator.IP
		if sideOf(t.Side) == tcp.Responder {
			holder = r.Responder.IP
		}
		if t.To == timeWait && t.From != timeWait {
			p.enter(holder, t.Time)
		} else if t.From == timeWait && t.To != timeWait {
			p.leave(holder, t.Time)
		}
	}
}

// stay takes note of a whole stay.
func (p *population) stay(holder netip.Addr, from, until report.Time) {
	if p.total < maxVisits {
		v := p.at(holder)
		v.in.add(from)
		v.out.add(until)
		p.total += 2
	}
}

func (p *population) enter(holder netip.Addr, at report.Time) {
	p.at(holder).in.add(at)
	p.total++
}

func (p *population) leave(holder netip.Addr, at report.Time) {
	p.at(holder).out.add(at)
	p.total++
}

// at gives the visits of an address. Mostly it is the one that was asked for last.
func (p *population) at(holder netip.Addr) *visits {
	if p.last != nil && p.holder == holder {
		return p.last
	}
	v := p.visits[holder]
	if v == nil {
		if p.visits == nil {
			p.visits = make(map[netip.Addr]*visits)
		}
		v = new(visits)
		p.visits[holder] = v
	}
	p.holder, p.last = holder, v
	return v
}

// chart is the number of connections in TIME-WAIT at the address that has most, over the capture's
// time.
type chart struct {
	Holder string `json:"holder"`
	Most   int    `json:"most"`
	Points []int  `json:"points"` // the highest number in each of equal parts of the time
}

const chartPoints = 240

// chart gives the curve of the address with most, nil if that is not worth a chart.
func (p *population) chart(start, end report.Time) *chart {
	var best *chart
	for holder, v := range p.visits {
		if v.in.count < worthwhile {
			continue
		}
		if c := v.curve(holder.String(), start, end); best == nil || c.Most > best.Most || c.Most == best.Most && c.Holder < best.Holder {
			best = c
		}
	}
	if best == nil || best.Most < worthwhile {
		return nil
	}
	return best
}

func (v *visits) curve(holder string, start, end report.Time) *chart {
	c := &chart{Holder: holder, Points: make([]int, chartPoints)}
	in, out := v.in.sorted(), v.out.sorted()
	now := 0
	for i := range c.Points {
		until := start + report.Time(float64(end-start)*float64(i+1)/chartPoints)
		high := now
		for {
			if len(in) > 0 && in[0] <= until && (len(out) == 0 || in[0] <= out[0]) {
				now++
				high = max(high, now)
				in = in[1:]
			} else if len(out) > 0 && out[0] <= until {
				now--
				out = out[1:]
			} else {
				break
			}
		}
		c.Points[i] = high
		c.Most = max(c.Most, high)
	}
	return c
}
