package html

// words numbers the strings that records have over and over, such as addresses and states, so that
// the page has each once.
type words struct {
	list  []string
	index map[string]int
}

func newWords() words { return words{index: make(map[string]int)} }

// of gives a string's number.
func (w *words) of(s string) int {
	i, ok := w.index[s]
	if !ok {
		i = len(w.list)
		w.list = append(w.list, s)
		w.index[s] = i
	}
	return i
}

// ofBytes is of without making a string of one that has a number already.
func (w *words) ofBytes(b []byte) int {
	if i, ok := w.index[string(b)]; ok {
		return i
	}
	return w.of(string(b))
}
