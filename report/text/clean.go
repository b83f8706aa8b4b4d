package text

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/lastack/lastack/report/present"
)

// asciiFor has what stands for the characters that lastack's own texts use when a terminal has
// ASCII only.
var asciiFor = map[rune]string{
	'─': "-", '▶': ">", '◀': "<", '✗': "x", '→': "->", '↔': "<->", '·': "-", '…': "...", '–': "-", '—': "-", '−': "-",
	'×': "x", '≤': "<=", '≥': ">=", '“': `"`, '”': `"`, '‘': "'", '’': "'",
}

// clean makes any string safe for a terminal, with nothing but ASCII if that is all it has.
func clean(s string, ascii bool) string {
	s = present.Clean(s)
	if !ascii {
		return s
	}
	var out strings.Builder
	for _, r := range s {
		if r > unicode.MaxASCII {
			out.WriteString(inASCII(r))
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

func inASCII(r rune) string {
	if a, ok := asciiFor[r]; ok {
		return a
	}
	return fmt.Sprintf(`\u%04x`, r)
}
