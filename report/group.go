package report

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"github.com/lastack/lastack/findings"
)

// GroupOf gives what findings with one cause have in common, whatever the run: 12 characters made of
// the code, the responder's address and port, the blame, and the initiator's network (/24, /64).
// Findings about several connections go by what they name in place of the ends: a listener, a
// source.
func GroupOf(f *Finding) string {
	where, from := "", ""
	if f.Responder.IP.IsValid() {
		where, from = f.Responder.String(), findings.Network(f.Initiator.IP).String()
	} else {
		where, from = f.named("listener"), f.named("source")
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{f.Code, where, f.Blame, from}, "\x00")))
	return base32.StdEncoding.EncodeToString(sum[:])[:groupLen]
}

// groupLen is 60 bits: two of a million groups are the same once in two million runs.
const groupLen = 12

// named gives what a finding's data has under a key, "" for nothing.
func (r *Finding) named(key string) string {
	for _, d := range r.Data {
		if d.Key == key {
			return fmt.Sprint(d.Value)
		}
	}
	return ""
}
