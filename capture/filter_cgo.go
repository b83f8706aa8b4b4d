//go:build cgo

package capture

import (
	"encoding/binary"
	"os"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcap"
	"golang.org/x/net/bpf"
)

// compile compiles a filter with libpcap, to be run in Go.
func compile(link LinkType, expr string) (program, error) {
	h, err := emptyCapture(link)
	if err != nil {
		return nil, err
	}
	defer h.Close()
	instructions, err := h.CompileBPFFilter(expr)
	if err != nil {
		return nil, err
	}
	raw := make([]bpf.RawInstruction, len(instructions))
	for i, in := range instructions {
		raw[i] = bpf.RawInstruction{Op: in.Code, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	decoded, all := bpf.Disassemble(raw)
	if !all || usesLength(decoded) {
		p, err := h.NewBPF(expr)
		return libpcapProgram{p}, err
	}
	vm, err := bpf.NewVM(decoded)
	return goProgram{vm}, err
}

// emptyCapture opens a capture without packets. libpcap compiles filters for the link type of an
// open capture; its function that takes a bare number has in gopacket only eight bits for it, too
// few for LINUX_SLL2.
func emptyCapture(link LinkType) (*pcap.Handle, error) {
	f, err := os.CreateTemp("", "lastack-*.pcap")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	h := make([]byte, 0, pcapFileHeader)
	for _, field := range []uint32{magicMicro, 4<<16 | 2, 0, 0, maxCaptured, uint32(link)} {
		h = binary.LittleEndian.AppendUint32(h, field)
	}
	if _, err := f.Write(h); err != nil {
		return nil, err
	}
	return pcap.OpenOffline(f.Name())
}

// usesLength reports whether a program asks for the packet's length ("greater 100"). x/net/bpf
// would answer with the captured length where libpcap means that on the wire.
func usesLength(program []bpf.Instruction) bool {
	for _, in := range program {
		if ext, ok := in.(bpf.LoadExtension); ok && ext.Num == bpf.ExtLen {
			return true
		}
	}
	return false
}

type goProgram struct{ vm *bpf.VM }

func (p goProgram) match(data []byte, _ int) bool {
	n, err := p.vm.Run(data)
	return err == nil && n > 0
}

// libpcapProgram runs in libpcap itself.
type libpcapProgram struct{ bpf *pcap.BPF }

func (p libpcapProgram) match(data []byte, wire int) bool {
	return len(data) > 0 && p.bpf.Matches(gopacket.CaptureInfo{CaptureLength: len(data), Length: wire}, data)
}
