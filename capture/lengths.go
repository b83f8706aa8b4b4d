package capture

import "github.com/lastack/lastack/tcp"

// lengths decides of each interface of each input whether IP lengths beyond the frames are believed
// there. They are if the whole capture is so: a tool cut all frames, and wrote their new lengths
// down as those on the wire.
type lengths struct {
	read    func(file uint16, iface uint16) (cutByTool, known bool) // nil where each frame's length is the kernel's word
	decided map[inputIface]bool
	longest int // of the frames so far that had data, all of it
}

// inputIface is one interface of one input.
type inputIface struct{ file, iface uint16 }

// unusual decodes a record that usual does not.
func (s *sink) unusual(rec *record, file uint16, seg *tcp.Segment) Skip {
	d := &s.decoder
	d.room.strict = true
	skip := d.decode(rec.link, rec.data, rec.wire, seg)
	if skip == SkipBeyondFrame && s.lengths.cutByTool(rec, file) {
		d.room.strict = false
		skip = d.decode(rec.link, rec.data, rec.wire, seg)
	}
	return skip
}

// cutByTool reports whether a record with an IP length beyond its frame is of a capture that is so
// as a whole. What cannot be read twice (standard input, a pipe) is told by what came before: no
// whole frame with data was longer than this one.
func (l *lengths) cutByTool(rec *record, file uint16) bool {
	if l.read == nil {
		return false
	}
	which := inputIface{file, rec.iface}
	if is, ok := l.decided[which]; ok {
		return is
	}
	is, known := l.read(file, rec.iface)
	if !known {
		return l.longest <= len(rec.data)
	}
	if l.decided == nil {
		l.decided = make(map[inputIface]bool)
	}
	l.decided[which] = is
	return is
}

// whole notes a segment that was captured as a whole.
func (l *lengths) whole(rec *record, seg *tcp.Segment) {
	if seg.Len != 0 && seg.Cut == 0 {
		l.longest = max(l.longest, len(rec.data))
	}
}

// census is what the records of one interface have in common.
type census struct {
	beyond       int  // frames with an IP length beyond their end
	cutAt        int  // how long those are
	several      bool // and they are not all of one length
	longestWhole int  // of those with data, all of it, the longest
}

// take counts one more record.
func (c *census) take(d *Decoder, rec *record) {
	var seg tcp.Segment
	if skip := d.decode(rec.link, rec.data, rec.wire, &seg); skip != SkipNone {
		return
	}
	switch n := len(rec.data); {
	case d.room.beyond:
		c.several = c.several || c.beyond > 0 && n != c.cutAt
		c.beyond++
		c.cutAt = n
	case seg.Len != 0 && seg.Cut == 0:
		c.longestWhole = max(c.longestWhole, n)
	}
}

// cutByTool: more than one frame is too short, and either the data of none is there (a tool that
// keeps headers), or all of them are cut at the same length, and none that is whole is longer.
func (c *census) cutByTool() bool {
	return c.beyond > 1 && (c.longestWhole == 0 || !c.several && c.longestWhole <= c.cutAt)
}

// enough reports whether nothing that comes can make it a capture that a tool cut.
func (c *census) enough() bool {
	return c.beyond > 0 && c.longestWhole > 0 && (c.several || c.longestWhole > c.cutAt)
}

// maxCensus is how many records of an input are looked at to decide.
const maxCensus = 1 << 17

// cutByTool reads an input once more to find out whether a tool cut it. It is not known of what can
// be read but once.
func (f *files) cutByTool(file, iface uint16) (cutByTool, known bool) {
	of := f.inputs[file]
	if !of.again {
		return false, false
	}
	in := &input{stats: FileStats{Name: of.stats.Name}}
	b := f.buffer()
	defer f.release(b)
	if in.open(b) != nil {
		return false, true
	}
	defer in.close()
	var c census
	var d Decoder
	for n := 0; n < maxCensus && in.format.next(&in.head) == nil && !c.enough(); n++ {
		if in.head.iface == iface && !in.head.event {
			c.take(&d, &in.head)
		}
	}
	return c.cutByTool(), true
}
