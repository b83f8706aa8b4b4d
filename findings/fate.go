package findings

import "slices"

// fate is whether what is found of single connections is told by a finding about a group of them.
// It is open until the group is large enough, and then it stays.
type fate struct{ told bool }

// await makes the findings of these codes wait for a group's fate; if it is known, they are told
// already.
func (c *Case) await(f *fate, codes ...string) {
	for i := range c.drafts {
		if d := &c.drafts[i]; slices.Contains(codes, d.Code) {
			d.fates = append(d.fates, f)
		}
	}
}

// Awaits reports whether a finding about a group, of which it is not known yet whether it will
// come, would tell what this one says.
func (f *Finding) Awaits() bool { return len(f.fates) > 0 && !f.Told() }

// Told reports whether the findings of Engine.Finish have one about a group that tells what this
// one says. It may become true until Finish, and not after.
func (f *Finding) Told() bool {
	return slices.ContainsFunc(f.fates, func(t *fate) bool { return t.told })
}

// Untold leaves out, after Engine.Finish, the findings that one about a group tells.
func Untold(all []Finding) []Finding {
	return slices.DeleteFunc(all, func(f Finding) bool { return f.Told() })
}
