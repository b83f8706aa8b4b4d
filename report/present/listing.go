package present

import "strings"

// Listing gives the command that lists every finding of a code, which is the command line of a run
// with more: one that has chosen codes lists few others.
func Listing(command, code string) string {
	if !strings.Contains(command, " --code") {
		command += " --code " + code
	}
	return ListingAll(command)
}

// ListingAll gives the command that lists every finding.
func ListingAll(command string) string { return command + " --max-findings 0" }
