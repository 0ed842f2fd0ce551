# make build demo test bench check fuzz walk live crash soak handover toggle: see README.md. Needs Go, gcc and make; what
# else a target needs (debootstrap, sipp) is installed by apt-get, as root.

GO       ?= go
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LINTER   := .tools/golangci-lint-v2.6.2
BENCH    ?= .
FUZZTIME ?= 20s

.PHONY: build demo test live bench check fuzz walk crash soak handover toggle clean

build:
	$(GO) build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/dialerd ./cmd/dialerd

# The daemon at work, without Asterisk. A build machine may have no HOME, which Go wants for its caches.
demo: export HOME := $(or $(HOME),/tmp)
demo: build
	@bin/dialerd demo --seconds $(or $(DEMO_SECONDS),60)

# Everything in its short form, on a real Asterisk too. A version of Asterisk that this machine
# cannot have is said at the end; it fails nothing.
test:
	@scripts/test

# The long runs: a hundred kills, half an hour of load, the hand-over's figures, five minutes of operators who come and go, a
# simulated day and night of a million leads, and nine thousand more hours of the simulator.
live: crash soak handover toggle
	$(GO) test ./dialer/sim -run TestCrash -count=1 -every=1 -days=110 -timeout 1h
	$(GO) test ./dialer/sim -run 'TestCountry$$' -count=1 -for=24h -timeout 1h
	$(GO) test ./dialer/sim -run TestHours -count=1 -first=1000 -seeds=$(or $(SEEDS),9000) -timeout 3h

# The daemon killed under load, KILLS times, on a real Asterisk: what was cut, lost, or done twice. KILLSEED
# is the seed of an earlier run, which it prints; ASTERISK is the version, for this one as for the soak and the hand-over.
crash: SHELL := bash
crash:
	@set -o pipefail; $(GO) test ./cmd/dialerd -run '^TestCrash$$' -v -count=1 -timeout 3h -kills $(or $(KILLS),100) \
		-killseed $(or $(KILLSEED),0) | awk '$(call last,crash: kills=)'

# The daemon under steady load for SOAK_MINUTES, on a real Asterisk: what of it grows.
soak: SHELL := bash
soak:
	@set -o pipefail; $(GO) test ./cmd/dialerd -run '^TestSoak$$' -v -count=1 -timeout 24h -soak $(or $(SOAK_MINUTES),30) \
		| awk '$(call last,soak: minutes=)'

# Operators, supervisors, other people at Asterisk's console, Asterisk and the disk act in any order, WALK_STEPS times,
# with crashes between; two referees look after every step. Each seed is a walk, the first of them WALK_SEED. One that
# fails is shrunk to a scenario file.
walk: SHELL := bash
walk:
	@set -o pipefail; $(GO) test ./dialer -run '^TestWalk$$' -v -count=1 -timeout 3h -walk $(or $(WALK_STEPS),10000000) \
		-walkseed $(or $(WALK_SEED),1) | awk '$(call last,walk: steps=)'

# An awk program that passes everything through and keeps the line that begins so for the end. Without such a
# line it fails: a machine that cannot have an Asterisk has tried nothing.
last = index($$0, "$(1)") == 1 { line = $$0; next } { print; fflush() } END { if (line == "") exit 1; print line }

# Ten operators who pause and come back at random for TOGGLE_MINUTES, on a real Asterisk: who of them hangs, and who was
# given up though one of them was there. TOGGLE_ASTERISK is its version.
toggle: SHELL := bash
toggle:
	@set -o pipefail; $(GO) test ./cmd/dialerd -run '^TestToggleOnAsterisk$(or $(TOGGLE_ASTERISK),22)$$' -v -count=1 -timeout 3h \
		-toggle $(or $(TOGGLE_MINUTES),5)m | awk '$(call last,toggle: seconds=)'

# How fast a customer who waits is handed to the operator who becomes free.
handover:
	$(GO) test ./cmd/dialerd -run '^TestHandover$$' -v -count=1 -timeout 15m -handovers $(or $(HANDOVERS),40)

# POOL_LEADS is how many leads the benchmarks of the pool take, DIALERD_BENCH_LEADS that of the import.
bench: export POOL_LEADS := $(or $(POOL_LEADS),10000000)
bench: export DIALERD_BENCH_LEADS := $(or $(DIALERD_BENCH_LEADS),1000000)
bench:
	$(GO) test ./... -run '^$$' -bench '$(value BENCH)' -benchmem

check: $(LINTER)
	$(LINTER) run ./...
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt would change:"; echo "$$unformatted"; exit 1; }

$(LINTER):
	GOBIN=$(CURDIR)/.tools $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.6.2
	mv .tools/golangci-lint $@

# Every fuzz target for FUZZTIME. What a target finds is kept in its testdata.
fuzz:
	@for target in $$(grep -rhoE --include='*_test.go' '^func (Fuzz[A-Za-z]+)' . | sort -u | cut -d' ' -f2); do \
		package=$$(grep -rlE --include='*_test.go' "^func $$target\(" . | head -1 | xargs dirname); \
		echo "== $$package $$target"; \
		$(GO) test $$package -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) || exit 1; \
	done

clean:
	rm -rf bin .tools
