package world

// stage is how far a packet has come.
type stage int

const (
	passing  stage = iota // comes to the middle
	arriving              // comes to its end
)

// stop is a packet's next event on its way.
type stop struct {
	at     int64 // CLOCK_MONOTONIC
	order  int   // keeps packets with the same time in the order in which they were sent
	stage  stage
	packet *Packet
}

// schedule is a heap of stops (container/heap), the earliest first.
type schedule []stop

func (s schedule) Len() int { return len(s) }
func (s schedule) Less(i, j int) bool {
	if s[i].at != s[j].at {
		return s[i].at < s[j].at
	}
	return s[i].order < s[j].order
}
func (s schedule) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *schedule) Push(x any)   { *s = append(*s, x.(stop)) }
func (s *schedule) Pop() any {
	old := *s
	last := old[len(old)-1]
	*s = old[:len(old)-1]
	return last
}
