package report

// Decision is one step by which lastack came to what it says of a segment: the first word, or a
// later assumption that changed it.
type Decision struct {
	Assumption string `json:"assumption"` // its name
	// Frame is the one whose segment showed it, absent where time that passed did.
	Frame   uint64           `json:"frame,omitempty"`
	File    Optional[uint16] `json:"file"`
	Because string           `json:"because"`
	// What was said of the segment from then on.
	ReceiverState Change `json:"receiver_state"`
	Verdict       string `json:"verdict"`
	Reason        string `json:"reason"`
	Response      string `json:"response"`
	AnsweredBy    uint64 `json:"answered_by,omitempty"` // frame
	Notes         Notes  `json:"notes"`
}

// decisions writes why a segment's record says what it says.
func (e *encoder) decisions(all []Decision) {
	if all == nil {
		return
	}
	e.key("why")
	e.open('[')
	for i := range all {
		d := &all[i]
		e.element()
		e.open('{')
		e.word("assumption", d.Assumption)
		if d.Frame != 0 {
			e.uint("frame", d.Frame)
			optional(e, "file", d.File)
		}
		e.text("because", d.Because)
		e.key("receiver_state")
		e.open('{')
		e.word("before", d.ReceiverState.Before)
		e.word("after", d.ReceiverState.After)
		e.close('}')
		e.word("verdict", d.Verdict)
		e.word("reason", d.Reason)
		e.word("response", d.Response)
		if d.AnsweredBy != 0 {
			e.uint("answered_by", d.AnsweredBy)
		}
		e.notes(d.Notes)
		e.close('}')
	}
	e.close(']')
}
