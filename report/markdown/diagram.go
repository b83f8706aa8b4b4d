package markdown

import (
	"fmt"
	"strings"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
	"github.com/lastack/lastack/report/text"
)

// textWidth is how wide a drawn ladder may be: trackers show about this much without scrolling.
const textWidth = 100

// diagram draws a finding's segments between both sides.
func (s *Sink) diagram(f *report.Finding) string {
	few := *f
	few.Evidence = f.Evidence[:min(len(f.Evidence), maxEvidence)]
	if s.opt.Diagram == Text {
		var b strings.Builder
		if err := text.WriteEvidence(&b, text.Options{Width: textWidth}, &few); err != nil {
			return "" // a strings.Builder takes everything
		}
		return s.d.block("text", b.String())
	}
	return s.d.block("mermaid", mermaid(present.EvidenceLadder(&few).Spelled()))
}

// mermaid draws a ladder as a sequence diagram. The lanes are notes beside the lifelines, one at
// each change of a state.
func mermaid(l *present.Ladder) string {
	var b strings.Builder
	fmt.Fprintf(&b, "sequenceDiagram\n    participant I as %s\n    participant R as %s\n", inMermaid(l.Names[0]),
		inMermaid(l.Names[1]))
	var states [2]string
	for i := range l.Rungs {
		r := &l.Rungs[i]
		fmt.Fprintf(&b, "    %s: %s\n", mermaidArrow(r), inMermaid(fmt.Sprintf("%s · %s s · %s", r.Frame, r.Since(), r.Label())))
		if r.Remark != "" {
			fmt.Fprintf(&b, "    Note over I,R: %s\n", broken(r.Remark))
		}
		for side, place := range [2]string{"left of I", "right of R"} {
			if r.States[side] != states[side] {
				states[side] = r.States[side]
				fmt.Fprintf(&b, "    Note %s: %s\n", place, inMermaid(states[side]))
			}
		}
	}
	return b.String()
}

// mermaidArrow goes from sender to receiver, and ends in a cross where the receiver discards it.
func mermaidArrow(r *present.Rung) string {
	head := "->>"
	if r.Refused {
		head = "-x"
	}
	if r.ToRight {
		return "I" + head + "R"
	}
	return "R" + head + "I"
}

// mermaidEscapes has what ends a statement, begins a comment or an entity, or is markup in Mermaid.
var mermaidEscapes = strings.NewReplacer("#", "#35;", ";", "#59;", "<", "#lt;", ">", "#gt;", "&", "#amp;", "%", "#37;", "`", "#96;",
	`"`, "#quot;", "{", "#123;", "}", "#125;", "[", "#91;", "]", "#93;", "$", "#36;", `\`, "#92;")

func inMermaid(s string) string { return mermaidEscapes.Replace(present.Clean(s)) }

// noteWidth is how many characters fit into a note between two lifelines, which Mermaid does not widen.
const noteWidth = 42

// broken gives a note in lines.
func broken(s string) string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		if line != "" && len(line)+1+len(word) > noteWidth {
			lines, line = append(lines, inMermaid(line)), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return strings.Join(append(lines, inMermaid(line)), "<br/>")
}
