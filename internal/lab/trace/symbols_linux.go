package trace

import (
	"os"
	"sort"
	"strconv"
	"strings"
)

// symbolTable is the kernel's functions in address order.
type symbolTable []kernelSymbol

type kernelSymbol struct {
	at   uint64
	name string
}

// readSymbols reads /proc/kallsyms. Without it drops simply have no function name.
func readSymbols() symbolTable {
	b, err := os.ReadFile("/proc/kallsyms")
	if err != nil {
		return nil
	}
	var table symbolTable
	for _, line := range strings.Split(string(b), "\n") {
		f := strings.Fields(line)
		if len(f) < 3 || !strings.EqualFold(f[1], "t") {
			continue
		}
		if at, err := strconv.ParseUint(f[0], 16, 64); err == nil && at != 0 {
			table = append(table, kernelSymbol{at, f[2]})
		}
	}
	sort.Slice(table, func(i, j int) bool { return table[i].at < table[j].at })
	return table
}

// name gives the function that an address lies in, "" if unknown.
func (t symbolTable) name(at uint64) string {
	i := sort.Search(len(t), func(i int) bool { return t[i].at > at })
	if i == 0 {
		return ""
	}
	return t[i-1].name
}
