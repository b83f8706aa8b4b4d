// Package trace listens to the kernel's tracepoints and tells which TCP segments it dropped and
// why, which states its sockets went through, and which resets and retransmissions it sent.
//
// The programs are assembled here and attached to tracepoints, so neither a compiler nor kernel
// headers are needed: field offsets come from the running kernel's own descriptions (tracefs for
// events, BTF for struct sk_buff).
package trace
