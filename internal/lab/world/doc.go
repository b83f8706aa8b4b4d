// Package world makes what a scenario plays in: two hosts with a real Linux TCP each, in network
// namespaces of their own, and a wire between them in user space that can lose, hold, delay,
// repeat, alter and forge single packets, with a capture at either end and one in the middle. In
// place of a host there can be a scripted peer, which sends any segment it likes.
package world
