package capture

// sink decodes records into a batch and counts what becomes of them. Files and live interfaces
// share it.
type sink struct {
	decoder  Decoder
	lengths  lengths
	filter   *filter // nil for none
	filtered uint64
	skipped  [NumSkips]uint64
	segments uint64
}

// take decodes a record, number frame of the run and of input number file. The batch has room. An
// error is one of the filter, which cannot be compiled for the record's link type.
func (s *sink) take(rec *record, frame uint64, file uint16, b *Batch) error {
	if rec.event {
		s.skipped[SkipNotPacket]++
		return nil
	}
	if s.filter != nil {
		ok, err := s.filter.match(rec)
		if err != nil {
			return err
		}
		if !ok {
			s.filtered++
			return nil
		}
	}
	seg := b.add()
	if !usual(rec.link, rec.data, seg) || seg.Cut != 0 && rec.wire <= len(rec.data) {
		if skip := s.unusual(rec, file, seg); skip != SkipNone {
			s.skipped[skip]++
			b.dropLast()
			return nil
		}
	}
	s.segments++
	s.lengths.whole(rec, seg)
	seg.Time, seg.Frame, seg.File, seg.Iface = rec.time, frame, file, rec.iface
	return nil
}
