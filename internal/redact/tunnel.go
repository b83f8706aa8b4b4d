package redact

// copyERSPAN copies what leads to the mirrored frame (draft-foschiano-erspan-03 section 4):
// version, VLAN and session, and of type III whether there is a platform-specific part.
func copyERSPAN(_ *Redactor, out, in []byte) { copySome(out, in, span{0, 4}, span{11, 12}) }

// copyGTP copies a GTP-U header (3GPP TS 29.281 section 5.1) without the tunnel endpoint
// identifier, which names a subscriber, and of its extension headers only what leads to the next
// one.
func copyGTP(_ *Redactor, out, in []byte) {
	const fixed, extensions = 8, 12
	copySome(out, in, span{0, 4})
	for at := extensions; at <= len(in) && in[0]&0x07 != 0; {
		out[at-1] = in[at-1] // the next header's type
		if in[at-1] == 0 || at == len(in) {
			return
		}
		out[at] = in[at] // its length
		at += int(in[at]) * 4
	}
}
