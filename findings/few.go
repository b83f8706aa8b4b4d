package findings

// few keeps some values: the first two and, of the others, the last ones. Most of what is counted by
// listener has no more than two, and takes no memory of its own.
type few[T any] struct {
	first [2]T
	last  []T // a ring, once it is full
	n     uint64
}

// add keeps a value, of at most so many besides the first two.
func (f *few[T]) add(x T, most int) {
	switch {
	case f.n < uint64(len(f.first)):
		f.first[f.n] = x
	case len(f.last) < most:
		f.last = append(f.last, x)
	default:
		f.last[(f.n-uint64(len(f.first)))%uint64(most)] = x
	}
	f.n++
}

// all calls yield with each value that is kept.
func (f *few[T]) all(yield func(T) bool) {
	for _, x := range f.first[:min(f.n, uint64(len(f.first)))] {
		if !yield(x) {
			return
		}
	}
	for _, x := range f.last {
		if !yield(x) {
			return
		}
	}
}
