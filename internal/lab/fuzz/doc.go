// Package fuzz holds the tracker against a live kernel: a scripted peer brings the kernel's socket
// into a random state, sends it random but plausible segments, and the capture of that is replayed.
// Each segment's verdict, the answer that it was said to get and the state that it was said to
// leave must be what the kernel did.
//
// A difference is played again with less and less until nothing more can be left out, and is
// written as a recording.
//
// The wire has no length: a packet that is written to the kernel's device has been dealt with when
// the write returns, so that what the kernel did because of it is certain, and hundreds of
// connections can share one host.
package fuzz
