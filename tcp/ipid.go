package tcp

// countedWithin is how far IP IDs may lie apart to be taken for counted ones, not random ones.
const countedWithin = 64

// CountedBefore reports whether a packet was sent before another one of its host, and whether their
// IP IDs tell: sockets count their packets (ip_select_ident_segs).
func CountedBefore(id, other uint16) (before, counted bool) {
	d := int16(id - other)
	return d < 0, id != 0 && d > -countedWithin && d < countedWithin
}
