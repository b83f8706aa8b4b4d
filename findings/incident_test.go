package findings_test

import (
	"slices"
	"testing"

	"github.com/lastack/lastack/findings"
	"github.com/lastack/lastack/fsm"
)

// incidentsOf runs a script and gathers what is found.
func incidentsOf(tb testing.TB, text string) []findings.Incident {
	tb.Helper()
	sc := &script{stack: fsm.Linux}
	sc.run(text, sc)
	all := sc.engine.Finish(findings.CaptureFacts{})
	for i, f := range findings.Untold(append(sc.findings, all...)) {
		sc.engine.Incidents.Add(&f, uint64(i+1))
	}
	return sc.engine.Incidents.Finish()
}

const taken = `
repeat 4 0.5
conn 10.0.3.1:{30000} 10.0.0.2:80
0.2 > S 0
0.201 < SA 0 ack 1
0.202 > A 1 ack 1
0.203 > PA 1+100 ack 1
0.204 < PA 1+100 ack 101
0.205 > FA 101 ack 101
0.206 < FA 101 ack 102
0.207 > A 102 ack 102
done
`

func TestIncidentOfAListener(t *testing.T) {
	all := incidentsOf(t, `
repeat 6 0.5
conn 10.0.1.{1}:40000 10.0.0.2:80
0.0 > S 0
0.001 < RA 0 ack 1
done
`+taken)
	if len(all) != 1 {
		t.Fatalf("%d incidents, want 1: %+v", len(all), all)
	}
	i := &all[0]
	if i.Rule.Code != "connection-refused" || i.Affected != 6 || i.Of != 10 || i.Listener.String() != "10.0.0.2:80" || i.More != 0 ||
		len(i.Findings) != 6 || len(i.Initiators) != 1 || i.Initiators[0].String() != "10.0.1.0/24" {
		t.Errorf("%+v", i)
	}
	if i.Shape != findings.Periodic || i.Period != 500_000_000 {
		t.Errorf("%s, every %d ns", i.Shape, i.Period)
	}
}

func TestIncidentOfAClient(t *testing.T) {
	all := incidentsOf(t, `
repeat 4 7
conn 10.0.1.1:40000 10.0.2.{1}:80
0.0 > S 0
1.0 > S 0
3.0 > S 0
done
end 400
`)
	if len(all) != 1 || all[0].Client.String() != "10.0.1.1" || all[0].Affected != 4 || all[0].Listener.IsValid() {
		t.Fatalf("%+v", all)
	}
}

func TestIncidentSaysWhatIsCommon(t *testing.T) {
	all := incidentsOf(t, `
repeat 4 50
conn 10.0.1.{1}:40000 10.0.0.2:80
0.0 > S 0
0.001 < SA 0 ack 1
0.002 > A 1 ack 1
0.003 > PA 1+100 ack 1
0.004 < PA 1+100 ack 101
60.003 > PA 101+100 ack 101
60.004 < PA 101+100 ack 201
125.1 > PA 201+100 ack 201
125.101 < RA 201 ack 301
done
end 600
`)
	if len(all) != 1 {
		t.Fatalf("%+v", all)
	}
	want := findings.Common{Attribute: "age", Value: "125.1 s", Failed: 4}
	if !slices.Contains(all[0].Common, want) {
		t.Errorf("%+v has no %+v", all[0], want)
	}
}

func TestOneConnectionIsNoIncident(t *testing.T) {
	if all := incidentsOf(t, "0.0 > S 0\n0.001 < RA 0 ack 1\n"+taken); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}
