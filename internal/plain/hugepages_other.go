//go:build !linux

package plain

// hugePages does nothing where this is not Linux.
func hugePages([]uint64) {}
