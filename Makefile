# The two commands a new user needs are `make demo` and `make test`; the rest is for people who work on the package.
# Everything is built once, in release: the C kernels are not optimized in debug builds.

SWIFT ?= swift
BUILD = -c release
CC = clang
BINARY = .build/release/securebert
MINILM = .cache/models/all-MiniLM-L6-v2
SOURCES = Package.swift Sources Tests
REFERENCE_PYTHON ?= .venv/bin/python
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
INSTALLED = .build/packaging/securebert

.PHONY: demo test smoke formats server-test console-test install uninstall deb package-check package-test service-test index-crash postgres
.PHONY: format lint parity-real parity-trained bench bench-kernels docs fixtures setup build clean

## demo: install what is missing, build, and show what the models that come with it do with the files in Examples
demo: build
	Scripts/demo.sh $(BINARY)

## test: install what is missing, build, run every test
test: setup $(MINILM)
	$(SWIFT) test $(BUILD) --disable-testable-imports

## smoke: the main job on the smallest input, for continuous integration
smoke: build
	Scripts/demo.sh $(BINARY) > /dev/null

## formats: what analyze writes of the reports in Examples, through the validators of STIX, MISP, Navigator and ECS
formats: build
	Scripts/check-formats.sh $(BINARY)

## postgres: the commands of an index against a folder and against PostgreSQL with pgvector, builds that are killed included
postgres: build
	Scripts/postgres-test.sh $(BINARY)

## index-crash: an index killed ROUNDS=50 times while it is written, and nothing that was acknowledged lost
index-crash: build
	Scripts/index-crash-test.py $(BINARY) $(or $(ROUNDS),50)

## server-test: the server with clients that others have written, bad input, load, and its own description
server-test: build
	Scripts/server-test.sh $(BINARY)

## console-test: the page that serve serves, in a real browser; screenshots go to .cache/console-screenshots
console-test: build
	Scripts/console-test.sh $(BINARY)

## install: the program, models, manual pages, completions for three shells and a systemd unit, below PREFIX=/usr/local
install: $(INSTALLED)
	DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" SYSCONFDIR="$(SYSCONFDIR)" Packaging/install.sh install $(INSTALLED)

## uninstall: what install has put below PREFIX
uninstall:
	DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" SYSCONFDIR="$(SYSCONFDIR)" Packaging/install.sh uninstall

# Without debug information; on Linux with the Swift runtime inside, so that the toolchain need not be where it runs.
$(INSTALLED): build
	@mkdir -p .build/packaging
	$(if $(filter Darwin,$(shell uname)),strip -x -o $@ $(BINARY),Packaging/link-static.py $@)

## deb: a Debian package in .build/packaging
deb: $(INSTALLED)
	Packaging/debian/build-deb.sh $(INSTALLED)

## package-check: manual pages, completions, unit, manifests and image recipe, each through the checker of its own kind
package-check: $(INSTALLED)
	Scripts/check-packaging.sh $(INSTALLED)

## package-test: the Debian package in a fresh Debian: installed, used without a network, removed; as root
package-test: $(INSTALLED)
	Scripts/package-test.sh $(INSTALLED)

## service-test: the service under a real systemd, in a container that boots; as root, after package-test
service-test: $(INSTALLED)
	Scripts/service-test.sh $(INSTALLED)

## format: rewrite the sources in the house style
format:
	$(SWIFT) format --in-place --configuration .swift-format --recursive $(SOURCES)

## lint: style, import direction, and fixtures as recorded
lint: setup
	$(SWIFT) format lint --strict --configuration .swift-format --recursive $(SOURCES)
	Scripts/check-imports.sh
	python3 Scripts/fixtures/make_fixtures.py --check

## parity-real: full-size models, and 100,000 documents of DATA=DIR (tokenizers/, corpus/) tokenized, against the Python reference
parity-real: build reference
	$(REFERENCE_PYTHON) Scripts/parity/models.py
	$(if $(DATA),$(REFERENCE_PYTHON) Scripts/parity/compare_tokenizers.py --data $(DATA),@echo "give DATA=DIR to compare tokenizers as well")

## parity-trained: what pretrain and finetune save, opened by transformers, TensorBoard, sentence-transformers and PEFT; some minutes
parity-trained: build reference
	Scripts/parity/trained.sh $(BINARY) $(REFERENCE_PYTHON)

## bench: our speed and every Python runtime's, interleaved in one run
bench: build peers
	$(REFERENCE_PYTHON) Benchmarks/peers/compare.py

## bench-kernels: speed of the C kernels alone at the shapes of training; ARGUMENTS="--threads 1 attention" runs a part
bench-kernels:
	@mkdir -p .build
	$(CC) -std=c11 -O2 Benchmarks/kernels/kernels_bench.c Sources/CSecureBERTKernels/*.c -lm -lpthread -o .build/kernels-bench
	.build/kernels-bench $(ARGUMENTS)

## docs: build the documentation; a warning is an error
docs: setup
	Scripts/build-docs.sh

## fixtures: make the golden files again with the pinned reference
fixtures: reference
	$(REFERENCE_PYTHON) Scripts/fixtures/make_fixtures.py
	$(REFERENCE_PYTHON) Scripts/fixtures/make_tokenizers.py

.PHONY: reference peers
reference: setup
	Scripts/install-reference.sh .venv Scripts/fixtures/requirements.txt

peers: reference
	Scripts/install-reference.sh .venv Benchmarks/peers/requirements.txt

build: setup
	$(SWIFT) build $(BUILD) --product securebert

setup:
	@Scripts/setup.sh

$(MINILM):
	Scripts/install-minilm.sh $@

clean:
	rm -rf .build .cache
