# Namespace tests: what every tests/net/*.sh shares. Sourced, not run.
#
# A test is a shell function test_*; each runs in a shell of its own with `set -e`, with fresh
# namespaces whose names begin with $PFX. It ends well, or with `fail WHY`, or with `skip WHY`.
# Afterwards its processes and namespaces are gone, whatever happened. `bash FILE test_x` runs one.
#
# The lab is a chain: h1 - routers - h2. Network i is 10.0.i.0/24 and fd00:i::/64, the left end is
# .1, the right end .2; a router's devices are p1 (left) and p2 (right), a host's is e.
# That a packet arrived proves nothing, Linux forwards too: assert the counters (mark, expect).

XHOP=${XHOP:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/xhop}
PFX=xn$$
PATIENCE=${PATIENCE:-20} # seconds a wait may take at most
TMP=$(mktemp -d) || exit 2

export LC_ALL=C

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

# --- namespaces --------------------------------------------------------------------------------

in_ns() { # NAME COMMAND...
	local ns=$1
	shift
	nsenter --net="/run/netns/$PFX-$ns" -- "$@"
}

ipn() { # NAME ip-arguments...
	local ns=$1
	shift
	ip -n "$PFX-$ns" "$@"
}

sysctls() { # NAME KEY=VALUE...
	in_ns "$1" sysctl -qw "${@:2}"
}

xh() { # NAME xhop-arguments...
	local ns=$1
	shift
	"$XHOP" -n "$PFX-$ns" "$@"
}

background() { # NAME COMMAND...; killed after the test
	local ns=$1
	shift
	nsenter --net="/run/netns/$PFX-$ns" -- "$@" &
	echo $! >>"$TMP/pids"
}

namespace() { # NAME
	ip netns add "$PFX-$1"
	sysctls "$1" net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv4.ip_forward=0 net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 \
		net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 \
		net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.router_solicitations=0
	ipn "$1" link set lo up
}

router() { # NAME
	namespace "$1"
	sysctls "$1" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

cable() { # NAME DEV NAME DEV [MTU]
	ip link add "$2" mtu "${5:-1500}" netns "$PFX-$1" type veth \
		peer name "$4" mtu "${5:-1500}" netns "$PFX-$3"
	ipn "$1" link set "$2" up
	ipn "$3" link set "$4" up
}

addresses() { # NAME DEV NETWORK END
	ipn "$1" address add "10.0.$3.$4/24" dev "$2"
	ipn "$1" address add "fd00:$3::$4/64" dev "$2" nodad
}

# A veth takes redirected frames only if its peer polls (GRO), and xhop leaves packets without
# an L4 checksum to Linux.
host_device() { # NAME DEV
	in_ns "$1" ethtool -K "$2" gro on tx off >/dev/null
}

host() { # NAME NETWORK END GATEWAY-END
	host_device "$1" e
	addresses "$1" e "$2" "$3"
	ipn "$1" route add default via "10.0.$2.$4"
	ipn "$1" route add default via "fd00:$2::$4"
}

# h1, the routers named, h2. MTUS: one number a cable. Sets H1, H1_6, H2, H2_6.
lab() {
	local -a mtus=(${MTUS:-}) names=("$@")
	local last=$(($# + 1)) i
	namespace h1
	namespace h2
	for i in "${!names[@]}"; do
		router "${names[i]}"
		if [ "$i" = 0 ]; then
			cable h1 e "${names[i]}" p1 "${mtus[i]:-}"
		else
			cable "${names[i - 1]}" p2 "${names[i]}" p1 "${mtus[i]:-}"
			addresses "${names[i - 1]}" p2 $((i + 1)) 1
		fi
		addresses "${names[i]}" p1 $((i + 1)) 2
	done
	cable "${names[-1]}" p2 h2 e "${mtus[$#]:-}"
	addresses "${names[-1]}" p2 $last 1
	host h1 1 1 2
	host h2 $last 2 1
	for i in "${!names[@]}"; do # routes to the nets further left and right
		lab_routes "${names[i]}" $((i + 1)) $last
	done
	H1=10.0.1.1 H1_6=fd00:1::1 H2=10.0.$last.2 H2_6=fd00:$last::2
}

lab_routes() { # ROUTER ITS-NUMBER LAST-NETWORK
	local net
	for ((net = 1; net <= $3; net++)); do
		if [ $net -lt "$2" ]; then
			ipn "$1" route add 10.0.$net.0/24 via "10.0.$2.1"
			ipn "$1" route add fd00:$net::/64 via "fd00:$2::1"
		elif [ $net -gt $(($2 + 1)) ]; then
			ipn "$1" route add 10.0.$net.0/24 via "10.0.$(($2 + 1)).2"
			ipn "$1" route add fd00:$net::/64 via "fd00:$(($2 + 1))::2"
		fi
	done
}

attach() { # NAME ARGUMENT...
	local out
	out=$(xh "$1" attach "${@:2}" 2>&1) || fail "xhop attach ${*:2} in $1: status $?: $out"
}

# Neighbours are known and XDP of these routers forwards both families, both ways.
warm() { # ROUTER...
	local to r
	for to in "$H2" "$H2_6"; do
		for r in "$@"; do mark "$r"; done
		wait_for warm_round "$to" "$@" ||
			fail "no forwarding by XDP to $to: $(xh "$1" show reason 2>&1)"
	done
}

warm_round() { # ADDRESS ROUTER...
	local r before=()
	for r in "${@:2}"; do before+=("$(since "$r" forwarded)"); done
	in_ns h1 ping -c 1 -W 1 "$1" || return 1
	for r in "${@:2}"; do
		[ $(($(since "$r" forwarded) - before[0])) -eq 2 ] || return 1
		before=("${before[@]:1}")
	done
}

lab_warm() { # ROUTER...: a lab, all its routers' devices ports, warm
	local r
	lab "$@"
	for r in "$@"; do attach "$r" p1 p2; done
	warm "$@"
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

reached() { # NAME REASON PACKETS
	[ "$(since "$1" "$2")" -ge "$3" ]
}

# Since mark exactly so many packets were counted under this reason.
expect() { # NAME REASON PACKETS
	wait_for reached "$@" || true
	[ "$(since "$1" "$2")" = "$3" ] && return
	fail "$1: packets counted \"$2\": expected $3, got $(since "$1" "$2"); since the mark:" \
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
	clang -O2 -target bpf -x c -c -o "$1" -
}

# --- numbered packets --------------------------------------------------------------------------

# h2 writes down the numbers that come in.
listen() {
	NUMBER=0 ARRIVED=
	: >"$TMP/got"
	background h2 socat -u UDP4-RECV:4000 "OPEN:$TMP/got,append"
	background h2 socat -u UDP6-RECV:4000,ipv6only=1 "OPEN:$TMP/got,append"
	wait_for listening || fail "h2: socat does not listen"
}

listening() { [ "$(in_ns h2 ss -Huln 'sport = 4000' | wc -l)" = 2 ]; }

has_arrived() { grep -qx "$1" "$TMP/got"; }

# Send the next numbered packet from h1 (its address FROM, if set) to h2. r1 counts it under REASON
# and under nothing else; "passed" means any reason but forwarded, "any" this one as well.
one() { # 4|6 REASON arrives|lost
	local to=$H2
	[ "$1" = 6 ] && to=$H2_6
	NUMBER=$((NUMBER + 1))
	mark r1
	if [ -n "${FROM:-}" ]; then
		in_ns h1 bash -c "echo $NUMBER | socat -u - UDP4-SENDTO:$to:4000,bind=$FROM" || true
	else
		in_ns h1 bash -c "echo $NUMBER >/dev/udp/$to/4000" || true
	fi
	if [ "$2" = passed ] || [ "$2" = any ]; then
		wait_for was_seen || fail "r1 saw nothing of packet $NUMBER"
	else
		expect r1 "$2" 1
	fi
	[ "$2" = forwarded ] || [ "$2" = any ] || expect r1 forwarded 0
	[ "$3" = lost ] && return
	wait_for has_arrived $NUMBER || fail "packet $NUMBER to $to, counted \"$2\", did not arrive"
	ARRIVED="$ARRIVED$NUMBER "
}

was_seen() { ! reasons r1 | cmp -s - "$TMP/mark.r1"; }

both() { # REASON arrives|lost: one packet of each family
	one 4 "$@"
	one 6 "$@"
}

# All numbers that were to arrive did, in order, and no other.
numbers_right() {
	equal "numbers of the packets that arrived" "$ARRIVED" "$(tr '\n' ' ' <"$TMP/got")"
}

# --- running -----------------------------------------------------------------------------------

cleanup_test() {
	local ns pid
	if [ -e "$TMP/pids" ]; then
		while read -r pid; do kill "$pid" 2>/dev/null; done <"$TMP/pids"
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
	rm -f "$TMP/skip"
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
