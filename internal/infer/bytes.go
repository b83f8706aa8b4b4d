package infer

import "github.com/lastack/lastack/tcp"

// sentData remembers the content of one data segment by its checksum.
type sentData struct {
	seq tcp.Seq
	len uint32
	sum uint16
}

// recentData is the content of a side's last data segments, for telling a retransmission that
// carries other bytes.
type recentData struct {
	ring [4]sentData
	at   uint8
}

// differs takes a data segment in and reports whether the same sequence numbers were sent with
// other bytes before. Only segments that were captured whole can be compared (their sum is not 0),
// and only with the same bounds.
func (r *recentData) differs(seg *tcp.Segment) bool {
	if seg.Len == 0 || seg.PayloadSum == 0 {
		return false
	}
	for _, d := range r.ring {
		if d.seq == seg.Seq && d.len == seg.Len {
			return d.sum != seg.PayloadSum
		}
	}
	r.ring[r.at] = sentData{seg.Seq, seg.Len, seg.PayloadSum}
	r.at = (r.at + 1) % uint8(len(r.ring))
	return false
}
