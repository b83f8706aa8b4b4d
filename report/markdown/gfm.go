package markdown

import (
	"regexp"
	"strings"

	"github.com/lastack/lastack/report/present"
)

// gfm is GitHub flavoured Markdown, which GitLab and Jira's importer read too.
type gfm struct{}

// gfmEscapes has what is markup anywhere in a line. A zero-width space keeps a tracker from taking
// a word for a person's name or an issue's number.
var gfmEscapes = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`, "$", `\$`,
	"<", "&lt;", ">", "&gt;", "&", "&amp;", "#", "\\#\u200b", "@", "@\u200b", "://", "&#58;//", "www.", "www&#46;", "WWW.", "WWW&#46;")

// leading is what makes a list, a table, or a heading's underline of the line that it begins.
var leading = regexp.MustCompile(`^([-+]|\d+[.)]|=+)(\s|$)`)

func (gfm) text(s string) string {
	s = gfmEscapes.Replace(present.Clean(strings.TrimSpace(s)))
	s = underscores(s)
	if at := leading.FindStringSubmatchIndex(s); at != nil {
		last := at[3] - 1 // of the mark
		s = s[:last] + `\` + s[last:]
	}
	return s
}

// underscores escapes those that are not inside a word.
func underscores(s string) string {
	var out strings.Builder
	for i := range len(s) {
		if s[i] == '_' && !(i > 0 && isWord(s[i-1]) && i+1 < len(s) && isWord(s[i+1])) {
			out.WriteByte('\\')
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// code makes a code span. In a table a bar would end the cell even there, unless it is escaped;
// outside of tables that escape would show, so a bar is written as the character that looks like
// it.
func (gfm) code(s string) string {
	s = strings.ReplaceAll(present.Clean(s), "|", "¦")
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 || strings.TrimSpace(s) != s || s == "" {
		s = " " + s + " "
	}
	return fence + s + fence
}

func (gfm) block(language, s string) string {
	fence := "```"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	return fence + language + "\n" + strings.TrimRight(s, "\n") + "\n" + fence + "\n\n"
}

func (gfm) strong(s string) string { return "**" + s + "**" }

func (gfm) heading(level int, s string) string { return strings.Repeat("#", level) + " " + s + "\n\n" }

func (gfm) item(s string) string { return "- " + s + "\n" }

func (gfm) table(head []string, rows [][]string) string {
	var out strings.Builder
	line := func(cells []string) { out.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(head)
	out.WriteString(strings.Repeat("|---", len(head)) + "|\n")
	for _, r := range rows {
		line(r)
	}
	return out.String() + "\n"
}
