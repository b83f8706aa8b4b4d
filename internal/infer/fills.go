package infer

import "github.com/lastack/lastack/tcp"

// fill is a segment that the network let come after what was sent later.
type fill struct {
	seq, end tcp.Seq
	time     int64
}

// fills are a side's last ones, the newest anywhere.
type fills struct {
	list [8]fill
	next uint8
}

func (f *fills) add(seg *tcp.Segment) {
	f.list[f.next%uint8(len(f.list))] = fill{seg.Seq, seg.EndSeq(), seg.Time}
	f.next++
}

// onWay reports whether what an ACK shows to be missing at its sender passed the capture point so
// short a time before that the ACK can have been sent without it: the way there and back is lag.
func (f *fills) onWay(ack *tcp.Segment, lag int64) bool {
	for i := range f.list {
		l := &f.list[i]
		if l.time != 0 && l.seq.AtOrBefore(ack.Ack) && l.end.After(ack.Ack) &&
			ack.Time-l.time < lag {
			return true
		}
	}
	return false
}
