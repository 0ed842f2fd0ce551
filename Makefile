# make build demo test bench check fuzz live handover: see README.md. Needs Go, gcc and make; what else a
# target needs (debootstrap, sipp) is installed by apt-get, as root.

GO       ?= go
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LINTER   := .tools/golangci-lint-v2.6.2
BENCH    ?= .
FUZZTIME ?= 20s

.PHONY: build demo test live bench check fuzz handover clean

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

# The long runs: nine thousand more hours of the simulator, and the hand-over's figures.
live: handover
	$(GO) test ./dialer/sim -run TestHours -count=1 -first=1000 -seeds=$(or $(SEEDS),9000) -timeout 3h

# How fast a customer who waits is handed to the operator who becomes free.
handover:
	$(GO) test ./cmd/dialerd -run '^TestHandover$$' -v -count=1 -timeout 15m -handovers $(or $(HANDOVERS),40)

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
