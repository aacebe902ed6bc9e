#!/bin/bash
# Devices over devices: VLANs, bonds and VRFs as a way in and a way out, with kernel lookups and with
# route maps. XDP forwards there or leaves it to Linux; every packet arrives, once and in order.
. "$(dirname "$0")/lib.sh"

# The lab's cable of r1 and h2 under a device of their own at each end: DEV and DEV2 carry the
# addresses.
over_cable() { # DEV DEV2
	ipn r1 address flush dev p2
	ipn h2 address flush dev e
	ipn r1 link set "$1" up
	ipn h2 link set "$2" up
	addresses r1 "$1" 2 1
	addresses h2 "$2" 2 2
	ipn h2 route replace default via 10.0.2.1
	ipn h2 route replace default via fd00:2::1
}

vlan() { # NAME DEV TAG
	ipn "$1" link add link "$2" name "$2.$3" type vlan id "$3" || skip "no VLANs in this kernel"
	in_ns "$1" ethtool -K "$2.$3" tx off >/dev/null || true
}

# Some packets of both families h1 -> h2, and pings, which take the way back as well.
all_arrive() { # REASON of those to h2
	local round to
	for to in $H2 $H2_6; do
		wait_for in_ns h1 ping -c 1 -W 1 "$to" || fail "$to is not reached"
	done
	for round in 1 2 3; do both "$1" arrives; done
	for to in $H2 $H2_6; do
		in_ns h1 ping -c 5 -i 0.1 -W 2 "$to" >"$TMP/pings" || fail "pings to $to are lost"
		! grep DUP "$TMP/pings" || fail "twice"
	done
	numbers_right
}

# The same with kernel lookups, then with the daemon.
with_all_lookups() { # REASON run-arguments...
	local reason=$1
	shift
	listen
	attach r1 "$@"
	all_arrive "$reason"
	daemon r1 "$@"
	all_arrive "$reason"
	end_daemon
}

test_vlan_over_a_port() {
	lab r1
	vlan r1 p2 5
	vlan h2 e 5
	over_cable p2.5 e.5
	with_all_lookups egress-xdp p1 p2
}

test_vlan_as_a_port() {
	lab r1
	vlan r1 p2 5
	vlan h2 e 5
	over_cable p2.5 e.5
	with_all_lookups any p1 p2.5
}

bond() { # NAME DEV
	ipn "$1" link add bond0 type bond mode active-backup miimon 50 ||
		skip "no bonds in this kernel"
	ipn "$1" link set "$2" down
	ipn "$1" link set "$2" master bond0
}

test_bond_over_a_port() {
	lab r1
	attach r1 p2
	bond r1 p2
	over_cable bond0 e
	with_all_lookups passed p1
}

test_bond_as_a_port() {
	lab r1
	bond r1 p2
	over_cable bond0 e
	with_all_lookups any p1 bond0
}

test_bond_as_a_generic_port() {
	lab r1
	bond r1 p2
	over_cable bond0 e
	in_ns h2 ethtool -K e gro off >/dev/null # a veth then loses what is redirected to it
	with_all_lookups any p1 bond0 xdp generic
}

# r1's way to h2 lies in a VRF, its way to h1 does not: routes lead from one to the other.
test_vrf_on_one_side() {
	lab r1
	ipn r1 link add vr type vrf table 10 || skip "no VRFs in this kernel"
	ipn r1 link set vr up
	ipn r1 link set p2 master vr
	ipn r1 address replace fd00:2::1/64 dev p2 nodad
	ipn r1 route add 10.0.2.0/24 dev p2
	ipn r1 route add fd00:2::/64 dev p2
	ipn r1 route add 10.0.1.0/24 dev p1 table 10
	ipn r1 route add fd00:1::/64 dev p1 table 10
	with_all_lookups any p1 p2
}

test_vrf_on_both_sides() {
	lab r1
	ipn r1 link add vr type vrf table 10 || skip "no VRFs in this kernel"
	ipn r1 link set vr up
	ipn r1 link set p1 master vr
	ipn r1 link set p2 master vr
	ipn r1 address replace fd00:1::2/64 dev p1 nodad
	ipn r1 address replace fd00:2::1/64 dev p2 nodad
	with_all_lookups vrf p1 p2
}

run_tests "$@"
