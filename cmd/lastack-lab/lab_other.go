//go:build !linux

package main

import (
	"errors"
	"regexp"
)

var errLinux = errors.New("the lab needs Linux: it records what Linux kernels do")

func list(*regexp.Regexp) error { return errLinux }

func run(*regexp.Regexp, string, int, uint64) error { return errLinux }

func wild(*regexp.Regexp, string, int, uint64, int, bool) error { return errLinux }

func runFuzz([]string) error { return errLinux }
