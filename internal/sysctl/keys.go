// Package sysctl reads what a host's sysctls were, as far as the tracker depends on them.
package sysctl

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lastack/lastack/fsm"
)

// prefix is what all the keys begin with. It may be left out.
const prefix = "net.ipv4."

// keys has each setting that the tracker depends on and how to take its value over.
var keys = map[string]func(h *fsm.Host, value string) error{
	"tcp_rfc1337":           func(h *fsm.Host, v string) error { return flag(&h.RFC1337, v) },
	"tcp_fin_timeout":       func(h *fsm.Host, v string) error { return seconds(&h.FinTimeout, v) },
	"tcp_tw_reuse":          func(h *fsm.Host, v string) error { return number(&h.TWReuse, v, 0, 2) },
	"tcp_timestamps":        func(h *fsm.Host, v string) error { return number(&h.Timestamps, v, 0, 2) },
	"tcp_abort_on_overflow": func(h *fsm.Host, v string) error { return flag(&h.AbortOnOverflow, v) },
	"tcp_retries2":          func(h *fsm.Host, v string) error { return number(&h.Retries2, v, 0, 255) },
	"tcp_syn_retries":       func(h *fsm.Host, v string) error { return number(&h.SynRetries, v, 1, 127) },
	"ip_local_port_range":   func(h *fsm.Host, v string) error { return ports(h, v) },
	"tcp_max_tw_buckets":    func(h *fsm.Host, v string) error { return number(&h.MaxTWBuckets, v, 0, 1<<31-1) },
	"tcp_keepalive_time":    func(h *fsm.Host, v string) error { return seconds(&h.KeepaliveTime, v) },
	"tcp_keepalive_intvl":   func(h *fsm.Host, v string) error { return seconds(&h.KeepaliveIntvl, v) },
	"tcp_keepalive_probes":  func(h *fsm.Host, v string) error { return number(&h.KeepaliveProbes, v, 1, 127) },
}

// shortKey gives the key without its usual beginning, in the form with dots.
func shortKey(key string) string {
	return strings.TrimPrefix(strings.ReplaceAll(strings.TrimSpace(key), "/", "."), prefix)
}

func number(to *int, value string, least, most int) error {
	n, err := strconv.Atoi(value)
	if err != nil || n < least || n > most {
		return fmt.Errorf("%q is not a number from %d to %d", value, least, most)
	}
	*to = n
	return nil
}

func flag(to *bool, value string) error {
	n := 0
	if err := number(&n, value, 0, 1); err != nil {
		return err
	}
	*to = n == 1
	return nil
}

func seconds(to *time.Duration, value string) error {
	n := 0
	if err := number(&n, value, 1, 1<<31-1); err != nil {
		return fmt.Errorf("%w of seconds", err)
	}
	*to = time.Duration(n) * time.Second
	return nil
}

// ports reads "32768 60999".
func ports(h *fsm.Host, value string) error {
	low, high, _ := strings.Cut(strings.Join(strings.Fields(value), " "), " ")
	a, errA := strconv.ParseUint(low, 10, 16)
	b, errB := strconv.ParseUint(high, 10, 16)
	if errA != nil || errB != nil || a == 0 || a > b {
		return fmt.Errorf("%q is not a range of ports such as \"32768 60999\"", value)
	}
	h.PortLow, h.PortHigh = int(a), int(b)
	return nil
}
