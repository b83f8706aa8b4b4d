package plain

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// modelItem is what an archive should hold.
type modelItem struct {
	hash  uint64
	bytes []byte
}

// number begins the bytes of an item, so that it is found.
func number(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

// TestArchiveAgainstAList does random things to an archive and to a list. Few different hashes make
// items meet in the same probe sequences; long items pass many block borders.
func TestArchiveAgainstAList(t *testing.T) {
	for name, c := range map[string]struct {
		hashes uint64
		length int
		most   int
		start  uint64
		spill  bool
	}{
		"few hashes":       {7, 40, 500, 0, false},
		"many":             {1 << 60, 200, 20_000, 0, false},
		"long items":       {1 << 60, 30_000, 200, 0, false},
		"past the 32 bits": {1 << 60, 30_000, 200, unit<<32 - 20*blockSize, false},
		"spilled":          {1 << 60, mostSpilled - itemHead - 8, 15_000, 0, true},
		"often empty":      {1 << 60, 30_000, 2, 0, false},
		"long and spilled": {1 << 60, maxPair - itemHead - 8, 1_500, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(c.length)))
			a := &archive{first: c.start, oldest: c.start, end: c.start}
			if c.spill {
				a.spill = &spill{young: 2}
				defer a.spill.close()
			}
			var model []modelItem
			for n := range uint64(60_000) {
				if len(model) < c.most && (r.IntN(2) == 0 || c.spill && n%3 == 0) {
					b := append(number(n), bytes.Repeat([]byte{byte(n)}, r.IntN(c.length))...)
					hash := r.Uint64N(c.hashes) * 0x9e3779b97f4a7c15
					a.put(hash, b)
					model = append(model, modelItem{hash, b})
				} else if len(model) > 0 {
					i := 0
					if r.IntN(3) == 0 {
						i = r.IntN(len(model))
					}
					m := model[i]
					place, ok := a.find(m.hash, m.bytes[:8])
					if !ok || !bytes.Equal(a.item(place), m.bytes) {
						t.Fatalf("item %d of %d is not found: %v", i, len(model), ok)
					}
					if i == 0 && place != a.oldest {
						t.Fatalf("the oldest is at %d, found at %d", a.oldest, place)
					}
					a.remove(m.hash, place)
					model = slices.Delete(model, i, i+1)
					if _, ok := a.find(m.hash, m.bytes[:8]); ok {
						t.Fatal("a removed item is found")
					}
				}
				if a.count != len(model) {
					t.Fatalf("%d items, want %d", a.count, len(model))
				}
			}
			if c.spill && (a.blocks[0].bytes != nil || a.first == 0) {
				t.Errorf("%d blocks, of which %v is in memory", len(a.blocks), a.blocks[0].bytes != nil)
			}
			i := 0
			for p := a.oldest; p < a.end; p = a.next(p) {
				if !bytes.Equal(a.item(p), model[i].bytes) {
					t.Fatalf("item %d is another than the model's", i)
				}
				i++
			}
			if i != len(model) {
				t.Errorf("a walk gives %d items, want %d", i, len(model))
			}
		})
	}
}

// TestArchiveUsesBlocksAgain: memory follows how much is in at once, not how much ever was.
func TestArchiveUsesBlocksAgain(t *testing.T) {
	a := &archive{}
	for n := range uint64(200_000) {
		a.put(n, append(number(n), make([]byte, 92)...))
		if n >= 1000 {
			place, _ := a.find(n-1000, number(n-1000))
			a.remove(n-1000, place)
		}
	}
	if n := len(a.blocks) + len(a.spare); n > 3 {
		t.Errorf("%d blocks for 100 kB at a time", n)
	}
}

// TestSpillWithoutRoom: where no temporary file can be made, all stays in memory.
func TestSpillWithoutRoom(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir()+"/missing")
	a := &archive{spill: &spill{young: 1}}
	for n := range uint64(30_000) {
		a.put(n, append(number(n), make([]byte, 92)...))
	}
	place, ok := a.find(3, number(3))
	if !ok || !bytes.HasPrefix(a.item(place), number(3)) || a.spill.file != nil || a.blocks[0].bytes == nil {
		t.Errorf("found %v, with a file %v", ok, a.spill.file)
	}
	a.spill.close()
}

// TestSpillThatCannotBeRead panics with what the user is told.
func TestSpillThatCannotBeRead(t *testing.T) {
	a := &archive{spill: &spill{young: 1}}
	for n := range uint64(30_000) {
		a.put(n, append(number(n), make([]byte, 92)...))
	}
	a.spill.file.Truncate(0)
	defer func() {
		if e, ok := recover().(*SpillError); !ok || e.Unwrap() == nil {
			t.Errorf("%v", e)
		}
	}()
	a.find(3, number(3))
	t.Error("what is gone was found")
}
