package report

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/lastack/lastack/findings"
)

// Data is the machine-readable numbers of a finding: a JSON object that keeps its order.
type Data []findings.Datum

// UnmarshalJSON reads an object.
func (d *Data) UnmarshalJSON(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if _, err := dec.Token(); err != nil {
		return err
	}
	*d = nil
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var value any
		if err := dec.Decode(&value); err != nil {
			return err
		}
		*d = append(*d, findings.Datum{Key: fmt.Sprint(key), Value: value})
	}
	return nil
}

func (e *encoder) data(d Data) {
	e.key("data")
	e.open('{')
	for _, datum := range d {
		e.quoteKey(datum.Key)
		e.value(datum.Value)
	}
	e.close('}')
}

func (e *encoder) quoteKey(k string) {
	e.element()
	e.quote(k)
	e.b = append(e.b, ':')
}

// value writes a datum's value; strings by quote, which escapes more than encoding/json does.
func (e *encoder) value(v any) {
	if s, ok := v.(string); ok {
		e.quote(s)
		return
	}
	j, err := json.Marshal(v)
	if err != nil { // infinity, or a type that a rule must not use
		j = []byte("null")
	}
	e.b = append(e.b, j...)
}
