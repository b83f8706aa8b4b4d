package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/lastack/lastack/fsm"
)

func compileSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("lastack.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("lastack.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(s *jsonschema.Schema, record string) error {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(record))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func TestSchemaTakesAllRecords(t *testing.T) {
	s := compileSchema(t)
	var out bytes.Buffer
	writeSamples(t, NewNDJSON(&out, true))
	for record := range strings.Lines(out.String()) {
		if err := validate(s, record); err != nil {
			t.Errorf("%s%v", record, err)
		}
	}
}

// TestSchemaKnowsAllStacks: the name of each is one that a host's profile may have.
func TestSchemaKnowsAllStacks(t *testing.T) {
	for _, name := range fsm.StackNames() {
		if !bytes.Contains(Schema(), []byte(`"`+name+`"`)) {
			t.Errorf("schema/lastack.schema.json does not know the stack %s: write it to the names of a profile", name)
		}
	}
}

func TestSchemaRefusesWhatIsNotInIt(t *testing.T) {
	s := compileSchema(t)
	segment, _, _, _, _ := samples()
	good := line(func(e *encoder) { e.segment(&segment) })
	for _, change := range [][2]string{{`"seq":`, `"sequence":`}, {`"discard"`, `"drop"`}, {`"frame":17`, `"frame":0`},
		{`"tsecr":0,`, ``}, {`"new-syn"`, `"new"`}, {`"C7"`, `"7"`}, {`.000000789Z`, `Z`}} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("%s is not in %s", change[0], good)
		}
		if validate(s, bad) == nil {
			t.Errorf("the schema takes %s", bad)
		}
	}
}
