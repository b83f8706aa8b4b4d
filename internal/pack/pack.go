// Package pack makes values of many fields, most of them zero, into few bytes, and back.
//
// What a tracker knows of a connection is some hundred fields in nested structs. To list them by
// hand would be to forget one some day, and what was forgotten would be lost without a sound: so
// the fields are found by reflection, once for each type. Reflection cannot set fields that are not
// exported, hence the unsafe pointers; they stay within the value that is packed.
package pack

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"unsafe"
)

// Codec packs values of one type.
type Codec[T any] struct{ plan *plan }

// New makes a codec. It panics if T has anything but numbers, booleans, arrays, structs, slices and
// pointers to such.
func New[T any]() *Codec[T] { return &Codec[T]{planOf(reflect.TypeFor[T]())} }

// Append appends a value's bytes.
func (c *Codec[T]) Append(b []byte, v *T) []byte {
	w := writer{b: b}
	c.plan.write(&w, unsafe.Pointer(v))
	return w.b
}

// Read sets a value to what Append was given. Memory that its slices and pointers have is used
// again. The bytes must be Append's.
func (c *Codec[T]) Read(b []byte, v *T) {
	r := reader{b: b}
	c.plan.read(&r, unsafe.Pointer(v))
}

// plan says where a type has its fields.
type plan struct {
	numbers []number
	others  []other
}

// number is a field that is a number or a boolean.
type number struct {
	at   uintptr
	size uintptr
}

// other is a field that is a slice or a pointer.
type other struct {
	at      uintptr
	typ     reflect.Type // of the field
	pointer bool
	elem    *plan
	size    uintptr // of an element
}

func planOf(t reflect.Type) *plan {
	p := new(plan)
	p.add(t, 0)
	return p
}

// add adds the fields of a type that begins at an offset.
func (p *plan) add(t reflect.Type, at uintptr) {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		p.numbers = append(p.numbers, number{at, t.Size()})
	case reflect.Array:
		for i := range t.Len() {
			p.add(t.Elem(), at+uintptr(i)*t.Elem().Size())
		}
	case reflect.Struct:
		for i := range t.NumField() {
			p.add(t.Field(i).Type, at+t.Field(i).Offset)
		}
	case reflect.Slice, reflect.Pointer:
		p.others = append(p.others, other{at: at, typ: t, pointer: t.Kind() == reflect.Pointer, elem: planOf(t.Elem()), size: t.Elem().Size()})
	default:
		panic(fmt.Sprintf("pack: %s cannot be packed", t))
	}
}

// group is how many numbers share a byte that says which of them are not zero.
const group = 8

func (p *plan) write(w *writer, base unsafe.Pointer) {
	for n := p.numbers; len(n) > 0; n = n[min(group, len(n)):] {
		at, present := len(w.b), byte(0)
		w.b = append(w.b, 0)
		for i, f := range n[:min(group, len(n))] {
			if v := f.load(base); v != 0 {
				present |= 1 << i
				w.number(v, f.size)
			}
		}
		w.b[at] = present
	}
	for i := range p.others {
		o := &p.others[i]
		first, count := o.elements(base)
		w.b = binary.AppendUvarint(w.b, uint64(count))
		for i := range count {
			o.elem.write(w, unsafe.Add(first, uintptr(i)*o.size))
		}
	}
}

func (p *plan) read(r *reader, base unsafe.Pointer) {
	for n := p.numbers; len(n) > 0; n = n[min(group, len(n)):] {
		present := r.byte()
		for i, f := range n[:min(group, len(n))] {
			v := uint64(0)
			if present&(1<<i) != 0 {
				v = r.number(f.size)
			}
			f.store(base, v)
		}
	}
	for i := range p.others {
		o := &p.others[i]
		count := int(r.uvarint())
		first := o.resize(base, count)
		for i := range count {
			o.elem.read(r, unsafe.Add(first, uintptr(i)*o.size))
		}
	}
}

func (f *number) load(base unsafe.Pointer) uint64 {
	p := unsafe.Add(base, f.at)
	switch f.size {
	case 1:
		return uint64(*(*uint8)(p))
	case 2:
		return uint64(*(*uint16)(p))
	case 4:
		return uint64(*(*uint32)(p))
	}
	return *(*uint64)(p)
}

func (f *number) store(base unsafe.Pointer, v uint64) {
	p := unsafe.Add(base, f.at)
	switch f.size {
	case 1:
		*(*uint8)(p) = uint8(v)
	case 2:
		*(*uint16)(p) = uint16(v)
	case 4:
		*(*uint32)(p) = uint32(v)
	default:
		*(*uint64)(p) = v
	}
}

// elements gives the first of a field's elements and their number; of a pointer, what it points to.
func (o *other) elements(base unsafe.Pointer) (first unsafe.Pointer, count int) {
	if o.pointer {
		if first = *(*unsafe.Pointer)(unsafe.Add(base, o.at)); first != nil {
			count = 1
		}
		return first, count
	}
	s := (*slice)(unsafe.Add(base, o.at))
	return s.data, s.len
}

// resize makes room for elements and gives the first. What there is is used again if it suffices; a
// pointer is nil afterwards for none.
func (o *other) resize(base unsafe.Pointer, count int) unsafe.Pointer {
	at := unsafe.Add(base, o.at)
	field := reflect.NewAt(o.typ, at).Elem()
	if o.pointer {
		if count == 0 {
			field.SetZero()
		} else if field.IsNil() {
			field.Set(reflect.New(o.typ.Elem()))
		}
		return *(*unsafe.Pointer)(at)
	}
	s := (*slice)(at)
	if s.cap < count {
		field.Set(reflect.MakeSlice(o.typ, count, count))
	}
	s.len = count
	return s.data
}

// slice is how a slice lies in memory.
type slice struct {
	data     unsafe.Pointer
	len, cap int
}
