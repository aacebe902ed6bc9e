#!/bin/bash
# The network changes under the packets: links, neighbours, routes. The next packet goes where
# Linux would send it now, and XDP takes up again as soon as it can.
. "$(dirname "$0")/lib.sh"

lab_numbers() {
	lab_warm r1
	listen
	both forwarded arrives
}

test_egress_link_of_the_router_down_and_up() {
	lab_numbers
	ipn r1 link set p2 down
	both no-route lost
	ipn r1 link set p2 up
	addresses_again r1 p2 2 1
	warm r1
	both forwarded arrives
	numbers_right
}

addresses_again() { # the kernel may have kept them
	addresses "$@" 2>/dev/null || ipn "$1" address replace "fd00:$3::$4/64" dev "$2" nodad
}

test_link_of_the_host_down_and_up() {
	lab_numbers
	ipn h2 link set e down
	mark r1
	in_ns h1 ping -c 1 -W 0.2 $H2 && fail "an answer through a link that is down"
	in_ns h1 ping -c 1 -W 0.2 $H2_6 && fail "an answer through a link that is down"
	wait_for was_seen || fail "r1 saw no packet"
	expect r1 forwarded 0
	ipn h2 link set e up
	addresses_again h2 e 2 2
	ipn h2 route replace default via 10.0.2.1
	ipn h2 route replace default via fd00:2::1
	warm r1
	both forwarded arrives
	numbers_right
}

test_ingress_link_down_and_up() {
	lab_numbers
	ipn r1 link set p1 down
	mark r1
	in_ns h1 ping -c 1 -W 0.2 $H2 && fail "a ping through a link that is down"
	expect r1 forwarded 0
	ipn r1 link set p1 up
	addresses_again r1 p1 1 2
	ipn h1 route replace default via 10.0.1.2
	ipn h1 route replace default via fd00:1::2
	warm r1
	both forwarded arrives
	numbers_right
}

lladdr_of() { # VIA: what r1's kernel knows
	ipn r1 -j neigh show to "$1" dev p2 | jq -r '.[0].lladdr'
}

knows() { # VIA LLADDR
	# A kernel believes an unasked announcement only a second after the last.
	in_ns h2 ping -c 1 -W 1 "${1%%[0-9]}1" || true
	[ "$(lladdr_of "$1")" = "$2" ]
}

test_neighbour_gets_another_mac() {
	local new=02:00:00:00:99:02 via
	lab_numbers
	sysctls h2 net.ipv4.conf.e.arp_notify=1 net.ipv6.conf.e.ndisc_notify=1
	ipn h2 link set e address $new
	for via in 10.0.2.2 fd00:2::2; do
		ipn r1 neigh replace $via dev p2 lladdr $new nud reachable
		equal "the kernel's neighbour $via" $new "$(lladdr_of $via)"
		equal "hop row $via of the new MAC before traffic" null "$(hop r1 $via packets $new)"
	done
	both forwarded arrives
	for via in 10.0.2.2 fd00:2::2; do
		equal "packets to $via at its new MAC" 1 "$(hop r1 $via packets $new)"
	done
	both forwarded arrives
	equal "packets to 10.0.2.2 at its new MAC" 2 "$(hop r1 10.0.2.2 packets $new)"
	numbers_right
}

announces() {
	in_ns h2 arping -q -c 1 -U -I e 10.0.2.2
	[ "$(lladdr_of 10.0.2.2)" = "$1" ]
}

test_neighbour_announces_another_mac() {
	local new=02:00:00:00:99:03
	need arping
	lab_numbers
	ipn h2 link set e address $new
	wait_for announces $new || fail "r1 does not believe the announcement: $(lladdr_of 10.0.2.2)"
	fresh r1 # an announcement that nobody asked for leaves it stale
	one 4 forwarded arrives
	equal "packets to 10.0.2.2 at its new MAC" 1 "$(hop r1 10.0.2.2 packets $new)"
	numbers_right
}

test_neighbour_forgotten_and_found() {
	lab_numbers
	ipn r1 neigh flush dev p2
	both neighbour arrives
	both forwarded arrives
	numbers_right
}

test_route_replaced_to_another_next_hop() {
	local via i
	lab r1
	namespace h3
	cable r1 p3 h3 e
	addresses r1 p3 3 1
	host h3 3 2 1
	attach r1 p1 p2 p3
	for i in h2 h3; do
		ipn $i address add 10.9.9.9/32 dev e
		ipn $i address add fd00:9::9/128 dev e nodad
	done
	for via in 2 3; do
		ipn r1 route replace 10.9.9.9 via 10.0.$via.2
		ipn r1 route replace fd00:9::9 via fd00:$via::2
		H2=10.9.9.9 H2_6=fd00:9::9
		warm r1
	done
	for i in 1 2 3 4 5 6; do
		via=$((2 + i % 2))
		ipn r1 route replace 10.9.9.9 via 10.0.$via.2
		ipn r1 route replace fd00:9::9 via fd00:$via::2
		goes_by 10.0.$via.2 10.9.9.9
		goes_by fd00:$via::2 fd00:9::9
	done
	ipn r1 route del 10.9.9.9
	mark r1
	in_ns h1 ping -c 1 -W 0.2 10.9.9.9 && fail "an answer although the route is gone"
	expect r1 no-route 1
	expect r1 forwarded 0
}

goes_by() { # VIA ADDRESS: a ping goes there, answer and all by XDP
	local before
	before=$(hop r1 "$1" packets)
	mark r1
	in_ns h1 ping -q -c 1 -W 5 "$2" || fail "no answer from $2 via $1"
	expect r1 forwarded 2
	equal "packets to $2 by next hop $1" $((before + 1)) "$(hop r1 "$1" packets)"
}

test_more_specific_route_takes_over() {
	lab_numbers
	ipn r1 route add 10.0.2.2/32 via 10.0.1.1 # back where it came from: Linux tells the sender
	one 4 redirect lost
	ipn r1 route del 10.0.2.2/32 via 10.0.1.1
	both forwarded arrives
	numbers_right
}

test_mtu_of_a_route() {
	lab_numbers
	ipn r1 route add 10.0.2.2/32 dev p2 mtu 600
	mark r1
	in_ns h1 ping -q -c 1 -W 5 -M dont -s 1000 $H2 # in two fragments; the answer comes whole
	expect r1 mtu 1
	expect r1 forwarded 1
	ipn r1 route del 10.0.2.2/32 dev p2
	mark r1
	in_ns h1 ping -q -c 1 -W 5 -M dont -s 1000 $H2
	expect r1 forwarded 2
}

test_port_renamed() {
	lab_numbers
	ipn r1 link set p2 name uplink || skip "this kernel renames no device that is up"
	both forwarded arrives
	equal "names of the ports" "p1 uplink" "$(xh r1 -j show dev | jq -r '[.[].dev] | join(" ")')"
	attach r1 uplink
	both forwarded arrives
	xh r1 detach uplink
	both not-port arrives
	numbers_right
}

test_routes_of_a_renamed_device() {
	lab r1
	daemon r1 p1 p2
	equal "device" p2 "$(xh r1 -j show route get 10.0.2.9 | jq -r .dev)"
	ipn r1 link set p2 name uplink || skip "this kernel renames no device that is up"
	equal "device" uplink "$(xh r1 -j show route get 10.0.2.9 | jq -r .dev)"
	end_daemon
}

run_tests "$@"
