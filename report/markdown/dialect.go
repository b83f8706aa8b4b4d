package markdown

// dialect is a markup language. Strings that the stream brings pass through text, code or block, so
// that none of them can become markup; the other methods take what these gave.
type dialect interface {
	text(s string) string
	code(s string) string
	block(language, s string) string
	strong(s string) string
	heading(level int, s string) string
	item(s string) string
	table(head []string, rows [][]string) string
}
