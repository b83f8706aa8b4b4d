package score

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/lab"
)

// Judge says what is wrong with a verdict, "" if what the kernel did with the segment allows it.
// step is nil when lastack has none for the segment, drop when the kernel did not drop it.
func Judge(step *fsm.Step, drop *lab.Event) string { return judge(step, step != nil, drop) }
