package zeek

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"

	"github.com/lastack/lastack/report"
)

// columns are those of conn.log in Zeek 8, and the one that the script
// protocols/conn/community-id-logging adds.
var columns = []struct{ name, kind string }{
	{"ts", "time"}, {"uid", "string"}, {"id.orig_h", "addr"}, {"id.orig_p", "port"}, {"id.resp_h", "addr"}, {"id.resp_p", "port"},
	{"proto", "enum"}, {"service", "string"}, {"duration", "interval"}, {"orig_bytes", "count"}, {"resp_bytes", "count"},
	{"conn_state", "string"}, {"local_orig", "bool"}, {"local_resp", "bool"}, {"missed_bytes", "count"}, {"history", "string"},
	{"orig_pkts", "count"}, {"orig_ip_bytes", "count"}, {"resp_pkts", "count"}, {"resp_ip_bytes", "count"},
	{"tunnel_parents", "set[string]"}, {"ip_proto", "count"}, {"community_id", "string"},
}

// unset stands for what is not known.
const unset = "-"

// log writes the lines. The times of its opening and closing are the capture's, so that the same
// input gives the same log.
type log struct {
	w     io.Writer
	begun bool
}

// begin writes the header, once.
func (l *log) begin(at report.Time) error {
	if l.begun {
		return nil
	}
	l.begun = true
	var names, kinds []string
	for _, c := range columns {
		names, kinds = append(names, c.name), append(kinds, c.kind)
	}
	_, err := fmt.Fprintf(l.w, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"+
		"#unset_field\t%s\n#path\tconn\n#open\t%s\n#fields\t%s\n#types\t%s\n",
		unset, stamp(at), strings.Join(names, "\t"), strings.Join(kinds, "\t"))
	return err
}

// end completes the log.
func (l *log) end(r *report.Summary) error {
	if err := l.begin(r.CaptureStart); err != nil {
		return err
	}
	_, err := fmt.Fprintf(l.w, "#close\t%s\n", stamp(r.CaptureEnd))
	return err
}

func stamp(t report.Time) string { return t.Std().Format("2006-01-02-15-04-05") }

// write writes a connection. What lastack does not look at (services, local networks, IP lengths)
// is unset.
func (l *log) write(r *report.Connection, f *flow) error {
	if err := l.begin(r.Start); err != nil {
		return err
	}
	duration, bytes := unset, report.Pair[string]{Initiator: unset, Responder: unset}
	if f.last > r.Start {
		duration = seconds(int64(f.last - r.Start))
		bytes = report.Pair[string]{Initiator: count(r.Bytes.Initiator), Responder: count(r.Bytes.Responder)}
	}
	missed := "0"
	if f.gaps {
		missed = unset
	}
	history := string(f.history)
	if history == "" {
		history = unset
	}
	_, err := fmt.Fprintln(l.w, strings.Join([]string{
		seconds(int64(r.Start)), uid(r), r.Initiator.IP.String(), count(uint64(r.Initiator.Port)), r.Responder.IP.String(),
		count(uint64(r.Responder.Port)), "tcp", unset, duration, bytes.Initiator, bytes.Responder,
		f.connState(r.Bytes), unset, unset, missed, history,
		count(r.Segments.Initiator), unset, count(r.Segments.Responder), unset, unset, "6", r.CommunityID.String(),
	}, "\t"))
	return err
}

func count(n uint64) string { return strconv.FormatUint(n, 10) }

// seconds writes nanoseconds as Zeek writes times and intervals: with microseconds.
func seconds(ns int64) string { return fmt.Sprintf("%d.%06d", ns/1e9, ns%1e9/1e3) }

// uid gives an identifier as Zeek's look: C and 17 letters and digits. The same connection always
// gets the same one.
func uid(r *report.Connection) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d %s", r.CommunityID, r.Start, r.FirstFrame, r.Path))
	text := new(big.Int).SetBytes(sum[:]).Text(62)
	return "C" + text[:17]
}
