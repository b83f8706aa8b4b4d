package fsm

import (
	"github.com/lastack/lastack/tcp"
)

// decibans say how much more often a stack shows a sign than a host of which nothing is known: 10
// is ten times, 20 a hundred times, -10 a tenth. Those of independent signs are added (I. J. Good:
// weight of evidence).
type decibans [NumStacks]int8

const (
	// enough is by how much a stack must be likelier than the next: 8 to 1.
	enough = 9
	// sign is what a sign must weigh to be one of the two that it takes at least.
	sign = 3
)

// layoutWeights are from 3,260 captures with 3,300 hosts, and from 6,515 labelled SYNs of a web
// server (zardaxt): the order of Windows came from Windows in 1,261 of 1,271, Linux's from Linux or
// Android in 2,289 of 2,428, Apple's from Apple in 1,705 of 1,705.
var layoutWeights = [tcp.NumLayouts]decibans{
	tcp.LayoutLinux:         {Linux: 25},
	tcp.LayoutLinuxNoStamps: {Linux: 25},
	tcp.LayoutLinuxNoSACK:   {Linux: 20},
	tcp.LayoutLinuxNoScale:  {Linux: 20},
	tcp.LayoutLinuxBlanked:  {Linux: 20},
	tcp.LayoutSACK:          {Linux: 10, Windows: 10},
	tcp.LayoutScale:         {Linux: 10, Windows: 10},
	tcp.LayoutMSS:           {Linux: 2, Windows: 2, Embedded: 2}, // nmap-os-db: lwIP 21 of 24
	tcp.LayoutWindows:       {Windows: 25, Solaris: 10},          // Solaris 10: p0f.fp
	tcp.LayoutWindowsStamps: {Windows: 20, FreeBSD: 20},          // 230 hosts of FreeBSD answer so
	tcp.LayoutWindowsXP:     {Windows: 20},
	tcp.LayoutDarwin:        {Darwin: 30},
	tcp.LayoutDarwinBlanked: {Darwin: 20},
	tcp.LayoutBSDBare:       {Darwin: 10, FreeBSD: 10},
	tcp.LayoutFreeBSD:       {FreeBSD: 20, Darwin: 10},
	tcp.LayoutOpenBSD:       {OpenBSD: 20}, // p0f.fp; nmap-os-db 67 of 90
	tcp.LayoutSolaris8:      {Solaris: 20}, // p0f.fp
	tcp.LayoutSolarisNNT:    {Solaris: 12}, // nmap-os-db 59 of 82
	tcp.LayoutSolarisSTM:    {Solaris: 8},  // nmap-os-db 17 of 82
}

// proxied is the weight of a host of which nothing is known when a client's SYN has the order of
// FreeBSD and of Windows with timestamps: of 399 such SYNs most came from browsers of all systems,
// through a proxy.
const proxied = 12

// boxedWeights are proxied's.
var boxedWeights = decibans{AnyStack: proxied}

// ttlWeights are by what a TTL began at: it contradicts the order of the options in 3 % of hosts,
// so it cannot weigh much.
var ttlWeights = [...]decibans{
	unseenTTL: {},
	ttl64:     {Linux: 7, Darwin: 7, FreeBSD: 7, OpenBSD: 7, Solaris: 7},
	ttl128:    {Windows: 9},
	ttl255:    {Embedded: 9},
}

// clue is a sign that weighs by itself.
type clue struct {
	sign    Signs
	weights decibans
	words   string
}

// clues are the other signs, with what was counted of them in captures of hosts that were known by
// their SYNs.
var clues = [...]clue{
	{synackZeroID, decibans{Linux: 10, Darwin: 10, FreeBSD: 3, Windows: -15},
		"IP ID 0 in its SYN,ACK"}, // Linux 3,004 of 3,185, macOS 129 of 144, FreeBSD 25 of 135, Windows 0 of 1,271
	{synackSomeID, decibans{Linux: -9, Darwin: -7, Windows: 3, FreeBSD: 2}, "an IP ID in its SYN,ACK"},
	{synFragments, decibans{Embedded: 5, Linux: -3, Windows: -3, Darwin: -3, FreeBSD: -3},
		"a SYN that may be fragmented"}, // nmap-os-db: lwIP 21 of 24
	{synLargeScale6, decibans{FreeBSD: 6, Darwin: 3}, "window 65535 with scale 6"},
	{synWindowsWindow, decibans{Windows: 6}, "a first window and scale of Windows"}, // 284 of 738 hosts
	{synTinyWindow, decibans{Embedded: 1}, "a first window below 8192"},
	{stampZero, decibans{Windows: 20},
		"timestamp 0 in its SYN,ACK"}, // Windows XP and 2003 98 of 219, Linux 0 of 2,700, FreeBSD 0 of 230, macOS 0 of 163
	{SignResetHidesAck, decibans{Windows: 27, OpenBSD: 10},
		"a RST without ACK flag whose acknowledgment number is not 0"}, // Windows 68 of 69, Linux 0 of 439, macOS 0 of 134
	{SignResetPlainBare, decibans{Windows: -18}, "a RST without ACK flag whose acknowledgment number is 0"},
	{SignResetNaked, decibans{Windows: 19, FreeBSD: 3, OpenBSD: 3, Solaris: 3},
		"a RST,ACK with window 0 and without options"}, // Windows 479 of 483, Linux 0 of 81, macOS 0 of 7
	{SignResetStamped, decibans{Linux: 10}, "a RST,ACK with timestamps"},    // Linux 48 of 48, Windows 2 of 20, macOS 0 of 7
	{SignProbeByte, decibans{Windows: 22}, "keep-alive probes of one byte"}, // Windows 423 of 423, Linux 0 of 154, macOS 0 of 21
	{SignProbeBare, decibans{Darwin: 20, Windows: 3},
		"keep-alive probes without the timestamps agreed on"}, // macOS 22 of 22, Linux 0 of 137
	{SignProbeStamped, decibans{Linux: 3, FreeBSD: 3, OpenBSD: 3, Darwin: -13, Windows: -15},
		"keep-alive probes without a byte, with timestamps"},
	{SignRefusedAgain, decibans{Windows: 12},
		"a refused SYN again after half a second"}, // Windows 28 of 48 hosts, Linux 0 of 19, macOS 0 of 12
	{SignThreeSeconds, decibans{Windows: 13, Embedded: 12},
		"a SYN again after 3 s"}, // Windows 28 of 30 hosts, Linux 0 of 15, macOS 0 of 8
	{SignSYNStripped, decibans{Darwin: 20}, "a SYN that lost its options after many tries"}, // macOS 9 of 9
	{SignSYNUnscaled, decibans{Windows: 20}, "a third SYN without window scaling"},          // Windows with 8192: 437 of 437
}

// ofHost is the weight of what the host's connections before have shown, which all agreed.
const ofHost = 18

// hostWeights are ofHost for each stack.
var hostWeights = func() (all [NumStacks]decibans) {
	for stack := Linux; stack < NumStacks; stack++ {
		all[stack][stack] = ofHost
	}
	return all
}()

// ordered is the weight from which on an order of options cannot be another stack's: it beats all
// other signs.
const ordered = 20

// weighed are the weights of the signs that were seen.
type weighed struct {
	list [len(clues) + 4]*decibans
	n    int
}

func (w *weighed) add(d *decibans) {
	w.list[w.n] = d
	w.n++
}

// weigh gives the weights of the signs.
func (s Signs) weigh() (w weighed) {
	w.add(&layoutWeights[s.layout()])
	if s.layout() == tcp.LayoutWindowsStamps && !s.has(isSYNACK) {
		w.add(&boxedWeights)
	}
	w.add(&ttlWeights[s.ttl()])
	for i := range clues {
		if s.has(clues[i].sign) {
			w.add(&clues[i].weights)
		}
	}
	if host := s.host(); host != AnyStack {
		w.add(&hostWeights[host])
	}
	return w
}

// Guess gives the stack that the signs are of: the likeliest by far, with two signs at least that
// speak for it, and none that the order of the SYN's options rules out.
func (s Signs) Guess() Stack {
	if s.has(isStranger) {
		return AnyStack
	}
	w := s.weigh()
	var total [NumStacks]int
	for _, d := range w.list[:w.n] {
		for stack := range total {
			total[stack] += int(d[stack])
		}
	}
	best, next := AnyStack, total[AnyStack]
	for stack := Linux; stack < NumStacks; stack++ {
		switch n := total[stack]; {
		case n > total[best]:
			best, next = stack, total[best]
		case n > next:
			next = n
		}
	}
	if best == AnyStack || total[best]-next < enough || w.speaking(best, s.host()) < 2 || s.rulesOut(best) {
		return AnyStack
	}
	return best
}

// speaking gives the number of signs that speak for a stack. What the host's other connections have
// shown was two already.
func (w *weighed) speaking(stack, host Stack) (n int) {
	for _, d := range w.list[:w.n] {
		if d[stack] >= sign {
			n++
		}
	}
	if host == stack {
		n++
	}
	return n
}

// rulesOut reports whether the order of the options is another stack's.
func (s Signs) rulesOut(stack Stack) bool {
	w := &layoutWeights[s.layout()]
	if w[stack] > 0 {
		return false
	}
	for _, n := range w {
		if n >= ordered {
			return true
		}
	}
	return false
}

// AppendEvidence appends the signs that speak for a stack, or, for AnyStack, all of them, in words.
func (s Signs) AppendEvidence(words []string, of Stack) []string {
	speaks := func(w *decibans) bool { return of == AnyStack || w[of] >= sign }
	if l := s.layout(); l != 0 && speaks(&layoutWeights[l]) {
		answers := 0
		if s.has(isSYNACK) {
			answers = 1
		}
		words = append(words, layoutWords[l][answers])
	}
	if from := s.ttl(); from != unseenTTL && speaks(&ttlWeights[from]) {
		words = append(words, ttlWords[from])
	}
	for i := range clues {
		if s.has(clues[i].sign) && speaks(&clues[i].weights) {
			words = append(words, clues[i].words)
		}
	}
	if s.has(isStranger) {
		words = append(words, "a scanner's SYN, or a box that answers for others")
	}
	if host := s.host(); host != AnyStack && (of == AnyStack || of == host) {
		words = append(words, "other connections of the host")
	}
	return words
}

// layoutWords tell a layout of a SYN and of a SYN,ACK.
var layoutWords = func() (all [tcp.NumLayouts][2]string) {
	for l := range tcp.NumLayouts {
		all[l] = [2]string{"SYN options " + l.String(), "SYN,ACK options " + l.String()}
	}
	return all
}()

var ttlWords = [...]string{ttl64: "initial TTL 64", ttl128: "initial TTL 128", ttl255: "initial TTL 255"}
