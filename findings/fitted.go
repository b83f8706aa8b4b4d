package findings

import "sync"

// purpose is what a line is for, which tells how it is fitted to the hosts.
type purpose uint8

const (
	forProse purpose = iota
	forAdvice
	forCommands
)

// fitting is a line, and what it is to be fitted to: prose is the same for all hosts that are not
// Linux.
type fitting struct {
	line string
	how  purpose
	d    dialect
}

// mostFittings bounds what is remembered: some thousand lines, for the few pairs of stacks that a
// capture has. Lines of single cases have numbers in them, so there is no end of those.
const mostFittings = 1 << 13

// fittings remembers lines as they were fitted. The rules' lines are always the same ones, and it
// takes 20 us to look through one for the words of Linux.
var fittings = struct {
	sync.Mutex
	of map[fitting]string
}{of: make(map[fitting]string)}

// fitted gives a line as it holds for the hosts, "" if nothing is left of it.
func (d *dialect) fitted(line string, how purpose) string {
	key := fitting{line, how, *d}
	switch how {
	case forAdvice: // what is said to do is prose, or stays as it is
		if !d.isForeign(about(line)) {
			return line
		}
		key.how, key.d = forProse, dialect{}
	case forProse:
		key.d = dialect{}
	}
	fittings.Lock()
	defer fittings.Unlock()
	if s, ok := fittings.of[key]; ok {
		return s
	}
	if len(fittings.of) >= mostFittings {
		clear(fittings.of)
	}
	var s string
	if key.how == forCommands {
		s = d.command(line)
	} else {
		s = prose(line)
	}
	fittings.of[key] = s
	return s
}
