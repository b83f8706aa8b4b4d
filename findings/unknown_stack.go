package findings

import "github.com/lastack/lastack/fsm"

// unknownStack is what else it may be where it is not known what a host runs.
const unknownStack = "a stack that judges it otherwise than Linux: what this host runs is not known, --stack ADDR=NAME tells it"

// doubtStack makes what a rule says of how a segment was judged no more than likely where stacks
// differ, it is not known what its receiver runs, and no answer shows it.
func (c *Case) doubtStack(r *Rule) {
	if !r.differs {
		return
	}
	for i := range c.drafts {
		d := &c.drafts[i]
		if d.Rule != r || len(d.triggers) == 0 {
			continue
		}
		st := c.step(d.triggers[0])
		if st != nil && st.AnsweredBy == 0 && c.Sides[st.From.Peer()].Stack == fsm.AnyStack {
			d.unsure(Likely, unknownStack)
		}
	}
}
