package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the manual pages into a directory",
		Long:    `Write lastack(1) and a page for each command into a directory, which is made if it is missing.`,
		Example: `  lastack man ~/.local/share/man/man1`,
		GroupID: groupInfo,
		Args:    exactlyOne("the directory that the pages are written to"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("man: %w", err)
			}
			header := &doc.GenManHeader{Title: "LASTACK", Section: "1", Source: "lastack " + version, Manual: "User Commands"}
			cmd.Root().DisableAutoGenTag = true
			return doc.GenManTree(cmd.Root(), header, args[0])
		},
	}
}
