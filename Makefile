# The words of this project: the same locally and in CI.

GO            ?= go
BIN           := bin/tenantproxy
GOLANGCI      := .cache/bin/golangci-lint
GOLANGCI_VER  := v2.15.0
NFPM          := .cache/bin/nfpm
# The newest whose modules the module proxy serves.
NFPM_VER      := v2.43.1
BENCHSTAT     := .cache/bin/benchstat
BENCHSTAT_VER := v0.0.0-20260908200009-22c9c6c9d4da
VERSION       ?= $(shell git describe --tags --always --dirty 2>/dev/null)
# The server versions that tests run on besides the one that is installed.
PG_VERSIONS   ?= 14 16 17 18
# How long each fuzz target runs in `make fuzz`.
FUZZTIME      ?= 60s
# How long `make soak` goes on; a few seconds of it are among the tests.
SOAKTIME      ?= 5m
# How many random statements the canary sends there, of ours and again of sqlsmith, which
# makes some thousand in a minute.
CANARY        ?= 100000

.DEFAULT_GOAL := build
.PHONY: build demo test check fmt vet lint race fuzz bench clean postgres help

help: ## Say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

build: ## Build bin/tenantproxy
	$(GO) build -ldflags "-X main.version=$(VERSION)" -o $(BIN) ./cmd/tenantproxy

# The last commit dates what is packaged, so that a build can be repeated.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null)

.PHONY: man
man: build ## The manual pages, into bin/man
	@rm -rf bin/man
	$(BIN) man --out bin/man

# It starts at a random address (PIE), since a parser in C reads what clients send.
.PHONY: static
static: ## bin/static/tenantproxy, which needs nothing of the system it runs on
	$(GO) build -trimpath -buildvcs=false -buildmode=pie -tags netgo,osusergo -o bin/static/tenantproxy \
		-ldflags "-s -w -linkmode external -extldflags '-static-pie -Wl,-z,relro,-z,now' -X main.version=$(VERSION)" ./cmd/tenantproxy

# Debian's versions begin with a digit.
DEB_VERSION   = $(if $(filter v0% v1% v2%,$(VERSION)),$(patsubst v%,%,$(VERSION)),0.0.0~$(shell date -u -d @$(SOURCE_DATE_EPOCH) +%Y%m%d%H%M%S).$(subst -,.,$(VERSION)))
DEB           = bin/tenantproxy_$(DEB_VERSION)_$(shell $(GO) env GOARCH).deb

.PHONY: deb
deb: static $(NFPM) ## The Debian package, into bin
	@rm -rf bin/deb bin/*.deb && mkdir -p bin/deb
	bin/static/tenantproxy man --out bin/deb/man
	@for shell in bash zsh fish; do bin/static/tenantproxy completion $$shell >bin/deb/completion.$$shell || exit 1; done
	@gzip -9n bin/deb/man/*.1 && gzip -9nc CHANGELOG.md >bin/deb/changelog.gz
	ARCH=$$($(GO) env GOARCH) DEB_VERSION=$(DEB_VERSION) $(NFPM) package --config deploy/debian/nfpm.yaml --packager deb --target $(DEB)

$(NFPM): Makefile
	GOBIN=$(CURDIR)/.cache/bin $(GO) install github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM_VER)
	@touch $@

demo: build ## Postgres, the demo schema, the proxy and tokens for two orgs (ARGS=--once: show and exit)
	@pg=$$(scripts/ensure-postgres.sh | head -n 1) && TENANTPROXY_PG_BIN=$$pg $(BIN) demo $(ARGS)

postgres: ## The Postgres servers that the tests run on
	@scripts/ensure-postgres.sh >/dev/null
	@scripts/ensure-postgres.sh --versions "$(PG_VERSIONS)" >/dev/null || \
		echo "make: tests run on the installed server only: not all of Postgres $(PG_VERSIONS) could be fetched" >&2
	@TENANTPROXY_PG_CACHE=.cache/postgres-old scripts/ensure-postgres.sh --versions 13 >/dev/null || \
		echo "make: what is said of a server that is too old is not tested: Postgres 13 could not be fetched" >&2

.PHONY: clients
clients: ## The clients that the tests run through the proxy
	@scripts/ensure-clients.sh

.PHONY: browser
browser: ## The browser that the tests look at the HTML pages in
	@scripts/ensure-browser.sh

.PHONY: prometheus
prometheus: ## The Prometheus that the tests scrape with, and its promtool
	@scripts/ensure-prometheus.sh

test: check demo-once race packages bench-once ## Everything that CI runs

check: fmt vet lint ## Formatting and linters

fmt: ## All Go code is formatted
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "not formatted: $$out"; exit 1; }

vet: ## go vet
	$(GO) vet ./...
	$(GO) vet -C deploy ./...

lint: $(GOLANGCI) ## golangci-lint, as .golangci.yml says
	$(GOLANGCI) run ./...
	cd deploy && ../$(GOLANGCI) run ./...

$(GOLANGCI): Makefile
	GOBIN=$(CURDIR)/.cache/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VER)
	@touch $@

.PHONY: packaging
packaging: ## The programs that know what packages, manual pages and completions should be
	@scripts/ensure-packaging.sh

race: postgres clients browser prometheus packaging ## All tests, with the race detector, on real Postgres
	$(GO) test -race -timeout 40m ./...

.PHONY: packages
packages: postgres packaging ## What is in deploy/ is built, checked, installed and run
	$(GO) test -C deploy -timeout 20m ./...

.PHONY: demo-once
demo-once: ## The demo shows what it should
	$(MAKE) --no-print-directory demo ARGS=--once

.PHONY: soak
soak: ## Keys and certificates are rotated under load for SOAKTIME
	SOAKTIME=$(SOAKTIME) $(GO) test -count=1 -timeout 24h -run '^TestSoak$$' -v ./cmd/tenantproxy

.PHONY: canary
canary: postgres clients ## CANARY random statements of ours, and of sqlsmith, as one org: nothing of another comes back
	$(GO) test -count 1 -timeout 4h -v ./internal/canary -args -statements $(CANARY) -sqlsmith $(CANARY)

fuzz: canary ## The canary, and each fuzz target for FUZZTIME
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$pkg || exit 1; \
		done; \
	done

# The packages with benchmarks of the hot path.
BENCH_PKGS := ./bench ./internal/observe/metrics ./internal/wire ./internal/auth ./internal/rewrite

bench: $(BENCHSTAT) ## The benchmarks of the hot path, compared with those of the run before
	@mkdir -p .cache/bench
	@test ! -f .cache/bench/new.txt || mv .cache/bench/new.txt .cache/bench/old.txt
	$(GO) test -run '^$$' -bench . -benchmem -count 6 $(BENCH_PKGS) | tee .cache/bench/new.txt.part
	@mv .cache/bench/new.txt.part .cache/bench/new.txt
	@$(BENCHSTAT) $$(ls .cache/bench/old.txt .cache/bench/new.txt 2>/dev/null)

.PHONY: bench-once
bench-once: postgres ## Each of these benchmarks once: they work
	$(GO) test -run '^$$' -bench . -benchtime 1x $(BENCH_PKGS)

.PHONY: bench-peers
bench-peers: build postgres ## Beside PgBouncer and HAProxy, into bench/results (ARGS="-rounds 1 -duration 1s": a look)
	@scripts/ensure-peers.sh
	$(GO) run ./bench/peers $(ARGS)

$(BENCHSTAT): Makefile
	GOBIN=$(CURDIR)/.cache/bin $(GO) install golang.org/x/perf/cmd/benchstat@$(BENCHSTAT_VER)
	@touch $@

clean: ## What was built and fetched
	rm -rf bin .cache
