package text

import (
	"fmt"
	"strings"
	"time"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// writeConnection writes a connection in a few lines.
func (t *Sink) writeConnection(r *report.Connection) {
	p := t.page
	p.put(bold, r.ID.String())
	p.put(plain, fmt.Sprintf(" %s → %s", r.Initiator, r.Responder))
	if r.Direction != "syn" {
		p.put(faint, " (direction from "+r.Direction+")")
	}
	p.newline()
	p.facts(plain, indent, course(r))
	p.facts(faint, indent, measures(r))
	p.facts(faint, indent, stacks(r))
}

// stacks says what the hosts are taken to run, and by what they were told.
func stacks(r *report.Connection) []string {
	var parts []string
	for i, h := range []*report.Host{&r.Initiator, &r.Responder} {
		words := h.Profile.Evidence
		if h.Profile.Told {
			words = []string{"as --stack says"}
		}
		if h.Profile.Name == "" || h.Profile.Name == fsm.AnyStack.String() {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %s (%s)", tcp.Side(i), h.Profile.Name, strings.Join(words, "; ")))
	}
	return parts
}

// course says how a connection began, ended, and how it stands.
func course(r *report.Connection) []string {
	closing := "closing " + r.Closing
	if r.ClosedBy != "" {
		closing += " by " + r.ClosedBy
	}
	parts := []string{"opening " + r.Opening, closing, r.State.Initiator + " / " + r.State.Responder}
	if r.Incarnation > 1 {
		parts = append(parts, fmt.Sprintf("incarnation %d", r.Incarnation))
	}
	if len(r.Findings) > 0 {
		parts = append(parts, findingList(r.Findings))
	}
	return parts
}

func findingList(ids []report.FindingID) string {
	var names []string
	for _, id := range ids {
		names = append(names, id.String())
	}
	return strings.Join(names, ", ")
}

// measures says how much a connection carried, how quickly, and from where it was seen.
func measures(r *report.Connection) []string {
	parts := []string{
		fmt.Sprintf("frames %d to %d", r.FirstFrame, r.LastFrame),
		human.Duration(time.Duration(r.End - r.Start)),
		fmt.Sprintf("segments %s / %s", human.Number(r.Segments.Initiator), human.Number(r.Segments.Responder)),
		fmt.Sprintf("bytes %s / %s", human.Number(r.Bytes.Initiator), human.Number(r.Bytes.Responder)),
	}
	if r.Retransmitted.Initiator+r.Retransmitted.Responder > 0 {
		parts = append(parts, fmt.Sprintf("retransmitted %s / %s", human.Number(r.Retransmitted.Initiator),
			human.Number(r.Retransmitted.Responder)))
	}
	if r.RTT != 0 {
		parts = append(parts, "RTT "+human.Duration(time.Duration(r.RTT)))
	}
	if r.Path != "" {
		parts = append(parts, r.Path)
	}
	if r.PathBack != "" {
		parts = append(parts, "back: "+r.PathBack)
	}
	return append(parts, "vantage "+r.Vantage)
}
