// Package present is what the renderers for people have in common: the ladder of a finding's
// segments, the order that findings are read in, and the wording of verdicts, sources and limits.
package present
