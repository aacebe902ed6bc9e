# Namespace tests: what every tests/net/*.sh shares. Sourced, not run.
#
# A test is a shell function test_*; each runs in a shell of its own with `set -e`, with fresh
# namespaces whose names begin with $PFX. It ends well, or with `fail WHY`, or with `skip WHY`.
# Afterwards its processes and namespaces are gone, whatever happened. `bash FILE test_x` runs one.
#
# That a packet arrived proves nothing, Linux forwards too: assert the counters (mark, expect).

XHOP=${XHOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/xhop}
PFX=xn$$
PATIENCE=${PATIENCE:-20} # seconds a wait may take at most
TMP=$(mktemp -d) || exit 2

export LC_ALL=C
. "$(dirname "${BASH_SOURCE[0]}")/lab.bash"

# --- outcome -----------------------------------------------------------------------------------

fail() {
	trap - ERR
	echo "failed: $*"
	exit 1
}

skip() {
	trap - ERR
	echo "$*" >"$TMP/skip"
	exit 77
}

note() { # a line to print below the test's, whatever its outcome
	echo "# $*" >>"$TMP/note"
}

need() { # a tool that not every machine has
	command -v "$1" >/dev/null || skip "no $1 here"
}

equal() { # what expected got
	[ "$2" = "$3" ] || fail "$1: expected \"$2\", got \"$3\""
}

contains() { # what part whole
	case $3 in *"$2"*) ;; *) fail "$1: expected it to contain \"$2\", got \"$3\"" ;; esac
}

# Wait until a command succeeds.
wait_for() {
	local end=$((SECONDS + PATIENCE))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# xhop ends with this status and one line on stderr, notes aside, that contains these words.
refused() { # STATUS WORDS NAME xhop-arguments...
	local want=$1 part=$2 status=0 words
	shift 2
	words=$(xh "$@" 2>&1 >/dev/null) || status=$?
	equal "exit status of xhop ${*:2} ($words)" "$want" $status
	words=$(grep -v '^xhop: note: ' <<<"$words") || true
	equal "lines that xhop ${*:2} printed to stderr ($words)" 1 "$(wc -l <<<"$words")"
	contains "what xhop ${*:2} said" "$part" "$words"
}

# --- counters ----------------------------------------------------------------------------------

reasons() { # NAME: "reason packets" a line
	xh "$1" -j show reason | jq -r '.[] | "\(.reason) \(.packets)"'
}

mark() { # NAME: counts begin here
	reasons "$1" >"$TMP/mark.$1"
}

since() { # NAME REASON: packets since mark
	reasons "$1" | awk -v want="$2" 'NR == FNR { was[$1] = $2; next }
		$1 == want { print $2 - was[$1] }' "$TMP/mark.$1" -
}

reached() { # NAME REASON PACKETS; leaves the number in COUNTED
	COUNTED=$(since "$1" "$2")
	[ "$COUNTED" -ge "$3" ]
}

# Since mark exactly so many packets were counted under this reason.
expect() { # NAME REASON PACKETS
	wait_for reached "$@" || true
	[ "$COUNTED" = "$3" ] && return
	fail "$1: packets counted \"$2\": expected $3, got $COUNTED; since the mark:" \
		"$(reasons "$1" | paste - "$TMP/mark.$1" | awk '$2 != $4 { printf "%s %d, ", $1, $2 - $4 }')"
}

port() { # NAME DEV MEMBER
	xh "$1" -j show dev "$2" | jq -r ".[0].$3"
}

hop() { # NAME VIA MEMBER [LLADDR]
	xh "$1" -j show hop | jq -r --arg via "$2" --arg mac "${4:-}" \
		"[.[] | select(.via == \$via and (\$mac == \"\" or .lladdr == \$mac))][0].$3"
}

ports_of() { # NAME: as xhop says, in one line
	xh "$1" -j show dev | jq -r '[.[].dev] | sort | join(" ")'
}

xdp_on() { # NAME DEV: id of the XDP program, as the kernel says
	ipn "$1" -j link show "$2" | jq -r '.[0].xdp.prog.id // "none"'
}

mac() { # NAME DEV
	ipn "$1" -j link show "$2" | jq -r '.[0].address'
}

bpf_object() { # FILE <source
	need clang
	clang -O2 -g -target bpf -x c -c -o "$1" -
}

# --- running -----------------------------------------------------------------------------------

cleanup_test() {
	local ns pid
	if [ -e "$TMP/pids" ]; then
		while read -r pid; do # one may be stopped
			kill "$pid" 2>/dev/null
			kill -CONT "$pid" 2>/dev/null
		done <"$TMP/pids"
		rm -f "$TMP/pids"
	fi
	for ns in $(ip netns list | awk -v p="$PFX-" 'index($1, p) == 1 { print $1 }'); do
		for pid in $(ip netns pids "$ns" 2>/dev/null); do kill "$pid" 2>/dev/null; done
		if ip -n "$ns" link show 2>/dev/null | grep -q ' xdp'; then
			"$XHOP" -n "$ns" detach all >/dev/null 2>&1
		fi
		ip netns del "$ns"
	done
}

run_one() { # NUMBER FUNCTION
	local name=${2#test_} rc
	name=${name//_/ }
	rm -f "$TMP/skip" "$TMP/note"
	# Not in a condition: `set -e` would be off.
	(
		set -eEu
		trap 'echo "failed at ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR
		"$2"
	) >"$TMP/log" 2>&1 </dev/null
	rc=$?
	cleanup_test >/dev/null 2>&1
	if [ $rc = 77 ] && [ -s "$TMP/skip" ]; then
		echo "ok $1 - $name # SKIP $(head -n 1 "$TMP/skip")"
	elif [ $rc = 0 ]; then
		echo "ok $1 - $name"
	else
		echo "not ok $1 - $name"
		tail -n 12 "$TMP/log" | cut -c 1-300 | sed 's/^/# /'
		failures=$((failures + 1))
	fi
	[ ! -e "$TMP/note" ] || cat "$TMP/note"
	[ -z "${TIMES:-}" ] || echo "# $((SECONDS - started)) s so far"
}

# Run the tests named, or all functions test_* of the file in their order.
run_tests() {
	local -a list=("$@")
	local i=0 t started=$SECONDS
	failures=0
	[ $# -gt 0 ] || mapfile -t list < <(sed -nE 's/^(test_[a-z0-9_]+)\(\).*/\1/p' "$0")
	echo "1..${#list[@]}"
	if [ "$(id -u)" != 0 ]; then
		for t in "${list[@]}"; do echo "ok $((++i)) - $t # SKIP needs root"; done
		exit 0
	fi
	for t in "${list[@]}"; do run_one $((++i)) "$t"; done
	[ $failures = 0 ]
}

finish() {
	trap - EXIT
	cleanup_test >/dev/null 2>&1
	rm -rf "$TMP"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP
