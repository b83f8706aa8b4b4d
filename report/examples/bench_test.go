package examples_test

import (
	"io"
	"os"
	"testing"

	"github.com/lastack/lastack/report"
	"github.com/lastack/lastack/report/ecs"
	"github.com/lastack/lastack/report/html"
	"github.com/lastack/lastack/report/markdown"
	"github.com/lastack/lastack/report/text"
	"github.com/lastack/lastack/report/zeek"
)

// BenchmarkRender renders one stored stream, and says how many bytes of it a second.
func BenchmarkRender(b *testing.B) {
	const stream = "../testdata/streams/leak.ndjson"
	for name, sink := range map[string]func() report.Sink{
		"ndjson":   func() report.Sink { return report.NewNDJSON(io.Discard, true) },
		"text":     func() report.Sink { return text.New(io.Discard, text.Options{Connections: true}) },
		"markdown": func() report.Sink { return markdown.New(io.Discard, markdown.Options{}) },
		"html":     func() report.Sink { return html.New(io.Discard, html.Options{}) },
		"zeek":     func() report.Sink { return zeek.New(io.Discard) },
		"ecs":      func() report.Sink { return ecs.New(io.Discard, "lastack") },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				in, err := os.Open(stream)
				if err != nil {
					b.Fatal(err)
				}
				if info, err := in.Stat(); err == nil {
					b.SetBytes(info.Size())
				}
				if err := report.Replay(in, sink()); err != nil {
					b.Fatal(err)
				}
				in.Close()
			}
		})
	}
}
