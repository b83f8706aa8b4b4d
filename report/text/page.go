package text

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/fatih/color"
)

// ink is how a piece of text looks on a terminal.
type ink uint8

const (
	plain ink = iota
	bold
	faint
	red
	yellow
	cyan
	green
	numInks = iota
)

var inkAttributes = [numInks][]color.Attribute{
	plain: nil, bold: {color.Bold}, faint: {color.Faint}, red: {color.FgRed, color.Bold}, yellow: {color.FgYellow, color.Bold},
	cyan: {color.FgCyan, color.Bold}, green: {color.FgGreen, color.Bold},
}

// page writes lines of limited width. All text passes through it, and so through clean.
type page struct {
	w      io.Writer
	width  int
	ascii  bool
	colors [numInks]*color.Color // nil without colour
	err    error                 // the first of w's; nothing is written after it
}

func newPage(w io.Writer, o *Options) *page {
	p := &page{w: w, width: o.Width, ascii: o.ASCII}
	if p.width == 0 {
		p.width = defaultWidth
	}
	for i, attributes := range inkAttributes {
		if o.Color && attributes != nil {
			p.colors[i] = color.New(attributes...)
			p.colors[i].EnableColor()
		}
	}
	return p
}

// clean gives s as the page shows it. Pieces that are measured are cleaned first; to clean twice
// changes nothing.
func (p *page) clean(s string) string { return clean(s, p.ascii) }

func (p *page) put(i ink, s string) {
	s = p.clean(s)
	if c := p.colors[i]; c != nil {
		s = c.Sprint(s)
	}
	p.raw(s)
}

func (p *page) raw(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, s)
	}
}

func (p *page) newline() { p.raw("\n") }

// line writes one line, however long.
func (p *page) line(i ink, format string, args ...any) {
	p.put(i, fmt.Sprintf(format, args...))
	p.newline()
}

// paragraph writes text in lines of the page's width, indented.
func (p *page) paragraph(i ink, indent int, text string) {
	for _, l := range p.wrap(text, p.width-indent) {
		p.raw(strings.Repeat(" ", indent))
		p.put(i, l)
		p.newline()
	}
}

// facts writes short texts in a row. A line breaks between two of them rather than inside one.
func (p *page) facts(i ink, indent int, all []string) {
	const dot = " ·"
	line := ""
	for n, fact := range all {
		end := dot
		if n == len(all)-1 {
			end = ""
		}
		if line != "" && length(p.clean(line+dot+" "+fact+end)) > p.width-indent {
			p.paragraph(i, indent, line+dot)
			line = ""
		}
		if line != "" {
			line += dot + " "
		}
		line += fact
	}
	p.paragraph(i, indent, line)
}

// item writes a labelled paragraph: the label in its own column of the given width, which is part
// of the indentation.
func (p *page) item(label ink, name string, indent, column int, text string) {
	for n, l := range p.wrap(text, p.width-indent-column) {
		if n > 0 {
			name = ""
		}
		p.raw(strings.Repeat(" ", indent))
		p.put(label, pad(p.clean(name), column))
		p.put(plain, l)
		p.newline()
	}
}

// minWidth is the least width of a column of text: narrower ones are not worth reading.
const minWidth = 24

// wrap breaks text at spaces into lines of at most width characters. Words that are longer stay
// whole: an address or a command must survive being copied.
func (p *page) wrap(text string, width int) []string {
	width = max(width, minWidth)
	var lines []string
	line, n := "", 0
	for word := range strings.FieldsSeq(p.clean(text)) {
		w := length(word)
		if n > 0 && n+1+w > width {
			lines, line, n = append(lines, line), "", 0
		}
		if n > 0 {
			line, n = line+" ", n+1
		}
		line, n = line+word, n+w
	}
	if n > 0 {
		lines = append(lines, line)
	}
	return lines
}

// length is how many columns a cleaned string takes. lastack's own texts have no wide characters.
func length(s string) int { return utf8.RuneCountInString(s) }

// pad fills a string up to n columns.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-length(s)))
}
