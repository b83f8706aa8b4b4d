// Package capture turns packet captures into TCP segments.
//
// It reads pcap and pcapng files, gzip or zstd of either, standard input, and live interfaces,
// takes link, tunnel and IP headers off, and gives tcp.Segment values in batches. What it does not
// decode it counts by reason (Skip): nothing is dropped in silence.
//
// The way in is OpenFiles or OpenLive, which give a Source. Nothing is allocated a packet: records
// are parsed where the read put them (blockReader) and decoded into segments that are used again
// (Decoder). The formats are those of draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng, and
// where libpcap reads more than they say, libpcap's.
package capture
