package markdown

import (
	"regexp"
	"strings"

	"github.com/lastack/lastack/report/present"
)

// jira is the wiki markup of Jira Server and Data Center, which Jira Cloud converts when it is
// pasted.
type jira struct{}

// jiraEscapes has what is markup. A backslash escapes in Jira, except for itself: \\ is a new line,
// so it is written by number.
var jiraEscapes = strings.NewReplacer(`\`, "&#92;", "{", `\{`, "}", `\}`, "[", `\[`, "]", `\]`, "|", `\|`, "*", `\*`, "_", `\_`,
	"+", `\+`, "^", `\^`, "~", `\~`, "!", `\!`, "??", `\?\?`, "#", `\#`, "@", "@\u200b", "<", "&lt;", ">", "&gt;", "&", "&amp;",
	"://", "&#58;//", "----", "&#45;---")

// jiraLeading is what makes a list, a heading or a quotation of the line that it begins.
var jiraLeading = regexp.MustCompile(`^(-|(h[1-6]|bq)\.)`)

func (jira) text(s string) string {
	s = jiraEscapes.Replace(present.Clean(strings.TrimSpace(s)))
	if jiraLeading.MatchString(s) {
		s = "\u200b" + s
	}
	return s
}

// code makes monospaced text, in which Jira still looks for markup.
func (j jira) code(s string) string { return "{{" + j.text(s) + "}}" }

func (jira) block(_, s string) string {
	s = strings.ReplaceAll(s, "{noformat}", "{no format}")
	return "{noformat}\n" + strings.TrimRight(s, "\n") + "\n{noformat}\n\n"
}

func (jira) strong(s string) string { return "*" + s + "*" }

func (jira) heading(level int, s string) string {
	return "h" + string(rune('0'+level)) + ". " + s + "\n\n"
}

func (jira) item(s string) string { return "* " + s + "\n" }

func (jira) table(head []string, rows [][]string) string {
	var out strings.Builder
	out.WriteString("||" + strings.Join(head, "||") + "||\n")
	for _, r := range rows {
		for _, cell := range r {
			out.WriteString("|" + orSpace(cell))
		}
		out.WriteString("|\n")
	}
	return out.String() + "\n"
}

// orSpace fills an empty cell, which Jira would take for the mark of a heading.
func orSpace(cell string) string {
	if cell == "" {
		return " "
	}
	return cell
}
