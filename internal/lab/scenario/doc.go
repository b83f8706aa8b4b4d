// Package scenario holds the lab's stories: what happens on the wire and in the applications, told
// in the order in which it happens, and the proof from the kernels' own events that it did.
package scenario
