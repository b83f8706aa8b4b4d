package text

import (
	"fmt"
	"strings"

	"github.com/lastack/lastack/report/present"
)

// columns are the widths that a ladder needs.
type columns struct{ frame, time, state, arrow int }

// arrowEnds is how much of an arrow is not its label: "─ " and " ─▶".
const arrowEnds = 5

// lanes is where the first lane begins, total the width of it all.
func (c columns) lanes() int { return indent + c.frame + 2 + c.time + 2 }
func (c columns) total() int { return c.lanes() + c.state + 1 + c.arrow + 1 + c.state }

func columnsOf(l *present.Ladder) columns {
	c := columns{frame: len("frame"), time: len("seconds"), state: len("ESTABLISHED")}
	for _, r := range l.Rungs {
		c.frame = max(c.frame, len(r.Frame))
		c.time = max(c.time, len(r.Time))
		c.state = max(c.state, len(r.States[0]), len(r.States[1]))
		c.arrow = max(c.arrow, len(r.Label())+arrowEnds)
	}
	return c
}

// draw writes the ladder, with the flags by name if they fit.
func (p *page) draw(l *present.Ladder) {
	if named := l.Spelled(); columnsOf(named).total() <= p.width {
		l = named
	}
	c := columnsOf(l)
	p.put(faint, fmt.Sprintf("%*s%*s  %*s  ", indent, "", c.frame, "frame", c.time, "seconds"))
	p.put(bold, header(l, c, p.width))
	p.newline()
	for i := range l.Rungs {
		p.drawRung(&l.Rungs[i], c)
	}
}

// header names the lanes: by address, or where those are too long by role.
func header(l *present.Ladder, c columns, width int) string {
	left, right := l.Names[0], l.Names[1]
	room := width - c.lanes()
	gap := min(c.state+1+c.arrow+1, room-len(right)) - len(left)
	if gap < 2 {
		left, right = present.Roles[0], present.Roles[1]
		gap = c.state + 1 + c.arrow + 1 - len(left)
	}
	return left + strings.Repeat(" ", gap) + right
}

func (p *page) drawRung(r *present.Rung, c columns) {
	p.raw(strings.Repeat(" ", indent))
	p.put(faint, fmt.Sprintf("%*s  %*s  ", c.frame, r.Frame, c.time, r.Time))
	p.put(plain, pad(r.States[0], c.state)+" ")
	i := plain
	if r.Refused {
		i = red
	}
	p.put(i, arrow(r, c.arrow))
	p.put(plain, " "+r.States[1])
	p.newline()
	if r.Remark != "" {
		p.paragraph(faint, c.lanes()+2, r.Remark)
	}
}

// arrow draws "─ label ───▶" or "◀─ label ───" in width columns.
func arrow(r *present.Rung, width int) string {
	head := "▶"
	if !r.ToRight {
		head = "◀"
	}
	if r.Refused {
		head = "✗"
	}
	label := r.Label()
	shaft := strings.Repeat("─", width-len(label)-arrowEnds+1)
	if r.ToRight {
		return "─ " + label + " " + shaft + head
	}
	return head + "─ " + label + " " + shaft
}
