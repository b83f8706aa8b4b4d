// Package examples has one finding of each code, made by the rule itself of a case that the rule is
// tested with. Documentation draws them.
package examples

import (
	"embed"
	"encoding/json"

	"github.com/lastack/lastack/report"
)

//go:embed data
var data embed.FS

// Of gives the example of a code, nil if there is none.
func Of(code string) *report.Finding {
	b, err := data.ReadFile("data/" + code + ".json")
	if err != nil {
		return nil
	}
	f := new(report.Finding)
	if err := json.Unmarshal(b, f); err != nil {
		panic(err) // the tests have read all of them
	}
	return f
}
