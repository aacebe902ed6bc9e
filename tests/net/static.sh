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
	wait_for says "kernel hop" r1 198.51.100.1
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

# Two cables from r1 to h2: 10.0.2.0/24 and 10.0.3.0/24.
two_ways() {
	static_lab
	cable r1 p3 h2 e3
	host_device h2 e3
	addresses r1 p3 3 1
	addresses h2 e3 3 2
}

# 64 flows to an address, all forwarded: how many packets took the one way and the other (SHARES).
flows() { # ADDRESS VIA VIA
	wait_for flows_round "$@" || fail "flows to $1: $(xh r1 show reason) $(xh r1 show hop)"
}

flows_round() {
	local i first second to=UDP4-SENDTO:$1
	[ "$1" = "${1/:/}" ] || to=UDP6-SENDTO:[$1]
	first=$(sent "$2") second=$(sent "$3")
	for ((i = 5000; i < 5064; i++)); do
		echo x | in_ns h1 socat -u - "$to:$i,sourceport=$i" || return 1
	done
	sleep 0.1
	first=$(($(sent "$2") - first)) second=$(($(sent "$3") - second))
	SHARES="$first $second"
	[ $((first + second)) = 64 ] # none was left to Linux
}

sent() { # VIA: packets so far
	local packets
	packets=$(hop r1 "$1" packets)
	echo "${packets/null/0}"
}

only() { # SHARES ADDRESS VIA VIA
	flows "${@:2}" && [ "$SHARES" = "$1" ]
}

says() { # WHAT NAME ADDRESS
	[ "$(source_of "$2" "$3")" = "$1" ]
}

has_ports() { # NAME PORTS
	[ "$(ports_of "$1")" = "$2" ]
}

test_multipath_flow_shares_and_keeps() {
	local first second
	two_ways
	ipn r1 route add 198.51.100.0/24 nexthop via 10.0.2.2 weight 3 nexthop via 10.0.3.2
	ipn r1 route add 2001:db8::/32 nexthop via fd00:2::2 nexthop via fd00:3::2
	daemon r1 p1 p2 p3 multipath flow
	equal "who says so" "kernel group" "$(source_of r1 198.51.100.1)"
	equal "who says so" "kernel group" "$(source_of r1 2001:db8::1)"
	flows 198.51.100.1 10.0.2.2 10.0.3.2
	read -r first second <<<"$SHARES"
	[ "$first" -gt 34 ] && [ "$second" -gt 4 ] || fail "3:1 became $first:$second"
	flows 198.51.100.1 10.0.2.2 10.0.3.2
	equal "the same flows again" "$first $second" "$SHARES"
	flows 2001:db8::1 fd00:2::2 fd00:3::2
	read -r first second <<<"$SHARES"
	[ "$first" -gt 15 ] && [ "$second" -gt 15 ] || fail "IPv6: 1:1 became $first:$second"
	# A hop goes: all by the other one.
	ipn r1 route replace 198.51.100.0/24 nexthop via 10.0.3.2
	wait_for only "0 64" 198.51.100.1 10.0.2.2 10.0.3.2 || fail "still by 10.0.2.2: $SHARES"
	ipn r1 link set p3 down
	wait_for only "64 0" 2001:db8::1 fd00:2::2 fd00:3::2 || fail "still by fd00:3::2: $SHARES"
	end_daemon
}

shows_neigh() { # ADDRESS
	[ -n "$(ipn r1 neigh show "$1")" ]
}

test_file_and_its_changes() {
	local file=$TMP/xhop.conf
	static_lab
	cat >"$file" <<-END
		# the lab
		attach p1 p2
		route add 198.51.100.0/24 via 10.0.2.2 dev p2   # behind h2
		route add 203.0.113.0/24 via 10.0.2.2 dev p2
		neigh add 10.0.2.77 lladdr 02:00:00:00:00:77 dev p2
		metrics 127.0.0.1:9105
	END
	in_ns r1 "$XHOP" run --check -c "$file" | grep -q "good: 2 ports, 2 static routes" ||
		fail "--check"
	daemon r1 -c "$file"
	by_static 198.51.100.1
	equal "neighbour" "02:00:00:00:00:77 PERMANENT" \
		"$(ipn r1 -j neigh show 10.0.2.77 | jq -r '.[0] | "\(.lladdr) \(.state[0])"')"
	equal "shown" static "$(xh r1 -j show neigh | jq -r '.[] | select(.addr == "10.0.2.77").source')"
	equal "from" file "$(xh r1 -j show route get 203.0.113.1 | jq -r .from)"
	xh r1 route add 192.0.2.0/24 via 10.0.2.2 dev p2
	in_ns r1 bash -c 'exec 3<>/dev/tcp/127.0.0.1/9105; printf "GET /metrics HTTP/1.0\r\n\r\n" >&3; cat <&3' \
		>"$TMP/metrics"
	contains "metrics" 'xhop_packets_total{dev="p1",reason="forwarded"}' "$(cat "$TMP/metrics")"
	contains "metrics" 'xhop_static_routes 3' "$(cat "$TMP/metrics")"
	contains "metrics" 'xhop_following 1' "$(cat "$TMP/metrics")"
	# A bad file changes nothing.
	echo 'route add 1.2.3.4/8 via 10.0.2.2 dev p2' >>"$file"
	refused 1 "$file:7: 1.2.3.4/8: bits are set" r1 run --check -c "$file"
	kill -HUP "$DAEMON"
	wait_for grep -q 'nothing was changed' "$TMP/run" || fail "SIGHUP: $(cat "$TMP/run")"
	by_static 198.51.100.1
	# A good one: what it does not name any more goes, what came by command stays.
	sed -i -e '/1.2.3.4/d' -e '/203.0.113/d' -e '/neigh/d' -e 's/^attach.*/attach p2/' "$file"
	kill -HUP "$DAEMON"
	wait_for grep -q 'read again' "$TMP/run" || fail "SIGHUP: $(cat "$TMP/run")"
	equal "static routes" "192.0.2.0/24 198.51.100.0/24" \
		"$(xh r1 -j show route static | jq -r '[.[].prefix] | sort | join(" ")')"
	equal "neighbour" "" "$(ipn r1 neigh show 10.0.2.77)"
	equal "ports" p2 "$(ports_of r1)"
	echo 'attach p1' >>"$file"
	echo 'neigh add 10.0.2.78 lladdr 02:00:00:00:00:78 dev p2' >>"$file"
	kill -HUP "$DAEMON"
	wait_for has_ports r1 "p1 p2" || fail "ports: $(ports_of r1)"
	by_static 198.51.100.1
	wait_for shows_neigh 10.0.2.78 || fail "no neighbour"
	end_daemon
	equal "neighbour after the end" "" "$(ipn r1 neigh show 10.0.2.78)"
}

test_refusals() {
	static_lab
	refused 2 "no daemon runs in this network namespace" r1 route add 198.51.100.0/24 via 10.0.2.2 dev p2
	refused 2 "no daemon runs" r1 show route
	daemon r1 p1 p2
	refused 1 "10.0.2.5/24: bits are set behind the prefix length (10.0.2.0/24?)" \
		r1 route add 10.0.2.5/24 via 10.0.2.2 dev p2
	refused 1 "by which next hop?" r1 route add 10.0.0.0/8 dev p2
	refused 1 "which device?" r1 route add 10.0.0.0/8 via 10.0.2.2
	refused 1 "10.0.0.0/8: nodev: no such device" r1 route add 10.0.0.0/8 via 10.0.2.2 dev nodev
	refused 1 "no such static route" r1 route del 10.0.0.0/8
	xh r1 route add 10.0.0.0/8 via 10.0.2.2 dev p2
	refused 1 "is a static route already" r1 route add 10.0.0.0/8 via 10.0.2.2 dev p2
	refused 1 "has another hop" r1 route del 10.0.0.0/8 via 10.0.2.9
	refused 1 "not the MAC address" r1 neigh add 10.0.2.9 lladdr 01:00:00:00:00:01 dev p2
	refused 1 "no such static neighbour" r1 neigh del 10.0.2.9 dev p2
	equal "socket" "700 600" "$(stat -c %a /run/xhop | tr '\n' ' ')$(stat -c %a \
		"$(ls -t /run/xhop/*.sock | head -n 1)")"
	# Nonsense does not stop it.
	local sock
	sock=$(ls -t /run/xhop/*.sock | head -n 1)
	for text in '{}' '[]' '{"do":5}' '{"do":"route","verb":"add","list":[[1,2],{}]}' 'x' '{"do":"get"}'; do
		contains "answer to $text" error "$(echo "$text" | socat -t 2 - "UNIX-CONNECT:$sock")"
	done
	head -c 3000000 /dev/zero | tr '\0' x | socat -u - "UNIX-CONNECT:$sock" 2>/dev/null || true
	equal "still there" 10.0.0.0/8 "$(xh r1 -j show route static | jq -r '.[0].prefix')"
	end_daemon
}

test_import() {
	static_lab
	daemon r1 p1 p2
	cat >"$TMP/routes" <<-END
		default via 10.0.2.2 dev p2 proto dhcp metric 100
		198.51.100.0/24 via 10.0.2.2 dev p2 proto bird metric 32
		198.51.100.0/24 via 10.0.2.9 dev p2 metric 64
		10.9.0.0/16 dev p2 proto kernel scope link src 10.9.0.1
		blackhole 10.8.0.0/16 proto static
		10.7.0.0/16 proto static
			nexthop via 10.0.2.2 dev p2 weight 1
			nexthop via 10.0.2.3 dev p2 weight 1
		2001:db8::/32 via fd00:2::2 dev p2 proto bird metric 32 pref medium mtu 1400
	END
	xh r1 route import "$TMP/routes" 2>&1 | grep -q '3 routes imported, 3 of other kinds skipped, 1 with a higher metric' ||
		fail "import: $(xh r1 route import "$TMP/routes" 2>&1)"
	by_static 198.51.100.1
	by_static 2001:db8::1
	echo '10.0.0.0/33 via 10.0.2.2 dev p2' >>"$TMP/routes"
	refused 1 "$TMP/routes:10: " r1 route import "$TMP/routes"
	ipn r1 route show | xh r1 route import - 2>&1 | grep -q 'imported' || fail "import -"
	xh r1 route flush 2>&1 | grep -q '3 static routes removed' || fail flush
	equal "after flush" 0 "$(xh r1 -j show route static | jq length)"
	end_daemon
}

run_tests "$@"
