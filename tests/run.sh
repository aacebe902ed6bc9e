#!/bin/bash
# Runs every test program and script and counts their TAP lines: ok, not ok, ok ... # SKIP why.
# A program that ends with an error, or without a plan it kept, counts as one failure.
# Usage: tests/run.sh [--long] [PART...]   parts: unit prog net mirror diff ...; default: all of `make
# check`. --long: the longer proofs, what `make check-long` runs.
cd "$(dirname "$0")/.." || exit 2
exec 3>&1
passed=0 failed=0 skipped=0
export XHOP=${XHOP:-$PWD/build/xhop} CMOCKA_MESSAGE_OUTPUT=TAP
log=$(mktemp -d) || exit 2
trap 'rm -rf "$log"' EXIT

run() { # name command...
	local name=$1 out=$log/out rc p f s planned
	shift
	timeout -k 10 "${TEST_TIMEOUT:-900}" "$@" >"$out" 2>"$log/err" </dev/null
	rc=$?
	s=$(grep -ciE '^ok .*# *skip' "$out")
	p=$(($(grep -cE '^ok ' "$out") - s))
	f=$(grep -cE '^not ok ' "$out")
	planned=$(sed -nE 's/^1\.\.([0-9]+).*/\1/p' "$out" | paste -sd+ | sed 's/^$/-1/')
	if { [ $rc -ne 0 ] && [ "$f" -eq 0 ]; } || [ $((planned)) -ne $((p + f + s)) ]; then
		echo "not ok - $name ended with status $rc after $((p + f + s)) tests of a plan of $((planned))" >>"$out"
		f=$((f + 1))
	fi
	printf '%-28s %4d passed, %d failed, %d skipped\n' "$name" "$p" "$f" "$s"
	if [ "$f" -ne 0 ]; then
		grep -E -B 12 -A "${XHOP_TEST_CONTEXT:-25}" '^not ok' "$out" | sed 's/^/    /'
		tail -n 20 "$log/err" | sed 's/^/    stderr: /'
	fi
	grep -iE '^ok .*# *skip' "$out" | sed -E 's/^ok [0-9]* *-? */    skipped: /'
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

long=
if [ "${1:-}" = --long ]; then
	long=--long
	export XHOP_TRIE_OPS=${XHOP_TRIE_OPS:-1200000}
	shift
fi
parts=${*:-unit layout mirror prog maps net diff bench ${long:+faults}}
for part in $parts; do
	case $part in
	unit) for t in tests/unit/*.c; do
		[ -e "$t" ] && run "unit/$(basename "$t" .c)" "build/${t%.c}"
	      done ;;
	net)  for t in tests/net/*.sh; do
		case $t in */lib.sh) continue ;; esac
		[ -e "$t" ] && run "net/$(basename "$t" .sh)" bash "$t"
	      done ;;
	faults) [ -x tests/faults/run.sh ] && TEST_TIMEOUT=3600 run faults bash tests/faults/run.sh ;;
	maps) run "prog, route maps" build/tests/prog/prog --maps ;;
	bench) run bench build/tests/bench/bench test ;;
	diff) TEST_TIMEOUT=${long:+5400} run diff build/tests/diff/diff $long ;;
	*)    [ -x "build/tests/$part/$part" ] && run "$part" "build/tests/$part/$part" ;;
	esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
