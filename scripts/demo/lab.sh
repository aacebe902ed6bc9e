# The demo's network: who is where, how it is built, how it goes away. Sourced by demo.sh.
#
# Each link runs through a small bridge in a namespace of its own, the "cable": frames that XDP
# redirects are invisible to a capture on a router's port, on a cable they can be seen.
# A namespace is named ID-NODE, a port after where it leads: to-r2 on r1. MAC addresses say the
# same: 02:00:00:00:01:02 is r1's port to r2.

NODES="h1 r1 r2 r3 h2"
ROUTERS="r1 r2 r3"
LINKS="h1-r1 r1-r2 r2-r3 r3-h2"
TARGET4=10.2.0.10 TARGET6=2001:db8:2::10

in_node() { # node command...
	local node=$1
	shift
	ip netns exec "$ID-$node" "$@"
}

# The subnet of a link, IPv4 and IPv6, without the last part.
link_nets() { # link
	case $1 in
	h1-r1) echo "10.1.0. 2001:db8:1::" ;;
	r1-r2) echo "10.12.0. 2001:db8:12::" ;;
	r2-r3) echo "10.23.0. 2001:db8:23::" ;;
	r3-h2) echo "10.2.0. 2001:db8:2::" ;;
	esac
}

# What the node's addresses end with.
node_number() { # node
	case $1 in
	h*) echo 10 ;;
	r*) echo "${1#r}" ;;
	esac
}

mac() { # node peer
	local both="$1:$2"
	both=${both//h/a}
	echo "02:00:00:00:${both//r/0}"
}

try() { # command...: ends the demo if it fails
	"$@" >"$dir/try" 2>&1 || broken "this failed: $*" "$dir/try"
}

lab_make() {
	local node link
	for node in $NODES; do
		try ip netns add "$ID-$node"
		# No waiting for duplicate address detection, no router advertisements wanted.
		try in_node "$node" sysctl -qw net.ipv6.conf.all.accept_dad=0 \
			net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0 \
			net.ipv6.conf.default.router_solicitations=0
		try ip -n "$ID-$node" link set lo up
	done
	for node in $ROUTERS; do
		try in_node "$node" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	done
	try ip netns add "$ID-cable"
	try in_node cable sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	for link in $LINKS; do
		lab_link "$link"
	done
	lab_routes
	for node in h1 h2; do
		# Else the host leaves the TCP and UDP checksum to a device that does not exist.
		try in_node "$node" ethtool -K "$(host_port "$node")" tx off
	done
}

host_port() { # host
	case $1 in h1) echo to-r1 ;; h2) echo to-r3 ;; esac
}

# A cable between two nodes: port - veth - bridge - veth - port.
lab_link() { # link
	local link=$1 end node peer
	try ip -n "$ID-cable" link add "$link" type bridge mcast_snooping 0 forward_delay 0
	try ip -n "$ID-cable" link set "$link" up
	for end in a b; do
		case $end in
		a) node=${link%-*} peer=${link#*-} ;;
		b) node=${link#*-} peer=${link%-*} ;;
		esac
		lab_end "$link" "$link.$end" "$node" "$peer"
	done
	for end in a b; do
		# A veth takes redirected frames once its peer has GRO, switched on after the link
		# is up. Without tx offload what GRO merged leaves the cable as whole frames again.
		try in_node cable ethtool -K "$link.$end" tx off
		try in_node cable ethtool -K "$link.$end" gro off
		try in_node cable ethtool -K "$link.$end" gro on
	done
}

lab_end() { # link end node peer
	local link=$1 end=$2 node=$3 peer=$4 net4 net6 number
	read -r net4 net6 <<<"$(link_nets "$link")"
	number=$(node_number "$node")
	try ip -n "$ID-cable" link add "$end" type veth \
		peer name "to-$peer" netns "$ID-$node" address "$(mac "$node" "$peer")"
	try ip -n "$ID-cable" link set "$end" master "$link" up
	try ip -n "$ID-$node" addr add "$net4$number/24" dev "to-$peer"
	try ip -n "$ID-$node" addr add "$net6$number/64" dev "to-$peer" nodad
	try ip -n "$ID-$node" link set "to-$peer" up
}

lab_routes() {
	route h1 default 10.1.0.1 default 2001:db8:1::1
	route r1 10.2.0.0/24 10.12.0.2 2001:db8:2::/64 2001:db8:12::2
	route r1 10.23.0.0/24 10.12.0.2 2001:db8:23::/64 2001:db8:12::2
	route r2 10.1.0.0/24 10.12.0.1 2001:db8:1::/64 2001:db8:12::1
	route r2 10.2.0.0/24 10.23.0.3 2001:db8:2::/64 2001:db8:23::3
	route r3 10.1.0.0/24 10.23.0.2 2001:db8:1::/64 2001:db8:23::2
	route r3 10.12.0.0/24 10.23.0.2 2001:db8:12::/64 2001:db8:23::2
	route h2 default 10.2.0.3 default 2001:db8:2::3
}

route() { # node prefix4 via4 prefix6 via6
	try ip -n "$ID-$1" -4 route add "$2" via "$3"
	try ip -n "$ID-$1" -6 route add "$4" via "$5"
}

lab_print() {
	cat <<-EOF

	    ${bold}h1${plain} ------------ ${bold}r1${plain} ------------ ${bold}r2${plain} ------------ ${bold}r3${plain} ------------ ${bold}h2${plain}
	       10.1.0.0/24     10.12.0.0/24    10.23.0.0/24     10.2.0.0/24
	    2001:db8:1::/64  2001:db8:12::/64  2001:db8:23::/64  2001:db8:2::/64

	  h1 is 10.1.0.10 and 2001:db8:1::10, h2 is $TARGET4 and $TARGET6.
	  Each is a network namespace of this machine ($ID-h1, ...).
	EOF
}

lab_attach() {
	local node ports
	for node in $ROUTERS; do
		ports=$(ip -br -n "$ID-$node" link | awk '/^to-/ { sub("@.*", "", $1); print $1 }' |
			sort | xargs)
		echo "  xhop -n $ID-$node attach $ports"
		# shellcheck disable=SC2086 # several words
		timeout 20 "$XHOP" -n "$ID-$node" attach $ports >"$dir/attach" 2>&1 ||
			broken "xhop attach failed on $node" "$dir/attach"
		cat "$dir/attach" >>"$dir/notes"
	done
	# What xhop notes about a device, but not the same again for the next.
	sed -E 's/^xhop: note: to-..: /xhop: note: /' "$dir/notes" | awk '!seen[$0]++' |
		fold -s -w 74 | sed 's/^/  /; s/ *$//'
}

# What this script started, and what else runs in the demo's namespaces.
lab_stop_processes() { # id
	local node pids signal
	for signal in TERM KILL; do
		pids=$(jobs -p)
		for node in $NODES cable; do
			[ ! -e "/run/netns/$1-$node" ] || pids+=" $(ip netns pids "$1-$node")"
		done
		[ -n "${pids//[[:space:]]/}" ] || break
		# shellcheck disable=SC2086 # several words
		kill -$signal $pids 2>/dev/null
		[ $signal = KILL ] || sleep 0.2
	done
	wait
}

# Processes, programs, namespaces and with them every device. Says what would not go.
lab_remove() { # id
	local node status=0
	lab_stop_processes "$1"
	for node in $ROUTERS; do
		[ -e "/run/netns/$1-$node" ] || continue
		[ "$("$XHOP" -n "$1-$node" -j show dev 2>/dev/null)" = '[]' ] ||
			timeout 20 "$XHOP" -n "$1-$node" detach all >/dev/null || status=1
	done
	for node in $NODES cable; do
		[ ! -e "/run/netns/$1-$node" ] || ip netns del "$1-$node" || status=1
	done
	return $status
}

# The process ids in the names of what demos made, one a line.
lab_ids() {
	local name
	for name in "/run/netns/$PREFIX"-*-* "${TMPDIR:-/tmp}/$PREFIX"-*.*; do
		[ -e "$name" ] || continue
		name=${name##*/"$PREFIX"-}
		echo "${name%%[-.]*}"
	done | sort -un
}

# Remove the demos whose script no longer runs.
lab_clean() {
	local pid status=0 found=''
	for pid in $(lab_ids); do
		if tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q demo.sh; then
			echo "$PREFIX-$pid is running now: left alone"
			continue
		fi
		found=yes
		lab_remove "$PREFIX-$pid" && echo "removed $PREFIX-$pid" || status=2
		rm -rf "${TMPDIR:-/tmp}/$PREFIX-$pid".*
	done
	[ -n "$found" ] || echo "nothing to remove"
	return $status
}
