package trace

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

const tracefs = mountPoint + "/events"

var (
	fieldLine = regexp.MustCompile(`field:[^;]*?(\w+)(?:\[\d+\])?;\s*offset:(\d+);\s*size:(\d+);`)
	symbol    = regexp.MustCompile(`\{ (\d+), "(\w+)" \}`)
)

// field is where an event's record holds a value.
type field struct{ offset, size int }

// format is what tracefs says of an event.
type format struct {
	fields map[string]field
	size   int
	// reasons names the values of the field "reason".
	reasons map[uint32]string
}

// readFormat reads the description of an event, "skb/kfree_skb".
func readFormat(event string) (*format, error) {
	b, err := os.ReadFile(filepath.Join(tracefs, event, "format"))
	if err != nil {
		return nil, fmt.Errorf("no tracepoint %s: %w", event, err)
	}
	f := &format{fields: make(map[string]field), reasons: make(map[uint32]string)}
	for _, line := range strings.Split(string(b), "\n") {
		if m := fieldLine.FindStringSubmatch(line); m != nil {
			offset, _ := strconv.Atoi(m[2])
			size, _ := strconv.Atoi(m[3])
			f.fields[m[1]] = field{offset, size}
			f.size = max(f.size, offset+size)
		}
	}
	// Events list several enumerations; the reason's is the one that follows "reason" in the print
	// format.
	if _, list, ok := strings.Cut(string(b), "->reason, {"); ok {
		for _, m := range symbol.FindAllStringSubmatch("{"+list, -1) {
			n, _ := strconv.ParseUint(m[1], 10, 32)
			f.reasons[uint32(n)] = m[2]
		}
	}
	return f, nil
}
