package html

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// browser gives Chromium. Without it the tests that need it are skipped, except where everything
// has to be tested.
func browser(t *testing.T) string {
	t.Helper()
	path := chromium()
	if path == "" && os.Getenv("CI") == "true" {
		t.Fatal("there is no Chromium that runs")
	}
	if path == "" {
		t.Skip("there is no Chromium that runs: scripts/install-chromium")
	}
	return path
}

// chromium finds one that runs: what stands in the path may be a stub that asks for a snap.
var chromium = sync.OnceValue(func() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if exec.Command(name, "--version").Run() == nil {
			return name
		}
	}
	return ""
})

// opened gives the document that Chromium makes of a page, and what it says on its console.
func opened(t *testing.T, page string) (dom, console string) {
	t.Helper()
	browser := browser(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "report.html")
	if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--enable-logging=stderr", "--virtual-time-budget=20000",
		"--window-size=1200,3000", "--dump-dom", "file://"+file)
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	return string(out), strings.Join(regexp.MustCompile(`(?m)^.*CONSOLE.*$`).FindAllString(log.String(), -1), "\n")
}

// with adds steps to the page's script, under the page's own policy, for one test, once its ladders
// are drawn. What is not as expected goes to the console.
func with(t *testing.T, steps string) {
	t.Helper()
	was := script
	t.Cleanup(func() { script = was })
	script += "setTimeout(() => {\nconst wrong = (text) => console.error('WRONG ' + text);\n" +
		"const expect = (ok, text) => { if (!ok) wrong(text); };\n" +
		"const $ = (q) => document.querySelector(q);\nconst all = (q) => [...document.querySelectorAll(q)];\n" + steps + "\n}, 300);\n"
}

func TestPagesOpenWithoutErrors(t *testing.T) {
	for _, stream := range []string{"refused", "leak", "overflow", "rebooted", "clean"} {
		dom, console := opened(t, rendered(t, stream))
		if console != "" {
			t.Errorf("%s: %s", stream, console)
		}
		if !strings.Contains(dom, `class="ready"`) {
			t.Errorf("%s: the script did not run to its end", stream)
		}
		if stream != "clean" && !strings.Contains(dom, `class="ladder-svg"`) {
			t.Errorf("%s: no ladder was drawn", stream)
		}
	}
}

func TestHostileStringsInChromium(t *testing.T) {
	dom, console := opened(t, hostilePage(t))
	if console != "" {
		t.Error(console)
	}
	if !strings.Contains(dom, `class="ready"`) || strings.Contains(dom, "<img") {
		t.Error("a hostile string became markup, or stopped the script")
	}
}

// A ladder shows the segment that was discarded, can be walked with the keyboard, and switches to
// absolute numbers.
func TestLadderInChromium(t *testing.T) {
	with(t, `
const marks = all('.finding .ladder .segment');
expect(marks.length === 3, 'segments: ' + marks.length);
expect(all('.finding .ladder .cross').length === 2, 'crosses');
expect(all('.finding .ladder .ground.proves').length === 3, 'highlights');
expect(marks[0].getAttribute('aria-label').includes('SYN seq -49698'), marks[0].getAttribute('aria-label'));
marks[0].focus();
expect($('.finding .detail').textContent.includes('TIME-WAIT'), 'detail: ' + $('.finding .detail').textContent);
marks[0].dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowDown'}));
expect(document.activeElement === marks[1], 'the arrow key does not move on');
expect(marks[0].getAttribute('tabindex') === '-1' && marks[1].getAttribute('tabindex') === '0', 'tab order');
const box = $('.finding .tools input');
box.checked = true;
box.dispatchEvent(new Event('change'));
expect($('.finding .ladder .label').textContent.includes('2385976102'), 'absolute: ' + $('.finding .ladder .label').textContent);
`)
	if _, console := opened(t, rendered(t, "refused")); console != "" {
		t.Error(console)
	}
}

// The filter narrows the table, and a row opens the ladder of its connection.
func TestTableInChromium(t *testing.T) {
	with(t, `
const rows = () => all('#table tbody tr').length;
const set = (name, value) => {
  const e = $('#filter-' + name);
  e.value = value;
  e.dispatchEvent(new Event('input', {bubbles: true}));
};
expect(rows() === 2, 'rows: ' + rows());
set('code', 'time-wait-syn-rejected');
expect(rows() === 1 && $('#matched').textContent.startsWith('1 of 2'), 'by code: ' + rows());
set('code', '');
set('text', 'c2');
expect(rows() === 1 && $('#table button').textContent === 'C2', 'by text');
set('text', 'nothing like it');
expect(rows() === 0, 'nothing');
set('text', '');
set('severity', 'none');
expect(rows() === 1, 'by severity');
set('severity', '');
set('state', 'TIME-WAIT');
expect(rows() === 1, 'by state: ' + rows());
set('state', '');
$('#table button').click();
expect(all('.opened .ladder .segment').length > 5, 'the ladder of a row');
$('#table button').click();
expect(!$('.opened'), 'it does not close');
$('.finding a[data-conn]').click();
expect($('#C1 button').getAttribute('aria-expanded') === 'true', 'the link from a finding');
`)
	if _, console := opened(t, rendered(t, "refused")); console != "" {
		t.Error(console)
	}
}
