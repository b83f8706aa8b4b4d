package html

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"strings"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/internal/human"
	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/present"
)

//go:embed assets
var assets embed.FS

// scripts are the parts of the page's script, in the order that they build on each other.
var scripts = []string{"model.js", "words.js", "svg.js", "axis.js", "ladder.js", "detail.js", "timeline.js", "table.js", "main.js"}

var (
	style  = mustRead("style.css")
	script = "'use strict';\n(() => {\n" + readAll(scripts) + "})();\n"
	page   = template.Must(template.New("page.html").Funcs(template.FuncMap{"connNumber": connNumber}).
		ParseFS(assets, "assets/page.html", "assets/finding.html", "assets/incident.html"))
)

// connNumber gives a connection's number without its letter, as the script wants it.
func connNumber(id report.ConnID) uint64 { return uint64(id) }

func mustRead(name string) string {
	b, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func readAll(names []string) string {
	var all strings.Builder
	for _, name := range names {
		all.WriteString(mustRead(name))
	}
	return all.String()
}

// policy forbids everything but the page's own style and script, which it knows by their hashes.
func policy() string {
	return "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + hash(style) + "; script-src " + hash(script)
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// view is what the page's template shows.
type view struct {
	Title, Generator string
	Policy           string
	Style            template.CSS
	Verdict, Worst   string
	LookedAt         string
	Files            []report.File
	Limits           []string
	Severities       []severityCount
	Items            []itemView
	Left             []string // what was left out, in words
	Connections      uint64
}

// severityCount is how many findings of a severity there are.
type severityCount struct {
	Class  string
	Number string
	Name   string // in the plural unless there is one
	None   bool
}

// maxShown is how many findings the page writes out.
const maxShown = 300

func (s *Sink) writePage(r *report.Summary) error {
	items := s.tally.Items(s.opt.MaxFindings == 0)
	var ranked []present.Ranked
	for _, item := range items {
		ranked = append(ranked, item.Findings...)
	}
	var shown []*report.Finding
	for _, f := range ranked[:min(len(ranked), maxShown)] {
		shown = append(shown, f.Finding)
	}
	v := &view{Title: title(r), Generator: s.opt.Generator, Policy: policy(), Style: template.CSS(style),
		Verdict: s.tally.Verdict(r, s.opt.Scope), LookedAt: present.LookedAt(r), Files: r.Files, Limits: s.limits(r),
		Severities: s.severities(), Items: itemViews(items, s.views(shown)), Left: s.left(ranked), Connections: r.Connections}
	switch {
	case len(items) > 0 && items[0].Incident != nil:
		v.Worst = items[0].Incident.Title
	case len(shown) > 0:
		v.Worst = shown[0].Title
	}
	data, err := s.data(r, shown)
	if err != nil {
		return err
	}
	if err := page.ExecuteTemplate(s.w, "page.html", v); err != nil {
		return err
	}
	return s.writeScripts(data)
}

// writeScripts ends the page with its data, most of which is the connections' rows as they were
// kept, and its script. Megabytes would go through a template by being copied several times.
func (s *Sink) writeScripts(data []byte) error {
	w := bufio.NewWriter(s.w) // which remembers an error
	w.WriteString(`<script type="application/json" id="data">{"connections":[`)
	s.connections.writeRows(w)
	w.WriteString("],")
	w.Write(data[len("{"):])
	w.WriteString("</script>\n<script>" + script + "</script>\n</body>\n</html>\n")
	return w.Flush()
}

// title names the page after what was analyzed.
func title(r *report.Summary) string {
	if len(r.Files) == 0 {
		return "lastack"
	}
	name := present.Clean(r.Files[0].Name)
	if len(r.Files) > 1 {
		name += " and " + human.Count(uint64(len(r.Files)-1), "more file")
	}
	return name
}

func (s *Sink) limits(r *report.Summary) []string {
	out := present.Limits(r)
	for i := range r.Files {
		if e := r.Files[i].Error; e != "" {
			out = append(out, present.Unread(r, &r.Files[i])+" "+present.Clean(e))
		}
		out = append(out, present.Losses(&r.Files[i])...)
	}
	if n := s.tally.Milder + r.Milder; n > 0 {
		out = append(out, human.Count(n, "milder finding")+" not shown: --severity info shows all.")
	}
	return out
}

func (s *Sink) severities() []severityCount {
	var out []severityCount
	for i := findings.Error; i >= s.opt.MinSeverity && i <= findings.Error; i-- {
		number, name, _ := strings.Cut(present.CountOf(s.tally.Found[i], i), " ")
		out = append(out, severityCount{i.String(), number, name, s.tally.Found[i] == 0})
	}
	return out
}

// left says what the page has no room for, and how to list it.
func (s *Sink) left(ranked []present.Ranked) []string {
	var out []string
	told := make(map[string]bool)
	for _, f := range ranked {
		if more := s.tally.More(f.Code); more > 0 && !told[f.Code] {
			told[f.Code] = true
			out = append(out, "and "+human.Number(more)+" more like "+f.Code+": "+present.Listing(s.opt.Command, f.Code))
		}
	}
	if n := len(ranked) - maxShown; n > 0 {
		out = append(out, "and "+human.Count(uint64(n), "finding")+" that this page has no room for: "+present.ListingAll(s.opt.Command))
	}
	return out
}
