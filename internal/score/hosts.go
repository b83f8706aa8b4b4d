package score

import (
	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/internal/sysctl"
)

// Hosts reads a recording's sysctls, each as lastack --sysctl takes it.
func Hosts(assignments []string) (fsm.Hosts, error) {
	var s sysctl.Settings
	for _, a := range assignments {
		if err := s.Add(a); err != nil {
			return fsm.Hosts{}, err
		}
	}
	return s.Hosts(), nil
}
