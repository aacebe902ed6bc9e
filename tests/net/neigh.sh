#!/bin/bash
# Neighbours that only XDP sends to: they are kept alive, and asked again, as under Linux.
. "$(dirname "$0")/lib.sh"

# Times of r1's neighbours at p2 that a test can wait for: reachable for 1.25 to 3.75 s (longer than
# the kernel's own probe counts as use), 1 s from the next packet until they are asked, three
# times in 0.3 s.
lab_hasty() {
	local family to
	lab_warm r1
	for family in ipv4 ipv6; do
		sysctls r1 net.$family.neigh.p2.base_reachable_time_ms=2500 \
			net.$family.neigh.p2.delay_first_probe_time=1 \
			net.$family.neigh.p2.retrans_time_ms=100
	done
	for to in $H2 $H2_6; do # the timer begins anew
		ipn r1 neigh change $to dev p2 nud stale
		ipn r1 neigh change $to dev p2 nud reachable
	done
}

state_of() { # ADDRESS: what r1's kernel thinks of it
	ipn r1 -j neigh show to "$1" dev p2 | jq -r '.[0].state[0] // "none"'
}

is_state() { [ "$(state_of "$1")" = "$2" ]; }

lladdr_is() { [ "$(ipn r1 -j neigh show to "$1" dev p2 | jq -r '.[0].lladdr')" = "$2" ]; }

sent_to() { [ "$(hop r1 "$1" packets "$2")" -ge 1 ]; } # ADDRESS LLADDR: by XDP

flow() { # ADDRESS [ARGUMENT...]: 20 packets a second, as long as the test takes
	background h1 ping -n -i 0.05 -W 1 "$@" >"$TMP/flow.$1" 2>&1
}

test_a_flow_keeps_its_neighbour() {
	local to turn got began most
	lab_hasty
	mark r1
	began=$SECONDS
	for to in $H2 $H2_6; do flow $to; done
	for turn in 1 2; do
		for to in $H2 $H2_6; do
			wait_for is_state $to DELAY || fail "$to, turn $turn: $(state_of $to), not DELAY"
			wait_for is_state $to REACHABLE || fail "$to: $(state_of $to), not REACHABLE"
		done
	done
	got=$(since r1 stale)
	most=$((SECONDS - began)) # on a slow machine there are more turns meanwhile
	most=$((most < 20 ? 12 : 12 * most / 10))
	[ "$got" -ge 4 ] && [ "$got" -le $most ] ||
		fail "$got packets for two neighbours in $((SECONDS - began)) s"
	equal "packets without a neighbour" 0 "$(since r1 neighbour)"
	[ "$(since r1 forwarded)" -ge 80 ] || fail "XDP forwarded only $(since r1 forwarded)"
	for to in $H2 $H2_6; do
		equal "errors of ping $to" "" "$(grep -E 'rror|nreach|DUP' "$TMP/flow.$to" || true)"
	done
}

test_an_idle_neighbour_stays_stale() {
	local to
	lab_hasty
	for to in $H2 $H2_6; do wait_for is_state $to STALE || fail "$to: not stale"; done
	mark r1
	sleep 1.5
	for to in $H2 $H2_6; do equal "state of $to" STALE "$(state_of $to)"; done
	expect r1 stale 0
}

test_a_mac_that_changes_in_silence_is_noticed() {
	local to new=02:00:00:00:99:02
	lab_hasty
	for to in $H2 $H2_6; do flow $to; done
	ipn h2 link set e address $new
	for to in $H2 $H2_6; do
		wait_for lladdr_is $to $new || fail "$to: $(ipn r1 neigh show to $to)"
	done
	for to in $H2 $H2_6; do
		wait_for sent_to $to $new || fail "$to: XDP does not use the new MAC"
	done
}

test_a_dead_neighbour_fails() {
	local to
	lab_hasty
	for to in $H2 $H2_6; do flow $to; done
	mark r1
	ipn h2 link set e arp off
	for to in $H2 $H2_6; do
		wait_for is_state $to FAILED || fail "$to: not FAILED but $(state_of $to)"
		wait_for grep -qE 'Host Unreachable|Address unreachable' "$TMP/flow.$to" ||
			fail "no answer of r1 for $to: $(tail -n 2 "$TMP/flow.$to")"
	done
	[ "$(since r1 neighbour)" -ge 1 ] || fail "no packet counted \"neighbour\""
}

run_tests "$@"
