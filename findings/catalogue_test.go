package findings_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lastack/lastack/findings"
)

// named are the tools from whose output people come to a rule: each rule says what each of them
// calls it, in this order.
var named = []string{"Wireshark", "Zeek", "Suricata", "Snort", "kernel"}

func TestCatalogueIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range findings.Catalogue() {
		if seen[r.Code] {
			t.Errorf("%s is there twice", r.Code)
		}
		seen[r.Code] = true
		if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$|^superframe$`).MatchString(r.Code) {
			t.Errorf("code %q", r.Code)
		}
		for what, ok := range map[string]bool{
			"title":       r.Title != "" && !strings.HasSuffix(r.Title, "."),
			"group":       r.Group != "",
			"since":       r.Since != "",
			"summary":     r.Summary != "" && !strings.HasSuffix(r.Summary, "."),
			"what":        strings.HasSuffix(r.What, "."),
			"why":         strings.HasSuffix(r.Why, "."),
			"confirm":     len(r.Confirm) > 0,
			"do":          len(r.Do) > 0,
			"misreadings": len(r.Misreadings) > 0,
			"other names": len(r.OtherNames) > 0,
			"rfc":         len(r.RFC) > 0,
			"kernel":      len(r.Kernel) > 0 || r.Group == findings.GroupCapture, // some of those no kernel has a part in
		} {
			if !ok {
				t.Errorf("%s: %s", r.Code, what)
			}
		}
		for i, n := range r.OtherNames {
			whose, name, _ := strings.Cut(n, ": ")
			if name == "" {
				t.Errorf("%s: %q does not say whose name it is", r.Code, n)
			}
			if i < len(named) && whose != named[i] {
				t.Errorf("%s: %q stands where the names of %s belong", r.Code, n, named[i])
			}
			if i >= len(named) && slices.Contains(named, whose) {
				t.Errorf("%s names %s twice", r.Code, whose)
			}
			for _, tool := range named {
				if strings.Contains(name, tool+": ") {
					t.Errorf("%s: %q has the names of two tools in one line", r.Code, n)
				}
			}
		}
		if len(r.OtherNames) < len(named) {
			t.Errorf("%s does not say what each of %s calls it: write none where one has no name for it", r.Code, strings.Join(named, ", "))
		}
	}
	for _, r := range findings.Catalogue() {
		for _, code := range r.Absorbs {
			if !seen[code] || code == r.Code {
				t.Errorf("%s absorbs %q", r.Code, code)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	for _, r := range findings.Catalogue() {
		if findings.Lookup(r.Code) != r {
			t.Errorf("Lookup(%q)", r.Code)
		}
	}
	if findings.Lookup("no-such-code") != nil {
		t.Error("Lookup finds what is not there")
	}
	for typed, want := range map[string]string{
		"time-wait-syn-reject": "time-wait-syn-rejected",
		"syn-unanswerd":        "syn-unanswered",
		"close-wait":           "close-wait-leak",
		"zzzzzz":               "",
	} {
		if got := findings.Nearest(typed); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", typed, got, want)
		}
	}
}
