# make demo builds lastack and shows what it says about a real capture; make test runs all checks.

capture = testdata/lab/stories/time-wait-syn-rejected-kernels/ipv4-near-nots/initiator.pcap

.PHONY: help demo example build test score lab fuzz bench profile install man clean deps

help: ## list what there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## build, and analyze a bundled capture of two real Linux kernels
	bin/lastack analyze $(capture)

example: build ## make the example ticket of that capture: bin/example
	rm -rf bin/example
	bin/lastack ticket $(capture) -o bin/example
	@echo "open bin/example/report.html in a browser, and look at bin/example/ticket.md"

test: deps ## run all checks and tests
	scripts/test

build: deps ## build bin/lastack
	go build -o bin/lastack ./cmd/lastack

bench: deps ## measure lastack side by side with other tools (15 minutes and 15 GB of disk; BENCH=-scale\ 10 for less)
	@scripts/install-tools
	go run ./cmd/lastack-bench run $(BENCH)

profile: deps ## make anew the profile that the compiler optimizes by
	scripts/profile

install: deps ## install lastack into $GOBIN
	go install ./cmd/lastack

score: deps ## hold every recorded capture against what the kernels did
	go run ./cmd/lastack-score

lab: deps ## play the lab's scenarios on this machine's kernel (root; about three minutes)
	go run ./cmd/lastack-lab run -o testdata/lab/stories

fuzz: deps ## run every fuzz target for a minute
	scripts/fuzz 1m

man: build ## write the manual pages to bin/man
	bin/lastack man bin/man

clean: ## remove what was built
	rm -rf bin

deps:
	@scripts/install-libpcap
