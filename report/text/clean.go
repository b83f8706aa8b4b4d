package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// asciiFor has what stands for the characters that lastack's own texts use when a terminal has ASCII only.
var asciiFor = map[rune]string{
	'─': "-", '▶': ">", '◀': "<", '✗': "x", '→': "->", '↔': "<->", '·': "-", '…': "...", '–': "-", '—': "-", '−': "-",
	'×': "x", '≤': "<=", '≥': ">=", '“': `"`, '”': `"`, '‘': "'", '’': "'",
}

// clean makes any string safe for a terminal. A capture's strings (interface names, file names) may hold anything, and an escape
// sequence in one must not drive the terminal: control and formatting characters are shown by number.
func clean(s string, ascii bool) string {
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
		case ascii && r > unicode.MaxASCII:
			out.WriteString(inASCII(r))
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

func inASCII(r rune) string {
	if a, ok := asciiFor[r]; ok {
		return a
	}
	return fmt.Sprintf(`\u%04x`, r)
}
