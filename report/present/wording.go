package present

import (
	"fmt"
	"strings"
	"time"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/tcp"
)

// About says which connection a finding is about, when it happened, and how sure it is.
func About(f *report.Finding) []string {
	var parts []string
	if f.Conn != 0 {
		parts = append(parts, fmt.Sprintf("%s %s ↔ %s", f.Conn, f.Initiator, f.Responder))
	}
	if len(f.Conns) > 0 {
		parts = append(parts, connList(f.Conns))
	}
	if f.Time != 0 {
		parts = append(parts, f.Time.Std().Format("2006-01-02 15:04:05.000000 UTC"))
	}
	if lasted := time.Duration(f.Until - f.Time); lasted > 0 {
		parts = append(parts, "over "+human.Duration(lasted))
	}
	parts = append(parts, f.Confidence)
	if f.Blame != "unknown" {
		parts = append(parts, "cause: "+f.Blame)
	}
	return parts
}

func connList(ids []report.ConnID) string {
	var names []string
	for _, id := range ids {
		names = append(names, id.String())
	}
	return strings.Join(names, ", ")
}

// Sources names the standard and the kernel's functions, settings and counters.
func Sources(f *report.Finding) string {
	var parts []string
	if len(f.RFC) > 0 {
		parts = append(parts, strings.Join(f.RFC, ", "))
	}
	if len(f.Kernel) > 0 {
		parts = append(parts, "Linux "+strings.Join(f.Kernel, ", "))
	}
	if len(f.Sysctl) > 0 {
		parts = append(parts, "sysctl "+strings.Join(f.Sysctl, ", "))
	}
	if len(f.Counter) > 0 {
		parts = append(parts, "nstat "+strings.Join(f.Counter, ", "))
	}
	return strings.Join(parts, "; ")
}

// Cause says who caused a finding, by role and address where there is one.
func Cause(f *report.Finding) string {
	switch {
	case f.Blame == tcp.Initiator.String() && f.Initiator.IP.IsValid():
		return "the initiator, " + f.Initiator.String()
	case f.Blame == tcp.Responder.String() && f.Responder.IP.IsValid():
		return "the responder, " + f.Responder.String()
	case f.Blame == findings.BlamePath.String():
		return "the path between the two hosts"
	case f.Blame == findings.BlameCapture.String():
		return "how the capture was made"
	}
	return f.Blame
}

// Certainty says what a finding's confidence means.
func Certainty(f *report.Finding) string {
	switch f.Confidence {
	case findings.Certain.String():
		return "certain (the segments prove it)"
	case findings.Likely.String():
		return "likely (the best explanation by far)"
	}
	return f.Confidence + " (one of several explanations)"
}
