package present

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes any string safe to show. A capture's strings (interface names, file names) may hold
// anything: control and formatting characters, which could drive a terminal or turn a line around,
// are shown by number.
func Clean(s string) string {
	if isPlain(s) {
		return s
	}
	var out strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&out, `\x%02x`, s[i])
		case r == '\n' || r == '\t':
			out.WriteByte(' ')
		case !unicode.IsPrint(r):
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
