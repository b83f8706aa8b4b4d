package findings

import (
	"fmt"
	"time"
)

// slightStep is a step back that records taken on several CPUs make of themselves; no duration that
// matters in TCP is that short.
const slightStep = int64(time.Millisecond)

var clockBackwards = &Rule{
	Code:     "clock-backwards",
	Title:    "The capture's clock went backwards",
	Group:    GroupCapture,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "record times go backwards: order and durations are not to be trusted",
	What:     "Some records carry a time that is before that of an earlier record.",
	Why: "Captures from several CPUs or interfaces are written in slightly wrong order, files are merged from hosts whose clocks " +
		"differ, or the capturing host's clock was set back during the capture.",
	Confirm: []string{"capinfos -o FILE (strict time order)", "on the capturing host: chronyc tracking, journalctl for clock steps"},
	Do: []string{
		"For records out of order: reordercap FILE OUT.",
		"Keep the capturing host's clock disciplined by slewing (chrony, ptp) rather than by steps.",
	},
	Misreadings: []string{"A negative round trip is a clock matter, never TCP's."},
	OtherNames: []string{
		"Wireshark: negative time deltas",
		"Zeek: none",
		"Suricata: none",
		"Snort: none",
		"kernel: none",
		"capinfos: Strict time order: False",
	},
	RFC:    []string{"draft-ietf-opsawg-pcap section 5"},
	Kernel: []string{"tpacket_get_timestamp"},
	Once:   true,
	needs:  hasBackInTime,
	check:  checkClockBackwards,
}

func checkClockBackwards(c *Case) {
	d := c.fire()
	d.Blame = BlameCapture
	if c.BackMost < slightStep {
		d.Severity = Info
	}
	d.context(c.step(c.Back.After), "the record before")
	d.trigger(c.step(c.Back.Frame), "its time is earlier")
	d.between(c.Back.Time, c.Back.Time+c.Back.By)
	d.Title = fmt.Sprintf("The times of this connection's records go back %s", times(c.BackInTime))
	d.Explanation = fmt.Sprintf("In the connection between %s and %s a record's time is before that of an earlier one %s, at most by %s. "+
		"Durations that span such records are not to be trusted.", c.addr(0), c.addr(1), times(c.BackInTime), dur(c.BackMost))
	d.note("records", c.BackInTime)
	d.note("largest_step", seconds(c.BackMost))
}
