# The commands that people and CI use. `make test` is the whole ordinary suite, browser
# included; `make test-full` adds the long ones.
GO ?= go
# Without the paths of this clone in them, what one clone has compiled serves another too.
GOFLAGS := -buildvcs=false -trimpath
export GOFLAGS

.PHONY: test test-full lint bench build screenshots golden fuzz clean

# The packages that take longest begin first, so that the short ones fill what they leave
# idle; four tests of each at a time, for many of them wait. A program under the race
# detector sleeps a second before it ends, unless told not to.
LONGEST := ./suite ./cmd/stint ./sandbox/page
test test-full: export GORACE = atexit_sleep_ms=20

build: ## the binary, in bin/
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/stint ./cmd/stint

# What tries the same job many times over does so without the race detector, which makes it
# five times as dear; under it a few of those tries are made.
MANY := Crash|TestLifecycleProperty

test: chromium postgres ## every package under the race detector, browser tests included
	$(GO) test -race -vet=all -parallel 4 -timeout 20m $(LONGEST) ./...
	$(GO) test -run '^TestCalls$$' ./awsconn
	$(GO) test -run '$(MANY)' ./suite

test-full: chromium postgres ## and every crash point, every named defect, the killed process, longer properties
	STINT_FULL=1 $(GO) test -race -vet=all -parallel 4 -timeout 120m $(LONGEST) ./...

lint: ## gofumpt, vet, staticcheck and the import rules, from tools/go.mod
	$(GO) tool -modfile=tools/go.mod golangci-lint run ./...
	$(GO) tool -modfile=tools/go.mod golangci-lint fmt --diff

bench: ## the benchmarks behind BENCHMARKS.md
	$(GO) test -run '^$$' -bench . -benchmem ./...

screenshots: chromium ## the main job in Chromium, pictures of every surface in screenshots/
	STINT_SCREENSHOTS=$(CURDIR)/screenshots $(GO) test -count=1 -run TestMainJobInTheBrowser ./suite

golden: ## write the golden Block Kit files and manifests/aws anew; look at the diff
	$(GO) test ./bot -update
	$(GO) test ./awsconn/trust -update

clean:
	rm -rf bin screenshots

# Chromium is what the browser tests drive: Debian's package, installed when it is missing.
.PHONY: chromium
chromium:
	@scripts/install-chromium

# Postgres is what the tests of store/postgres start: Debian's package, likewise.
.PHONY: postgres
postgres:
	@scripts/install-postgres
