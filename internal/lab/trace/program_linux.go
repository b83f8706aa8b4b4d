package trace

import (
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
)

// Layout of the record that a program sends up, on its stack and in the ring buffer.
const (
	recEvent   = 0 // which tracepoint, uint32
	recIface   = 4 // skb->skb_iif: where it came in, 0 for a segment that this host made
	recTime    = 8
	recFields  = 16 // the tracepoint's own record
	maxFields  = 96
	recNetwork = recFields + maxFields // skb->network_header
	recCB      = recNetwork + 8        // the start of skb->cb: struct tcp_skb_cb's seq and end_seq
	recHead    = recCB + 8             // skb->head
	recPacket  = recHead + 8           // the packet from the IP header on
	maxPacket  = 40 + 60
	recSize    = (recPacket + maxPacket + 7) &^ 7
)

// skbLayout is where the running kernel's struct sk_buff has its fields.
type skbLayout struct{ head, network, cb, iface uint32 }

// readSKBLayout asks the kernel's BTF.
func readSKBLayout() (l skbLayout, err error) {
	spec, err := btf.LoadKernelSpec()
	if err != nil {
		return l, fmt.Errorf("no kernel BTF: %w", err)
	}
	var skb *btf.Struct
	if err := spec.TypeByName("sk_buff", &skb); err != nil {
		return l, err
	}
	for name, to := range map[string]*uint32{"head": &l.head, "network_header": &l.network, "cb": &l.cb, "skb_iif": &l.iface} {
		offset, ok := memberOffset(skb.Members, name)
		if !ok {
			return l, fmt.Errorf("struct sk_buff has no %s", name)
		}
		*to = offset
	}
	return l, nil
}

// memberOffset finds a member by name, inside anonymous structs and unions too.
func memberOffset(members []btf.Member, name string) (uint32, bool) {
	for _, m := range members {
		if m.Name == name {
			return m.Offset.Bytes(), true
		}
		if m.Name != "" {
			continue
		}
		var inner []btf.Member
		switch t := btf.UnderlyingType(m.Type).(type) {
		case *btf.Struct:
			inner = t.Members
		case *btf.Union:
			inner = t.Members
		}
		if offset, ok := memberOffset(inner, name); ok {
			return m.Offset.Bytes() + offset, true
		}
	}
	return 0, false
}

// slot is a record offset as seen from the frame pointer.
func slot(offset int) int16 { return int16(offset - recSize) }

// read assembles bpf_probe_read_kernel(record+to, size, from+offset).
func read(to, size int, from asm.Register, offset uint32) asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(asm.R1, asm.RFP),
		asm.Add.Imm(asm.R1, int32(slot(to))),
		asm.Mov.Imm(asm.R2, int32(size)),
		asm.Mov.Reg(asm.R3, from),
		asm.Add.Imm(asm.R3, int32(offset)),
		asm.FnProbeReadKernel.Call(),
	}
}

// assemble gives the program for the event with the given number: it copies the event's record and,
// if the event has a skbaddr, what identifies that segment, into the ring buffer.
func assemble(number int, f *format, skb skbLayout, ring *ebpf.Map) asm.Instructions {
	code := asm.Instructions{asm.Mov.Reg(asm.R6, asm.R1), asm.Mov.Imm(asm.R0, 0)}
	for at := 0; at < recSize; at += 8 {
		code = append(code, asm.StoreMem(asm.RFP, slot(at), asm.R0, asm.DWord))
	}
	code = append(code,
		asm.Mov.Imm(asm.R0, int32(number)),
		asm.StoreMem(asm.RFP, slot(recEvent), asm.R0, asm.Word),
		asm.FnKtimeGetNs.Call(),
		asm.StoreMem(asm.RFP, slot(recTime), asm.R0, asm.DWord),
	)
	code = append(code, read(recFields, min(f.size, maxFields), asm.R6, 0)...)
	if at, ok := f.fields["skbaddr"]; ok {
		code = append(code, asm.LoadMem(asm.R7, asm.RFP, slot(recFields+at.offset), asm.DWord),
			asm.JEq.Imm(asm.R7, 0, "send"))
		code = append(code, read(recIface, 4, asm.R7, skb.iface)...)
		code = append(code, read(recNetwork, 2, asm.R7, skb.network)...)
		code = append(code, read(recCB, 8, asm.R7, skb.cb)...)
		code = append(code, read(recHead, 8, asm.R7, skb.head)...)
		code = append(code,
			asm.LoadMem(asm.R8, asm.RFP, slot(recHead), asm.DWord),
			asm.LoadMem(asm.R9, asm.RFP, slot(recNetwork), asm.Half),
			asm.Add.Reg(asm.R8, asm.R9))
		code = append(code, read(recPacket, maxPacket, asm.R8, 0)...)
	}
	return append(code,
		asm.LoadMapPtr(asm.R1, ring.FD()).WithSymbol("send"),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, int32(slot(0))),
		asm.Mov.Imm(asm.R3, recSize),
		asm.Mov.Imm(asm.R4, 0),
		asm.FnRingbufOutput.Call(),
		asm.Mov.Imm(asm.R0, 0),
		asm.Return(),
	)
}
