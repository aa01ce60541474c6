# Two commands do for a start, on a machine with Go: make demo and make test.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

GO ?= go
TOOL := $(GO) tool -modfile=tools/go.mod
# The build tags of the test oracles that are installed: clp, ort. Evaluated
# where it is used, so after `make deps`.
TAGS = $(shell scripts/tags.sh)
# Packages with concurrency of their own, run under the race detector.
RACE := region region/internal/ordered repair
# Of these, tests of one goroutine, or of what others try already, that take long there.
SINGLE := ^Test((Exact|Polygon|Segment)Cells|IdenticalCandidates|Executed|Probabilities|ReferenceOptima|Smooth)
# What `make machines` tests on an emulated arm64: packages as a whole, and of the engines and
# the checker the tests that are quick there, of linear programs, regions, faces, preimages,
# repairs, verdicts and exact arithmetic. `make arm64` runs all short tests.
ARM64 := internal/portable internal/dense set region/face
ARM64_ENGINES := internal/lp set/solve region region/polytope region/certify preimage repair verify proof
ARM64_TESTS := ^(Example|Test(AgainstExact|Decide|Known|Vertices|VolumeNearly|NearestRandom|PolygonCells|SegmentCells|Slivers|Jumps|Breakpoints|Decoupled$$|Noise|Cells|Touching|Property|SearchTie|DroppedSliver|Regions(Vanishing|Strict)|ExecutedAgainstProof|AlmostTie|TieBefore|ImageExact|Partition|Figure|Boundary|Equation|Faces|LoopCloses|StrictLabels|Stored|Ties|Cut|ExactlyWhere|ExactWitness|FaceOf|RandomNetworks|ExecutedFace|PolygonFaces|Twofold|StructuredSegments))
EMULATED = NETMEND_REQUIRE_ORACLES=0 GOARCH=arm64 CGO_ENABLED=0 $(GO) test -short -exec qemu-aarch64-static
FUZZTIME ?= 10s
# How many networks make attack tries, from which seed, and where it keeps those with answers
# that are false, unknown or could not be expected.
ATTACK ?= 2000
# How often make interrupts does.
INTERRUPTS ?= 200
# The limit of make limits.
LIMIT ?= 2s
SEED ?= 1000
# The reference data, beside the checkout.
DATA ?= ../shared

ifeq ($(CI),true)
export NETMEND_REQUIRE_ORACLES := 1
endif

# What make check tests: without the engines as a whole and the command, which take minutes.
QUICK := ./cert/... ./contract/... ./dataset/... ./internal/... ./metrics ./nn ./nn/nnet ./nn/eran ./nn/polar ./nn/internal/... ./proof/tree ./proof/volume ./region/... ./repair/internal/... ./set/... ./spec/...

.PHONY: help build demo check test machines arm64 attack interrupts limits attack-files lint deps bench experiments fuzz clean

help:
	@echo 'make demo   both halves on small networks: repair, and the inverse problem, with pictures'
	@echo 'make check  quick and offline: build, vet, formatting, the fast tests'
	@echo 'make test   install what the tests need, lint, run all tests'
	@echo 'make machines  the short tests as compiled for amd64 v3, and a core of them on an emulated arm64'
	@echo 'make arm64  all short tests on an emulated arm64'
	@echo 'make build  the command as bin/netmend, one static binary'
	@echo 'make attack try $(ATTACK) random small networks, each answer compared with an exact oracle'
	@echo 'make attack-files  try $(ATTACK) random ONNX graphs, each compared with ONNX Runtime'
	@echo 'make interrupts  interrupt commands with outputs at $(INTERRUPTS) random moments'
	@echo 'make limits  how long commands on heavy inputs take beside a limit of $(LIMIT), and their memory'
	@echo 'make lint   go vet, gofumpt, staticcheck, and no product that may be fused'
	@echo 'make deps   install the test oracles CLP and ONNX Runtime'
	@echo 'make bench  time the experiments, and the inverse problem, into docs/BENCHMARKS.md'
	@echo 'make experiments  run the experiments of both papers into docs/EXPERIMENTS.md (ONLY=task2,... runs some)'
	@echo 'make fuzz   run every fuzz target for FUZZTIME ($(FUZZTIME))'
	@echo 'make clean  remove what the others wrote'

build:
	CGO_ENABLED=0 $(GO) build -o bin/netmend ./cmd/netmend

demo:
	$(GO) run ./cmd/netmend demo
	$(GO) run ./cmd/netmend demo inverse

# Under a minute, once the build cache is warm; installs and fetches nothing but modules.
check:
	$(GO) build ./...
	$(GO) vet ./...
	unformatted=$$($(TOOL) gofumpt -l .); if [ -n "$$unformatted" ]; then echo "not formatted as gofumpt does it: $$unformatted"; exit 1; fi
	$(GO) test -short $(QUICK)
	$(GO) test -short ./cmd/netmend -run '^Test(HelpPages|Licences|ErrorObjects|Scripts/(badinput|help|info|version))'

test: deps lint
	$(GO) -C tools test ./...
	$(GO) test -tags purego ./internal/blas/...
	if [ -n '$(RACE)' ] && command -v gcc >/dev/null; then $(GO) test -race -short -skip '$(SINGLE)' -tags '$(TAGS)' $(RACE:%=./%); fi
	$(GO) test -tags '$(TAGS)' ./...
	$(MAKE) machines

# The short tests as compiled for later processors, where this one can run them,
# and a core of them on an emulated arm64, where the oracles, libraries of this
# processor, are left out. TestSameOnEveryMachine compares the command's answers
# on all of them.
machines:
	if grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo && grep -qw bmi2 /proc/cpuinfo; then \
	  GOAMD64=v3 $(GO) test -short -skip '^Test(Attack|Examples)$$' -tags '$(TAGS)' ./...; \
	else echo 'machines: this processor cannot run GOAMD64=v3: its tests are left out'; fi
	if command -v qemu-aarch64-static >/dev/null; then \
	  $(EMULATED) $(ARM64:%=./%) && $(EMULATED) -run '$(ARM64_TESTS)' $(ARM64_ENGINES:%=./%); \
	else echo 'machines: no emulator of arm64 (Debian: qemu-user-static): its tests are left out'; fi

# All short tests on an emulated arm64: most of an hour on two cores.
arm64:
	$(EMULATED) -timeout 60m -skip '^TestAttack$$' ./...

attack:
	NETMEND_ATTACK=$(ATTACK) NETMEND_ATTACK_SEED=$(SEED) NETMEND_ATTACK_OUT='$(CURDIR)/bin/attack' $(GO) test ./cmd/netmend -run 'TestAttack$$' -v -timeout 2h

attack-files: deps
	NETMEND_ATTACK=$(ATTACK) NETMEND_REQUIRE_ORACLES=1 $(GO) test -tags '$(TAGS)' ./nn/onnx -run 'TestAttackOnReading$$' -v -timeout 2h

interrupts:
	NETMEND_INTERRUPTS=$(INTERRUPTS) $(GO) test ./cmd/netmend -run 'TestInterrupts$$' -v -timeout 1h

limits:
	NETMEND_LIMITS=$(LIMIT) $(GO) test ./cmd/netmend -run 'TestLimits$$' -v -timeout 1h

lint:
	$(GO) vet -tags purego ./...
	$(GO) vet -tags '$(TAGS)' ./...
	unformatted=$$($(TOOL) gofumpt -l .); if [ -n "$$unformatted" ]; then echo "not formatted as gofumpt does it: $$unformatted"; exit 1; fi
	$(TOOL) staticcheck -tags '$(TAGS)' ./...
	$(GO) -C tools build -o ../bin/nofuse ./nofuse
	$(GO) vet -vettool=bin/nofuse -tags purego ./internal/blas
	$(GO) vet -vettool=bin/nofuse -tags '$(TAGS)' ./...
	$(GO) -C tools vet ./... && $(GO) -C tools vet -vettool=../bin/nofuse ./... && $(GO) -C tools tool staticcheck ./...

deps:
	@scripts/deps.sh

bench: build
	$(GO) -C tools run ./benchreport -netmend '$(CURDIR)/bin/netmend' -data '$(abspath $(DATA))' -out '$(CURDIR)/docs/BENCHMARKS.md'

# An answer is kept in bin/experiments until the command is built anew, so that a
# run that was stopped goes on where it was.
experiments: build
	$(GO) -C tools run ./experiments -netmend '$(CURDIR)/bin/netmend' -data '$(abspath $(DATA))' -out '$(CURDIR)/docs/EXPERIMENTS.md' -cache '$(CURDIR)/bin/experiments' -only '$(ONLY)'

fuzz:
	scripts/fuzz.sh $(FUZZTIME)

clean:
	rm -rf bin demo .deps
