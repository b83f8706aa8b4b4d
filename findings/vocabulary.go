package findings

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

// linuxOnly matches what is said of Linux alone: its name, kernel functions, sysctls, counters,
// drop reasons and commands, and the times that only it has.
var linuxOnly = regexp.MustCompile(`\bLinux\b|\bnet\.(ipv4|ipv6|core|netfilter)\b|\bnstat\b|\bTcp(Ext)?[A-Z]\w+|\bIcmpIn\w+|\bsysctls?\b` +
	`|\bss -|\bss\)|\btcp_\w+|\bTCP_[A-Z]\w+|\b__\w+|\binet_\w+|\breqsk_\w+|\btpacket_\w+|\bip (route|tcp_metrics)\b|\bip_\w+` +
	`|\bethtool\b|\brp_filter\b|reverse-path filtering|\bnf_conntrack\w*|\bskb:|\bskmem\b|/proc/|\bjournalctl\b|\bstrace\b|\bnft\b` +
	`|\biptables|\bip neigh\b|\b(60|75|7200|7875) s\b|\b15 min|\btwo minutes\b|\b65537\b|\b500 ms\b`)

// aside is what stands in parentheses.
var aside = regexp.MustCompile(`\s*\(([^()]*)\)`)

// prose leaves out what a text says of Linux alone: in parentheses each reference, else the clause.
func prose(text string) string {
	text = aside.ReplaceAllStringFunc(text, func(s string) string {
		if !linuxOnly.MatchString(s) {
			return s
		}
		open := strings.Index(s, "(")
		var kept []string
		for _, ref := range strings.FieldsFunc(s[open+1:len(s)-1], func(r rune) bool { return r == ';' || r == ',' }) {
			if ref = strings.TrimSpace(ref); !linuxOnly.MatchString(ref) {
				kept = append(kept, ref)
			}
		}
		if len(kept) == 0 || !strings.Contains(strings.Join(kept, " "), "RFC") {
			return ""
		}
		return s[:open] + "(" + strings.Join(kept, ", ") + ")"
	})
	if !linuxOnly.MatchString(text) {
		return text
	}
	var kept []string
	dropped := false
	for _, sentence := range sentences(text) {
		fit := clause(sentence)
		if fit == "" || dropped && dangling.MatchString(fit) {
			dropped = true
			continue
		}
		kept, dropped = append(kept, fit), false
	}
	return strings.Join(kept, " ")
}

// dangling matches a sentence that goes on from the one before.
var dangling = regexp.MustCompile(`^(So|Its?|Then|Otherwise|Any other|They|That|If it did) `)

// clause gives what comes before the first clause of a sentence that is of Linux alone, "" if that
// is nothing.
func clause(sentence string) string {
	for linuxOnly.MatchString(sentence) {
		cut := max(strings.LastIndex(sentence, ": "), strings.LastIndex(sentence, "; "))
		if cut < 0 {
			return ""
		}
		sentence = sentence[:cut] + "."
	}
	return sentence
}

// sentenceEnd is where one sentence ends and another begins.
var sentenceEnd = regexp.MustCompile(`\. [A-Z"]`)

// sentences cuts a text into sentences.
func sentences(text string) (all []string) {
	for {
		at := sentenceEnd.FindStringIndex(text)
		if at == nil {
			return append(all, text)
		}
		all = append(all, text[:at[0]+1])
		text = text[at[0]+2:]
	}
}

// roles are the words that tell which host a line is about.
var roles = []struct {
	word string
	side tcp.Side
}{{"client", tcp.Initiator}, {"connecting side", tcp.Initiator}, {"server", tcp.Responder}, {"listener", tcp.Responder}}

// about tells which side's host a line is about, NoSide if it does not say.
func about(line string) tcp.Side {
	at, side := len(line), tcp.NoSide
	for _, r := range roles {
		if i := strings.Index(line, r.word); i >= 0 && i < at {
			at, side = i, r.side
		}
	}
	return side
}

// command fits a line about how to confirm something: "on the server: COMMAND; COMMAND".
func (d *dialect) command(line string) string {
	where, rest, found := strings.Cut(line, ": ")
	if !found || linuxOnly.MatchString(where) {
		where, rest = "", line
	}
	side := about(where)
	if !d.isForeign(side) || !linuxOnly.MatchString(line) {
		return line
	}
	c := d.commands(side)
	var out []string
	for _, part := range strings.Split(aside.ReplaceAllString(rest, ""), "; ") {
		if part = instead(part, c); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	switch {
	case len(out) == 0:
		return ""
	case where == "":
		return strings.Join(out, "; ")
	}
	return where + ": " + strings.Join(out, "; ")
}

// socketState finds the state that ss is to list.
var socketState = regexp.MustCompile(`state ([a-z0-9-]+)`)

// instead gives the command that does on another system what a Linux command does.
func instead(part string, c *fsm.Commands) string {
	switch {
	case !linuxOnly.MatchString(part):
		return part
	case strings.Contains(part, "ss -"):
		state := ""
		if m := socketState.FindStringSubmatch(part); m != nil {
			state = strings.ToUpper(strings.ReplaceAll(m[1], "-", "_"))
			state = strings.TrimSuffix(state, "ECV") // SYN_RECEIVED, SYN_RCVD
		} else if strings.Contains(part, "ss -ltn") {
			state = "LISTEN"
		}
		table := c.Sockets
		if strings.Contains(part, "p state") && c.Processes != "" {
			table = c.Processes
		}
		if table == "" || state == "" || c.Filter == "" {
			return table
		}
		return table + " | " + c.Filter + " " + state
	case strings.Contains(part, "nstat"), strings.HasPrefix(part, "TcpExt"):
		return c.Counters
	case strings.Contains(part, "sysctl"):
		return c.Settings
	case strings.Contains(part, "ip route"):
		return c.Route
	}
	return ""
}
