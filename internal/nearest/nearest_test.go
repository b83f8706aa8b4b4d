package nearest

import "testing"

func TestTo(t *testing.T) {
	names := []string{"format", "filter", "fail-on", "conn", "code", "color"}
	for typed, want := range map[string]string{"formt": "format", "fial-on": "fail-on", "colour": "color", "conn": "conn",
		"zzzzzz": "", "": ""} {
		if got := To(typed, names); got != want {
			t.Errorf("To(%q) = %q, want %q", typed, got, want)
		}
	}
}
