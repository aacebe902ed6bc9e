# xhop: an eBPF/XDP IP forwarder. `make help` lists the targets.
#
# What goes where: build/ holds everything that is made, nothing else in the tree is written to.

VERSION   := 0.1.0
PREFIX    ?= /usr/local
DESTDIR   ?=
CC        := gcc
CLANG     ?= clang
BPFTOOL   ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
PKGCONFIG ?= pkg-config
CLANG_FORMAT ?= clang-format
B         := build

LIBS      := libxdp libbpf libmnl libevent jansson libcap-ng
WARN      := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
CFLAGS    ?= -O2 -g
CPPFLAGS  += -D_GNU_SOURCE -DXHOP_VERSION='"$(VERSION)"' -I. -I$(B)
ALL_CFLAGS = -std=gnu11 $(WARN) $(CPPFLAGS) $(CFLAGS)
LDLIBS     = $(shell $(PKGCONFIG) --libs $(LIBS)) -lm
# The C library's headers of the build machine's architecture, for <asm/types.h>.
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
BPF_CFLAGS = -std=gnu11 -O2 -g -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -Wall -Wextra \
	-Wno-address-of-packed-member -I. -Ibpf $(if $(MULTIARCH),-I/usr/include/$(MULTIARCH))

BPF_SRC   := $(wildcard bpf/*.bpf.c)
BPF_OBJ   := $(BPF_SRC:bpf/%.bpf.c=$(B)/%.bpf.o)
SKEL      := $(BPF_SRC:bpf/%.bpf.c=$(B)/%.skel.h)
BPF_DEPS  := $(wildcard bpf/*.h maps/*.h)
USER_SRC  := $(wildcard user/*.c) $(filter-out %.bpf.c,$(wildcard maps/*.c))
USER_OBJ  := $(USER_SRC:%.c=$(B)/%.o)
# What tests link: everything but main().
CORE_OBJ  := $(filter-out $(B)/user/main.o,$(USER_OBJ))
LIB_SRC   := $(wildcard tests/lib/*.c)
LIB_OBJ   := $(LIB_SRC:%.c=$(B)/%.o)
# A test program is one .c file in tests/unit, or one folder of .c files under tests/ (all but unit, lib, fuzz).
UNIT_SRC  := $(wildcard tests/unit/*.c)
UNIT_BIN  := $(UNIT_SRC:%.c=$(B)/%)
TEST_DIRS := $(filter-out unit lib fuzz,$(notdir $(patsubst %/,%,$(sort $(dir $(wildcard tests/*/*.c))))))
TEST_BIN  := $(foreach d,$(TEST_DIRS),$(B)/tests/$(d)/$(d))
TEST_OBJ  := $(patsubst %.c,$(B)/%.o,$(filter-out %.bpf.c,$(foreach d,$(TEST_DIRS),$(wildcard tests/$(d)/*.c))))

all: $(B)/xhop ## build build/xhop and the BPF objects

$(B)/xhop: $(USER_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/%.o: %.c | $(SKEL)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/%.bpf.o: bpf/%.bpf.c $(BPF_DEPS)
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -c -o $@ $<

$(B)/bench.bpf.o: tests/bench/bench.bpf.c tests/bench/shared.h
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -c -o $@ $<

$(B)/layout.bpf.o: tests/layout/layout.bpf.c tests/layout/layout.h $(BPF_DEPS)
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -c -o $@ $<

$(B)/tests/layout/layout.o: $(B)/layout.skel.h
$(patsubst %.c,$(B)/%.o,$(filter-out %.bpf.c,$(wildcard tests/bench/*.c))): $(B)/bench.skel.h
$(B)/tests/bench/bench: LDLIBS += -lz -lm

$(B)/%.skel.h: $(B)/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $(notdir $*)_bpf > $@.tmp
	@mv $@.tmp $@

$(UNIT_BIN): $(B)/tests/unit/%: $(B)/tests/unit/%.o $(CORE_OBJ) $(LIB_OBJ)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

define test_program
$(B)/tests/$(1)/$(1): $(patsubst %.c,$(B)/%.o,$(filter-out %.bpf.c,$(wildcard tests/$(1)/*.c))) $(LIB_OBJ) $(CORE_OBJ)
	$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ $$(LDLIBS)
endef
$(foreach d,$(TEST_DIRS),$(eval $(call test_program,$(d))))

tests: $(B)/xhop $(UNIT_BIN) $(TEST_BIN) man

demo: setup ## run the demo: h1 - r1 - r2 - r3 - h2 in namespaces (root)
	@$(MAKE) --no-print-directory all
	@scripts/demo.sh

check: setup ## run the tests, under 15 minutes (root)
	@$(MAKE) --no-print-directory all tests
	@tests/run.sh

check-long: setup ## the longer proofs: every case, random routers, planted faults (root)
	@$(MAKE) --no-print-directory all tests
	@tests/run.sh --long

check-vm: setup ## run the tests on Debian's 6.1 and 6.12 kernels, emulated (root)
	@$(MAKE) --no-print-directory all tests
	@tests/vm/run.sh

FUZZ_SECONDS ?= 60
FUZZ_SRC  := tests/fuzz/trie.c tests/lib/routes.c $(wildcard maps/*.c)
FUZZ_TEXT_SRC := tests/fuzz/text.c $(wildcard maps/*.c user/rib*.c user/statics*.c) \
	$(addprefix user/,args.c config.c entry.c gateway.c import.c log.c neigh.c neigh_set.c nl.c \
	  rendezvous.c requests.c text.c)
FUZZ_CC    = $(CLANG) -std=gnu11 $(CPPFLAGS) -O1 -g -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined
FUZZ_RUN   = -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -len_control=0 -timeout=20 \
	-print_final_stats=1 -artifact_prefix=$(B)/tests/fuzz/

$(B)/tests/fuzz/trie: $(FUZZ_SRC) $(wildcard maps/*.h tests/lib/*.h)
	@mkdir -p $(@D)/corpus
	$(FUZZ_CC) -o $@ $(FUZZ_SRC)

$(B)/tests/fuzz/text: $(FUZZ_TEXT_SRC) $(wildcard maps/*.h user/*.h)
	@mkdir -p $(@D)/corpus-text
	$(FUZZ_CC) -o $@ $(FUZZ_TEXT_SRC) $(LDLIBS)

fuzz: setup ## fuzz the route tables and what people write for FUZZ_SECONDS (60) each, with sanitizers
	@$(MAKE) --no-print-directory $(B)/tests/fuzz/trie $(B)/tests/fuzz/text
	@for i in 1 2 3 4; do head -c 4000 /dev/urandom > $(B)/tests/fuzz/corpus/random$$i; done
	@tests/fuzz/seeds.sh $(B)/tests/fuzz/corpus-text
	$(B)/tests/fuzz/trie $(FUZZ_RUN) $(B)/tests/fuzz/corpus
	$(B)/tests/fuzz/text $(FUZZ_RUN) -close_fd_mask=2 $(B)/tests/fuzz/corpus-text

bench: ## ns a packet, packets a second, latency, scale: figures and pictures in build/bench (root)
	@scripts/setup.sh bench
	@$(MAKE) --no-print-directory all tests
	@$(B)/tests/bench/bench
	@gnuplot -e "dir='$(B)/bench'" tests/bench/plot.gp

bench-quick: ## the same in under 90 s: fewer tables, frames and rounds (root)
	@scripts/setup.sh bench
	@$(MAKE) --no-print-directory all tests
	@$(B)/tests/bench/bench quick
	@gnuplot -e "dir='$(B)/bench'" tests/bench/plot.gp

bench-compare: setup ## measures quickly; what moved since the accepted run, beyond the noise (root)
	@$(MAKE) --no-print-directory all tests
	@$(B)/tests/bench/bench compare

bench-accept: ## accept what was measured last: bench-compare's baseline, the README's table and pictures
	[ ! -e $(B)/bench-compare/ratios.csv ] || cp $(B)/bench-compare/ratios.csv tests/bench/baseline.csv
	cp $(B)/bench/cost-random.svg $(B)/bench/wire-full.svg tests/bench/
	$(B)/tests/bench/bench readme >$(B)/bench/table.md
	sed -i -e '/^<!-- bench: begin -->$$/,/^<!-- bench: end -->$$/{/^<!-- bench: begin/r $(B)/bench/table.md' \
	  -e '/^<!-- bench/!d}' README.md

readme-table: setup ## write the README's table of what is accelerated anew (root)
	@$(MAKE) --no-print-directory all tests
	@$(B)/tests/diff/diff --readme README.md | grep -v '^ok'

setup: ## install the Debian packages that are missing (root)
	@scripts/setup.sh

format: ## format the C code with clang-format
	$(CLANG_FORMAT) -i $(shell git ls-files '*.c' '*.h')

# The manual's table of reasons comes from maps/reasons.h, its numbers from the Makefile.
$(B)/xhop.8: user/man/xhop.8.scd user/man/reasons.in maps/reasons.h Makefile
	@mkdir -p $(@D)
	$(CC) -E -P -I. -x c user/man/reasons.in | sed -e 's/@@/\n/g' -e 's/[*_]/\\&/g' | \
	  sed -nE 's/^ *"([^"]*)" "(.*)" *$$/*\1*\n\t\2\n/p' > $(B)/reasons.scd
	sed -e '/@REASONS@/{r $(B)/reasons.scd' -e 'd}' -e 's/@VERSION@/$(VERSION)/' $< | \
	  scdoc > $@.tmp
	@mv $@.tmp $@

man: $(B)/xhop.8 ## build the manual: man -l build/xhop.8 shows it

install: all man ## install under DESTDIR and PREFIX (default /usr/local)
	install -D -m 755 $(B)/xhop $(DESTDIR)$(PREFIX)/sbin/xhop
	install -D -m 644 $(B)/xhop.8 $(DESTDIR)$(PREFIX)/share/man/man8/xhop.8
	install -D -m 644 user/completion/xhop $(DESTDIR)$(PREFIX)/share/bash-completion/completions/xhop

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/sbin/xhop $(DESTDIR)$(PREFIX)/share/man/man8/xhop.8 \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions/xhop

clean: ## remove build/
	rm -rf $(B)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: all tests demo check check-long check-vm bench bench-quick bench-compare bench-accept readme-table fuzz setup man install uninstall format clean help
.SECONDARY:
-include $(USER_OBJ:.o=.d) $(LIB_OBJ:.o=.d) $(TEST_OBJ:.o=.d) $(UNIT_BIN:=.d)
