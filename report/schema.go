package report

import _ "embed"

//go:embed schema/lastack.schema.json
var schema []byte

// Schema gives the JSON Schema (draft 2020-12) of all records.
func Schema() []byte { return schema }
