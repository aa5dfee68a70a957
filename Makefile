# Carrel: `make` builds ./carrel, `make demo` shows it at work, `make test` proves it.
.PHONY: all build setup model demo test check bench install uninstall bundle format lint clean
.DEFAULT_GOAL := all

SWIFT_FLAGS := --explicit-target-dependency-import-check error
BUILD_JOBS   = $$(Scripts/build-jobs.sh)
SOURCES     := $(shell find Sources Package.swift -type f 2>/dev/null)

all: setup carrel

# The toolchain is checked and named first; then only what is missing is installed.
setup:
	@Scripts/setup-toolchain.sh
	@Scripts/setup-packages.sh

build carrel: setup
	@Scripts/say.sh "building Carrel (release)"
	@swift build -c release --product carrel -j $(BUILD_JOBS) $(SWIFT_FLAGS)
	@ln -sf "$$(swift build -c release --show-bin-path)/carrel" carrel

# The embedding model: fetched and packed once; afterwards no network is touched.
model: carrel
	@Scripts/setup-model.sh

demo: model
	@./carrel demo

test: setup
	@Scripts/test.sh

check: setup
	@Scripts/check.sh

bench: model
	@Scripts/bench.sh

# PREFIX is /usr/local for root and ~/.local for anybody else; DESTDIR for whoever makes packages. Builds only where
# nothing is built yet, so that `make && sudo make install` compiles nothing as root.
install:
	@test -x carrel -a -r "$${CARREL_MODEL:-data/models/minilm-l6-v2.q8.pack}" || $(MAKE) --no-print-directory model
	@Scripts/stage.sh .build/stage
	@DESTDIR='$(DESTDIR)' .build/stage/install.sh $(if $(PREFIX),--prefix '$(PREFIX)')

uninstall:
	@DESTDIR='$(DESTDIR)' deploy/install.sh --uninstall $(if $(PREFIX),--prefix '$(PREFIX)')

# One archive for machines without network and toolchain.
bundle: model
	@Scripts/bundle.sh

format:
	@swift format --in-place --recursive --parallel Sources console Tests Benchmarks Package.swift

lint:
	@swift format lint --strict --recursive --parallel Sources console Tests Benchmarks Package.swift

clean:
	rm -rf .build .setup carrel
