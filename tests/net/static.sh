#!/bin/bash
# Static routes and neighbours, the daemon's file, its socket and its metrics.
. "$(dirname "$0")/lib.sh"

# h1 - r1 - h2; behind h2 there is 198.51.100.0/24 and 2001:db8::/32, of which r1's kernel has
# never heard.
static_lab() {
	lab r1
	ipn h2 address add 198.51.100.1/32 dev lo
	ipn h2 address add 2001:db8::1/128 dev lo nodad
	ipn r1 route get 198.51.100.1 >/dev/null 2>&1 && fail "r1 has a route"
	return 0
}

reaches() { # ADDRESS
	in_ns h1 ping -c 1 -W 1 "$1"
}

source_of() { # NAME ADDRESS: who says where it goes
	xh "$1" -j show route get "$2" | jq -r '"\(.source) \(.answer)"'
}

# Three pings there by the static route, back by the kernel's: all forwarded by XDP. More than once
# if a neighbour of the way back was to be confirmed.
by_static() { # ADDRESS
	wait_for reaches "$1" || fail "$1 is not reached: $(xh r1 show reason)"
	wait_for static_round "$1" || fail "to $1: $(xh r1 show reason)"
}

static_round() { # ADDRESS
	mark r1
	in_ns h1 ping -c 3 -i 0.05 -W 1 "$1" && [ "$(since r1 forwarded)" = 6 ]
}

test_forwards_by_static_routes() {
	static_lab
	daemon r1 p1 p2
	mark r1
	reaches 198.51.100.1 && fail "reached without a route"
	expect r1 no-route 1
	xh r1 route add 198.51.100.0/24 via 10.0.2.2 dev p2
	xh r1 route add 2001:db8::/32 via fd00:2::2 dev p2 mtu 1400
	by_static 198.51.100.1
	by_static 2001:db8::1
	equal "who says so" "static hop" "$(source_of r1 198.51.100.1)"
	equal "mtu" 1400 "$(xh r1 -j show route get 2001:db8::1 | jq .mtu)"
	equal "static routes" "198.51.100.0/24 2001:db8::/32" \
		"$(xh r1 -j show route static | jq -r '[.[].prefix] | sort | join(" ")')"
	equal "of the kernel" "kernel" \
		"$(xh r1 -j show route | jq -r '.[] | select(.prefix == "10.0.2.0/24").source')"
	xh r1 route del 198.51.100.0/24
	mark r1
	reaches 198.51.100.1 && fail "reached after del"
	expect r1 no-route 1
	expect r1 forwarded 0
	by_static 2001:db8::1
	end_daemon
}

test_static_route_wins_and_gives_back() {
	static_lab
	cable r1 p3 h2 e3
	host_device h2 e3
	addresses r1 p3 3 1
	addresses h2 e3 3 2
	ipn r1 route add 198.51.100.0/24 via 10.0.3.2
	daemon r1 p1 p2 p3
	by_static 198.51.100.1
	equal "who says so" "kernel hop" "$(source_of r1 198.51.100.1)"
	xh r1 route add 198.51.100.0/24 via 10.0.2.2 dev p2
	equal "who says so" "static hop" "$(source_of r1 198.51.100.1)"
	by_static 198.51.100.1
	local before
	before=$(hop r1 10.0.2.2 packets)
	in_ns h1 ping -c 3 -i 0.05 -W 1 198.51.100.1
	equal "packets by 10.0.2.2" $((before + 3)) "$(hop r1 10.0.2.2 packets)"
	# A longer one of the kernel's is longer.
	ipn r1 route add 198.51.100.1/32 via 10.0.3.2
	wait_for [ "$(source_of r1 198.51.100.1)" = "kernel hop" ]
	ipn r1 route del 198.51.100.1/32
	xh r1 route replace 198.51.100.0/24 via 10.0.3.2 dev p3
	equal "via" 10.0.3.2 "$(xh r1 -j show route get 198.51.100.1 | jq -r .via)"
	xh r1 route del 198.51.100.0/24 via 10.0.3.2
	equal "who says so" "kernel hop" "$(source_of r1 198.51.100.1)"
	# A local address stays the kernel's.
	xh r1 route add 10.0.2.1/32 via 10.0.3.2 dev p3
	equal "own address" "static kernel" "$(source_of r1 10.0.2.1)"
	end_daemon
}

test_connected_hosts_are_told_apart() {
	static_lab
	ipn h2 address add 10.0.2.3/24 dev e
	daemon r1 p1 p2
	wait_for reaches 10.0.2.2 || fail "10.0.2.2"
	wait_for reaches 10.0.2.3 || fail "10.0.2.3"
	mark r1
	in_ns h1 ping -c 2 -i 0.05 10.0.2.2
	in_ns h1 ping -c 2 -i 0.05 10.0.2.3
	expect r1 forwarded 8
	[ "$(hop r1 10.0.2.3 packets)" -ge 2 ] || fail "10.0.2.3: $(xh r1 show hop)"
	end_daemon
}

run_tests "$@"
