package findings

// Prose is prose, for tests.
var Prose = prose
