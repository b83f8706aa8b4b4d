package text

import (
	"fmt"
	"slices"
	"strings"
)

// columns are the widths that a ladder needs.
type columns struct{ frame, time, state, arrow int }

// arrowEnds is how much of an arrow is not its label: "─ " and " ─▶".
const arrowEnds = 5

// lanes is where the first lane begins, total the width of it all.
func (c columns) lanes() int { return indent + c.frame + 2 + c.time + 2 }
func (c columns) total() int { return c.lanes() + c.state + 1 + c.arrow + 1 + c.state }

func (r *rung) label() string { return r.flags + " " + r.numbers }

func (l *ladder) columns() columns {
	c := columns{frame: len("frame"), time: len("seconds"), state: len("ESTABLISHED")}
	for _, r := range l.rungs {
		c.frame = max(c.frame, len(r.frame))
		c.time = max(c.time, len(r.time))
		c.state = max(c.state, len(r.states[0]), len(r.states[1]))
		c.arrow = max(c.arrow, len(r.label())+arrowEnds)
	}
	return c
}

// draw writes the ladder, with the flags by name if they fit.
func (p *page) draw(l *ladder) {
	named := &ladder{names: l.names, rungs: slices.Clone(l.rungs)}
	named.spellFlags()
	if named.columns().total() <= p.width {
		l = named
	}
	c := l.columns()
	p.put(faint, fmt.Sprintf("%*s%*s  %*s  ", indent, "", c.frame, "frame", c.time, "seconds"))
	p.put(bold, l.header(c, p.width))
	p.newline()
	for i := range l.rungs {
		p.drawRung(&l.rungs[i], c)
	}
}

// header names the lanes: by address, or where those are too long by role.
func (l *ladder) header(c columns, width int) string {
	left, right := l.names[0], l.names[1]
	room := width - c.lanes()
	gap := min(c.state+1+c.arrow+1, room-len(right)) - len(left)
	if gap < 2 {
		left, right = roles[0], roles[1]
		gap = c.state + 1 + c.arrow + 1 - len(left)
	}
	return left + strings.Repeat(" ", gap) + right
}

func (p *page) drawRung(r *rung, c columns) {
	p.raw(strings.Repeat(" ", indent))
	p.put(faint, fmt.Sprintf("%*s  %*s  ", c.frame, r.frame, c.time, r.time))
	p.put(plain, pad(r.states[0], c.state)+" ")
	i := plain
	if r.refused {
		i = red
	}
	p.put(i, arrow(r, c.arrow))
	p.put(plain, " "+r.states[1])
	p.newline()
	if r.remark != "" {
		p.paragraph(faint, c.lanes()+2, r.remark)
	}
}

// arrow draws "─ label ───▶" or "◀─ label ───" in width columns.
func arrow(r *rung, width int) string {
	head := "▶"
	if !r.toRight {
		head = "◀"
	}
	if r.refused {
		head = "✗"
	}
	label := r.label()
	shaft := strings.Repeat("─", width-len(label)-arrowEnds+1)
	if r.toRight {
		return "─ " + label + " " + shaft + head
	}
	return head + "─ " + label + " " + shaft
}
