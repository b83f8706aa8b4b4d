package findings

import (
	"fmt"
	"strings"
	"time"

	"github.com/lastack/lastack/fsm"
)

// What rules say of a stack other than Linux, from its profile: Rule.says. Nothing is said that the
// profile does not know.

// named gives a sentence if it is known what the host runs.
func named(p *fsm.Profile, format string, args ...any) string {
	if p.System == "" {
		return ""
	}
	return fmt.Sprintf("%s "+format, append([]any{p.System}, args...)...) + "."
}

// saysSYNs: when a SYN is sent again, and when the connect fails.
func saysSYNs(p *fsm.Profile) string {
	if len(p.SYNRepeats) == 0 {
		return ""
	}
	var at []string
	for _, wait := range p.SYNRepeats {
		at = append(at, fmt.Sprintf("%.3g", wait.Seconds()))
	}
	return named(p, "sends a SYN again %s s after the first, and the connect fails after %s", listed(at), text(p.SYNGivesUp))
}

// listed joins numbers: "1, 3 and 7".
func listed(all []string) string {
	last := len(all) - 1
	if last < 1 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:last], ", ") + " and " + all[last]
}

// text gives a duration as people read it.
func text(d time.Duration) string { return dur(int64(d)) }

// saysSYNACKs: how often a SYN,ACK is sent again.
func saysSYNACKs(p *fsm.Profile) string {
	if p.SYNACKRepeats == 0 {
		return ""
	}
	return named(p, "sends a SYN,ACK again %s, then forgets the request", times(uint32(p.SYNACKRepeats)))
}

// saysRefusal: what a full queue looks like, and how often a refused SYN comes.
func saysRefusal(p *fsm.Profile) string {
	switch p.QueueFull {
	case fsm.QueueFullRefuses:
		return named(p, "refuses so as well when its accept queue is full")
	case fsm.QueueFullResetsLater:
		return named(p, "does not refuse so when its accept queue is full: it resets at the handshake's last acknowledgment")
	case fsm.QueueFullDrops:
	}
	return named(p, "does not refuse so when its accept queue is full: it drops the SYN silently")
}

// ending says what a peer gets when a host gives up.
func ending(e fsm.Ending) string {
	if e == fsm.EndsWithRST {
		return "with a RST,ACK"
	}
	return "without a word"
}

// saysFINs: how often the FIN of a closed socket is sent again.
func saysFINs(p *fsm.Profile) string {
	if p.FINTries == 0 {
		return ""
	}
	return named(p, "sends it again %s, and then ends the connection %s", times(uint32(p.FINTries)), ending(p.FINEnds))
}

// saysFinWait2: how long a closed socket waits for the peer's FIN.
func saysFinWait2(p *fsm.Profile) string {
	return named(p, "waits for %s there", text(p.Host.FinTimeout))
}

// saysKeepAlive: when probes are sent, and how it ends.
func saysKeepAlive(p *fsm.Profile) string {
	h := &p.Host
	if h.KeepaliveProbes == 0 {
		return ""
	}
	return named(p, "probes after %s of silence, then %s %s apart, and ends %s", text(h.KeepaliveTime), times(uint32(h.KeepaliveProbes)),
		text(h.KeepaliveIntvl), ending(p.KeepAliveEnds))
}

// saysTimeWait: how long TIME-WAIT lasts.
func saysTimeWait(p *fsm.Profile) string { return named(p, "keeps TIME-WAIT for %s", text(p.TimeWait)) }

// saysTimeWaitRST: what a reset does to TIME-WAIT.
func saysTimeWaitRST(p *fsm.Profile) string {
	switch p.TimeWaitRST {
	case fsm.RSTLeavesTimeWait:
		return named(p, "ignores such a reset in TIME-WAIT")
	case fsm.RSTEndsTimeWait:
		return named(p, "lets such a reset end TIME-WAIT")
	case fsm.RSTTimeWaitUnknown:
	}
	return ""
}

// saysTimeWaitSYN: which SYN TIME-WAIT takes, and how another one is answered.
func saysTimeWaitSYN(p *fsm.Profile) string {
	takes := map[fsm.TimeWaitSYN]string{
		fsm.SYNNewerEither:  "takes a SYN in TIME-WAIT whose sequence number is after the next one expected or whose timestamp is newer",
		fsm.SYNNewerStamp:   "takes a SYN in TIME-WAIT whose timestamp is newer or, without one, whose sequence number is after the next one expected",
		fsm.SYNNewerSeq:     "takes a SYN in TIME-WAIT whose sequence number is after the next one expected, and looks at no timestamp",
		fsm.SYNBeyondWindow: "takes a SYN in TIME-WAIT whose sequence number is beyond the old receive window, and looks at no timestamp",
		fsm.SYNNever:        "takes no SYN in TIME-WAIT",
	}[p.TimeWaitSYN]
	answers := map[fsm.Answer]string{fsm.AnswerACK: "answers another one with its last acknowledgment",
		fsm.AnswerSilence: "drops another one without a word", fsm.AnswerRST: "resets at one inside the window"}[p.TimeWaitSYNAnswer]
	if p.TimeWaitRST == fsm.RSTTimeWaitUnknown { // nor is the rest
		return saysTimeWait(p)
	}
	return named(p, "%s; it %s", takes, answers)
}

// saysAfterClose: how data after a close is answered.
func saysAfterClose(p *fsm.Profile) string {
	if p.AnswersAfterClose == fsm.RSTACK {
		return named(p, "answers with a RST,ACK that acknowledges the data, though nobody reads it")
	}
	return named(p, "answers with a RST without ACK")
}

// givesUp says when a host ends a connection whose data nobody acknowledges, and how long that is
// after the first try, 0 if it is not known.
func (c *Case) givesUp(p *fsm.Profile, retries2 int) (sentence string, after int64) {
	switch {
	case !foreign(p.Stack):
		after = giveUpAfter(retries2, 200*time.Millisecond, 120*time.Second)
		return fmt.Sprintf(" A Linux host with tcp_retries2 at %d would give up %s after the first try.", retries2, dur(after)), after
	case p.DataTries == 0:
		return "", 0
	}
	after = giveUpAfter(p.DataTries, p.LeastRTO, p.GreatestRTO)
	return fmt.Sprintf(" %s gives up after %s, %s after the first try at its shortest timeout, and ends the connection %s.", p.System,
		count(uint32(p.DataTries), "repetition"), dur(after), ending(p.DataEnds)), after
}
