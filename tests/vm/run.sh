#!/bin/bash
# Runs tests/run.sh on other kernels, in virtual machines under software emulation (scripts/vm.sh).
# Every line of a machine comes through with the kernel's version before it; the last line sums up.
# A kernel that cannot be had counts as one skip, a machine that dies or runs too long as one failure.
# Usage: tests/vm/run.sh [-k KERNEL]... [-t SECONDS] [PART...]
#   default: -k 6.1 -k 6.12, 7200 s a kernel, parts unit prog maps mirror net. What is in
#   build/ is what runs.
cd "$(dirname "$0")/../.." || exit 2

kernels=() limit=7200
while getopts k:t: opt; do
	case $opt in
	k) kernels+=("$OPTARG") ;;
	t) limit=$OPTARG ;;
	*) sed -n 's/^# \(Usage:.*\)/\1/p' "$0" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ ${#kernels[@]} -gt 0 ] || kernels=(6.1 6.12)
[ $# -gt 0 ] || set -- unit prog maps mirror net
# An attach takes seconds in there, many a test of net a minute.
export TEST_TIMEOUT=${TEST_TIMEOUT:-3600} PATIENCE=${PATIENCE:-60}

log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

for kernel in "${kernels[@]}"; do
	# If this script is killed, the machine goes with it.
	setpriv --pdeathsig TERM scripts/vm.sh -k "$kernel" -t "$limit" -- tests/run.sh "$@" 2>&1 |
		tee "$log" | sed -u "s/^/$kernel: /"
	rc=${PIPESTATUS[0]}
	read -r p f s < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p' "$log" | tail -n 1)
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	if [ "$rc" = 77 ]; then
		skipped=$((skipped + 1))
	elif [ "$rc" -ne 0 ] && [ $((f)) -eq 0 ]; then
		echo "$kernel: not ok - the tests ended with status $rc"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
