package redact

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/lastack/lastack/capture"
)

// TestEveryHeaderHasARedactor walks all kinds of headers that the decoder takes off: each has a
// name of its own and a function that says what of it may stay.
func TestEveryHeaderHasARedactor(t *testing.T) {
	var names []string
	for kind := range capture.HeaderKind(capture.NumHeaders) {
		name := kind.String()
		if slices.Contains(names, name) || strings.HasPrefix(name, "header-") {
			t.Errorf("kind %d has no name of its own but %q: headerNames in capture/headernames.go needs one", kind, name)
		}
		names = append(names, name)
		if copiers[kind] == nil {
			t.Errorf("the header %s has no redactor: copiers in packet.go needs one", name)
		}
	}
}

// TestHeaderWithoutRedactor leaves nothing of a header whose kind has no redactor: of one that is
// beyond the table, and of one in it that nobody filled in.
func TestHeaderWithoutRedactor(t *testing.T) {
	secret := []byte("of the bank")
	r := New([KeySize]byte{}, 0)
	of := func(kind capture.HeaderKind) []byte {
		out := make([]byte, len(secret))
		copyHeader(r, kind, out, secret)
		return out
	}
	zeros := make([]byte, len(secret))
	if out := of(capture.NumHeaders); !bytes.Equal(out, zeros) {
		t.Errorf("a kind beyond the table leaves %q", out)
	}
	if out := of(capture.HeaderVLAN); !bytes.Equal(out, secret) {
		t.Errorf("a VLAN tag, which is harmless, leaves %q", out)
	}
	vlan := copiers[capture.HeaderVLAN]
	copiers[capture.HeaderVLAN] = nil
	defer func() { copiers[capture.HeaderVLAN] = vlan }()
	if out := of(capture.HeaderVLAN); !bytes.Equal(out, zeros) {
		t.Errorf("a kind without a redactor leaves %q", out)
	}
}
