# Two commands for a newcomer: `make run` and `make test`.

GO ?= go
export CGO_ENABLED = 0
BIN := bin/attune
DEMO := demo-data
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: run run-fresh build test check sqlite postgres race bench tools shots clean

## run: the fictional practice, on the embedded database; starting again keeps what was done
run: build
	$(BIN) demo --data $(DEMO)

## run-fresh: the fictional practice, from the beginning
run-fresh: build
	$(BIN) demo --data $(DEMO) --fresh

## build: the program
build:
	$(GO) build -trimpath -buildvcs=auto -o $(BIN) ./cmd/attune

## test: every check there is, with everything it needs installed by itself
test: tools check sqlite postgres race

## tools: PostgreSQL, Chromium and what the methods are compared with, from Debian packages
tools:
	./scripts/tools

## check: format, vet, staticcheck, modules, scripts
check:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "gofmt would change: $$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) mod verify
	$(GO) mod tidy -diff

## sqlite: all tests on SQLite, with the whole journey in Chromium
sqlite:
	$(GO) test -timeout 15m ./...

## postgres: the tests that touch the database again, on PostgreSQL
postgres:
	ATTUNE_TEST_DB=postgres $(GO) test -timeout 15m $(shell ./scripts/with-database)

## race: the tests that run things at once, with the race detector
race:
	CGO_ENABLED=1 $(GO) test -race -timeout 15m $(shell ./scripts/with-race)
	CGO_ENABLED=1 $(GO) test -race -timeout 15m -run 'Once|AtOnce|Turn|Throttles|Headers|Methods|Crisis|Leave' ./internal/auth ./internal/web

## bench: the figures of docs/performance.md
bench:
	./scripts/bench

## shots: the pictures of README.md, from the running demonstration
shots: build
	$(GO) run ./internal/web/e2e/shots

clean:
	rm -rf bin $(DEMO)
