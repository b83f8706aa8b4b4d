package findings_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lastack/lastack/findings"
)

// story is one case of a rule: "-- fires: title --" or "-- quiet: title --" and a script. A line
// "also CODE" in a case that fires names another finding above info that belongs there, a line
// "info" says that the rule's own is no more than info, "notice", "warning" or "error" that it is
// one, "times N" that there are so many of it, "shows N N …" which frames prove the first one,
// "blames X" whom it blames, "tells TEXT" what stands in its title, explanation or data.
type story struct {
	fires, info bool
	severity    string
	times       int
	title, text string
	shows       string
	blames      string
	tells       []string
	also        []string
}

// stories reads a rule's cases.
func stories(t *testing.T, code string) []story {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", code+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	var out []story
	for line := range strings.Lines(string(b)) {
		if head, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok {
			kind, title, _ := strings.Cut(strings.TrimSuffix(head, " --"), ": ")
			out = append(out, story{fires: kind == "fires", title: title})
			continue
		}
		if len(out) == 0 {
			continue
		}
		last := &out[len(out)-1]
		if code, ok := strings.CutPrefix(strings.TrimSpace(line), "also "); ok {
			last.also = append(last.also, code)
			continue
		}
		if strings.TrimSpace(line) == "info" {
			last.info = true
			continue
		}
		if word := strings.TrimSpace(line); word == "notice" || word == "warning" || word == "error" {
			last.severity = word
			continue
		}
		if n, ok := strings.CutPrefix(line, "times "); ok {
			last.times = int(number(strings.TrimSpace(n)))
			continue
		}
		if frames, ok := strings.CutPrefix(strings.TrimSpace(line), "shows "); ok {
			last.shows = frames
			continue
		}
		if whom, ok := strings.CutPrefix(strings.TrimSpace(line), "blames "); ok {
			last.blames = whom
			continue
		}
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "tells "); ok {
			last.tells = append(last.tells, text)
			continue
		}
		last.text += line
	}
	return out
}

// TestRules runs every rule's cases: each must have one that fires and a near miss that does not.
func TestRules(t *testing.T) {
	for _, r := range findings.Catalogue() {
		if r.Code == "truncated-capture" { // about files, not connections: TestTruncatedCapture
			continue
		}
		t.Run(r.Code, func(t *testing.T) {
			fired, quiet := false, false
			for _, s := range stories(t, r.Code) {
				t.Run(s.title, func(t *testing.T) { s.check(t, r) })
				fired, quiet = fired || s.fires, quiet || !s.fires
			}
			if !fired || !quiet {
				t.Error("needs a case that fires and a near miss")
			}
		})
	}
}

// checkGroups holds that a finding about a group names no connection of which another finding says
// what it would tell: reports for people take those out.
func checkGroups(t *testing.T, found []findings.Finding) {
	t.Helper()
	for i := range found {
		g := &found[i]
		if g.Conn != 0 || g.Rule.Once {
			continue
		}
		for j := range found {
			f := &found[j]
			if f.Conn != 0 && slices.Contains(g.Conns, f.Conn) && slices.Contains(g.Rule.Tells(), f.Code) {
				t.Errorf("%s names C%d, of which %s is said", g.Code, f.Conn, f.Code)
			}
		}
	}
}

func (s *story) check(t *testing.T, r *findings.Rule) {
	found := replay(t, s.text)
	checkGroups(t, found)
	var codes []string
	for i := range found {
		codes = append(codes, found[i].Code)
		checkForm(t, &found[i])
	}
	if slices.Contains(codes, r.Code) != s.fires {
		t.Errorf("found %v", codes)
	}
	if n := len(slices.DeleteFunc(codes, func(code string) bool { return code != r.Code })); s.times > 0 && n != s.times {
		t.Errorf("found %d times", n)
	}
	if i := slices.IndexFunc(found, func(f findings.Finding) bool { return f.Code == r.Code }); s.shows != "" && shown(&found[i]) != s.shows {
		t.Errorf("frames %s prove it", shown(&found[i]))
	}
	for i := range found {
		f := &found[i]
		if s.severity != "" && f.Code == r.Code && f.Severity.String() != s.severity {
			t.Errorf("%s is %s", f.Code, f.Severity)
		}
		if s.blames != "" && f.Code == r.Code && f.Blame.String() != s.blames {
			t.Errorf("%s blames %s", f.Code, f.Blame)
		}
		for _, text := range s.tells {
			if told := describe(f) + strings.Join(f.Advice, "\n"); f.Code == r.Code && !strings.Contains(told, text) {
				t.Errorf("%s does not tell %q", f.Code, text)
			}
		}
		if s.info && f.Code == r.Code && f.Severity > findings.Info {
			t.Errorf("%s is %s", f.Code, f.Severity)
		}
		if s.fires && f.Code != r.Code && f.Severity > findings.Info && !slices.Contains(s.also, f.Code) {
			t.Errorf("also found %s: %s", f.Code, f.Title)
		}
		if t.Failed() || testing.Verbose() && f.Code == r.Code {
			t.Log(describe(f))
		}
	}
}

// shown gives the frames that prove a finding.
func shown(f *findings.Finding) string {
	var frames []string
	for i := range f.Evidence {
		frames = append(frames, fmt.Sprint(f.Evidence[i].Frame))
	}
	return strings.Join(frames, " ")
}

// checkForm holds what every finding must have.
func checkForm(t *testing.T, f *findings.Finding) {
	t.Helper()
	if f.Title == "" || f.Explanation == "" || !strings.HasSuffix(f.Explanation, ".") || strings.Contains(f.Title, "\n") {
		t.Errorf("%s: title %q, explanation %q", f.Code, f.Title, f.Explanation)
	}
	if strings.Contains(f.Title, " 0 bytes") {
		t.Errorf("%s: %s", f.Code, f.Title)
	}
	if f.Confidence != findings.Certain && len(f.LooksLike) == 0 {
		t.Errorf("%s is %s and does not say what else it could be", f.Code, f.Confidence)
	}
	if f.Confidence == findings.Certain && len(f.LooksLike) > 0 {
		t.Errorf("%s is certain and says what else it could be: %q", f.Code, f.LooksLike)
	}
	if f.Until < f.Time || f.Time == 0 {
		t.Errorf("%s spans %d to %d", f.Code, f.Time, f.Until)
	}
	if f.Conn != 0 && len(f.Evidence) == 0 {
		t.Errorf("%s: no segment proves it", f.Code)
	}
	if !slices.IsSortedFunc(f.Evidence, func(a, b findings.Evidence) int { return int(a.Frame) - int(b.Frame) }) {
		t.Errorf("%s: evidence is not in frame order", f.Code)
	}
}

func describe(f *findings.Finding) string {
	s := fmt.Sprintf("%s %s %s %s: %s\n%s\n", f.Code, f.Severity, f.Confidence, f.Blame, f.Title, f.Explanation)
	for _, e := range f.Evidence {
		s += fmt.Sprintf("  %d %s %s %s %s: %s\n", e.Frame, e.From, e.Flags, e.Verdict, e.Reason, e.Role)
	}
	return s + fmt.Sprint(f.Data)
}
