// Package report turns what the tracker and the rules say into one stream of records, and the
// stream into reports.
//
// A run gives its records to a Sink in stream order: segments as they are settled, a connection's
// before its record; each connection's findings and then the connection itself when it ends;
// findings about the whole capture; one summary last. Every renderer is a Sink, and needs nothing
// but the records: a stream that was stored as NDJSON can be replayed into any of them (Replay).
//
// The records are reused from call to call. Whoever keeps one copies it with its Clone method.
package report
