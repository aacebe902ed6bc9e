# Namespace tests: namespaces, cables and the lab, and packets with numbers. Part of lib.sh.
#
# The lab is a chain: h1 - routers - h2. Network i is 10.0.i.0/24 and fd00:i::/64, the left end is
# .1, the right end .2; a router's devices are p1 (left) and p2 (right), a host's is e.

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
	if old_veth; then
		no_hidden_tags "$1" "$2"
		no_hidden_tags "$3" "$4"
	fi
}

# Before Linux 6.3 a veth did not show the skb to XDP, so xhop keeps off peers that may hide VLAN
# tags in it, and frames of several pages cannot be redirected.
old_veth() {
	local major minor
	IFS=.- read -r major minor _ < <(uname -r)
	[ "$major" -lt 6 ] || { [ "$major" = 6 ] && [ "$minor" -lt 3 ]; }
}

no_hidden_tags() { # NAME DEV
	in_ns "$1" ethtool -K "$2" txvlan off tx-vlan-stag-hw-insert off >/dev/null
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

daemon_start() { # NAME run-arguments...; returns at once, what it says is in $TMP/run
	local ns=$1
	shift
	: >"$TMP/run"
	"$XHOP" -n "$PFX-$ns" run "$@" >"$TMP/run" 2>&1 &
	DAEMON=$!
	echo $DAEMON >>"$TMP/pids"
}

daemon() { # NAME run-arguments...; ready when this returns
	local ns=$1
	daemon_start "$@"
	wait_for grep -q 'in step' "$TMP/run" || fail "xhop run: $(cat "$TMP/run")"
	wait_for xh "$ns" show route get 192.0.2.254 || fail "the daemon does not answer"
}

end_daemon() {
	kill -TERM "$DAEMON"
	wait "$DAEMON" || fail "xhop run ended with $?: $(cat "$TMP/run")"
}

# Neighbours are known and XDP of these routers forwards both families, both ways.
warm() { # ROUTER...
	local to r
	for to in "$H2" "$H2_6"; do
		for r in "$@"; do mark "$r"; done
		wait_for warm_round "$to" "$@" ||
			fail "no forwarding by XDP to $to: $(xh "$1" show reason 2>&1)"
	done
	for r in "$@"; do fresh "$r"; done
}

# No neighbour of a router is or turns stale, lest one of the packets counted goes to Linux for it.
fresh() { # ROUTER
	local dev
	for dev in p1 p2; do
		sysctls "$1" net.ipv4.neigh.$dev.base_reachable_time_ms=600000 \
			net.ipv6.neigh.$dev.base_reachable_time_ms=600000
	done
	ipn "$1" -j neigh show nud stale | jq -r '.[] | select(.lladdr) |
		"neigh replace \(.dst) lladdr \(.lladdr) dev \(.dev) nud reachable"' >"$TMP/fresh"
	ipn "$1" -batch "$TMP/fresh"
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
