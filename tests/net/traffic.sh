#!/bin/bash
# Real traffic through one and two routers that run xhop: it arrives whole, and XDP carried it.
# Every test compares the router's counters with the number of packets that were sent.
. "$(dirname "$0")/lib.sh"

MANY=50

ping_many() { # ADDRESS [ARGUMENT...]
	in_ns h1 ping -q -n -i 0.01 -c $MANY -W 5 "$@" >"$TMP/ping" || {
		cat "$TMP/ping"
		fail "ping $*: $(grep loss "$TMP/ping")"
	}
	contains "ping $*" " 0% packet loss" "$(cat "$TMP/ping")"
}

test_ping_through_one_router() {
	lab_warm r1
	for to in $H2 $H2_6; do
		mark r1
		ping_many $to
		expect r1 forwarded $((2 * MANY))
	done
}

test_ping_through_two_routers() {
	lab_warm r1 r2
	for to in $H2 $H2_6; do
		mark r1
		mark r2
		ping_many $to
		expect r1 forwarded $((2 * MANY))
		expect r2 forwarded $((2 * MANY))
	done
}

transfer() { # 4|6 ADDRESS: three megabytes from h1 to h2
	local received="$TMP/received"
	head -c 3000000 /dev/urandom >"$TMP/sent"
	rm -f "$received"
	background h2 socat -u "TCP$1-LISTEN:5000,reuseaddr" "CREATE:$received"
	wait_for tcp_listens || fail "h2: socat does not listen"
	mark r1
	in_ns h1 timeout 60 socat -u "FILE:$TMP/sent" "TCP$1:$2:5000" || fail "TCP$1 to $2: status $?"
	wait_for cmp -s "$TMP/sent" "$received" || fail "TCP$1 to $2: $(wc -c <"$received") bytes of \
$(wc -c <"$TMP/sent") came, checksums $(sha256sum <"$TMP/sent") and $(sha256sum <"$received")"
}

tcp_listens() { in_ns h2 ss -Htln 'sport = 5000' | grep -q .; }

# What a device of h1 sent and got over TCP, as its own counters say.
segments() { in_ns h1 awk '/^Tcp:/ { if ($2 ~ /^[0-9]/) print $11 + $12 }' /proc/net/snmp; }

test_tcp_carries_every_byte() {
	local before counted family seen to
	lab_warm r1
	for family in 4 6; do
		to=$H2
		[ $family = 6 ] && to="[$H2_6]"
		before=$(segments)
		transfer $family "$to"
		wait_for tcp_closed || fail "TCP$family: the connection stays open"
		# Segments of the sockets: as many frames or, cut and joined, more than 2000 of them.
		seen=$(since r1 forwarded) counted=$(($(segments) - before))
		[ "$seen" -ge 2000 ] || fail "TCP$family: XDP forwarded $seen frames of 3000000 bytes, the \
sockets counted $counted segments"
		equal "TCP$family frames passed for their checksum" 0 "$(since r1 skb-checksum)"
		equal "TCP$family frames passed as GSO" 0 "$(since r1 skb-gso)"
	done
}

tcp_closed() { [ -z "$(in_ns h2 ss -Htn 'sport = 5000')" ]; }

test_tcp_with_checksum_offload_goes_through_linux() {
	lab_warm r1
	in_ns h1 ethtool -K e tx on >/dev/null
	transfer 4 $H2
	[ "$(since r1 skb-checksum)" -ge 20 ] || fail "expected frames counted \"skb-checksum\", got \
$(since r1 skb-checksum)"
}

test_udp_numbers_arrive_in_order() {
	local family to first
	lab_warm r1
	listen
	for family in 4 6; do
		to=$H2
		[ $family = 6 ] && to=$H2_6
		: >"$TMP/got"
		mark r1
		for ((first = 1; first < 300; first += 30)); do # what a socket's buffer surely takes
			in_ns h1 taskset -c 0 bash -c "exec 3>/dev/udp/$to/4000
				for ((i = $first; i < $first + 30; i++)); do echo \$i >&3; done"
			wait_for has_arrived $((first + 29)) || fail "UDP$family: packet $((first + 29)) is lost"
		done
		expect r1 forwarded 300
		seq 300 | diff - "$TMP/got" || fail "UDP$family: the numbers above are lost or late"
	done
}

test_fragments_are_forwarded_as_they_are() {
	lab_warm r1
	for to in $H2 $H2_6; do
		mark r1
		ping_many $to -s 4000 # three fragments each way
		expect r1 forwarded $((6 * MANY))
	done
}

hops_of() { awk 'NR > 1 { printf "%s ", $2 }' "$TMP/trace"; }

test_traceroute_sees_every_router() {
	local how to want
	need traceroute
	lab_warm r1 r2
	for how in "-4 -U" "-4 -I" "-6 -U" "-6 -I"; do
		to=$H2 want="10.0.1.2 10.0.2.2 $H2 "
		case $how in -6*) to=$H2_6 want="fd00:1::2 fd00:2::2 $H2_6 " ;; esac
		mark r1
		mark r2
		in_ns h1 traceroute $how -n -q 1 -N 1 -w 5 -m 6 $to >"$TMP/trace"
		equal "routers that traceroute $how saw" "$want" "$(hops_of)"
		# r1: two probes and two answers; r2: one of each. Where the TTL ends Linux answers.
		expect r1 ttl 1
		expect r1 forwarded 4
		expect r2 ttl 1
		expect r2 forwarded 2
	done
}

test_path_mtu_is_found() {
	local option to
	need tracepath
	MTUS="1500 1400 1280" lab_warm r1 r2
	for option in -4 -6; do
		to=$H2
		[ $option = -6 ] && to=$H2_6
		mark r1
		mark r2
		in_ns h1 tracepath $option -n -m 6 $to >"$TMP/path"
		contains "tracepath $option" "pmtu 1400" "$(cat "$TMP/path")"
		contains "tracepath $option" "Resume: pmtu 1280" "$(cat "$TMP/path")"
		contains "tracepath $option" "$to" "$(cat "$TMP/path")"
		expect r1 mtu 1
		expect r2 mtu 1
		[ "$(since r1 forwarded)" -ge 2 ] || fail "r1 forwarded $(since r1 forwarded) packets by XDP"
	done
	for to in $H2 $H2_6; do # as large as the path takes
		mark r1
		mark r2
		ping_many $to -M do -s $([ $to = $H2 ] && echo 1252 || echo 1232)
		expect r1 forwarded $((2 * MANY))
		expect r2 forwarded $((2 * MANY))
	done
}

test_jumbo_frames() {
	local by=forwarded
	MTUS="9000 9000 9000" lab_warm r1 r2
	old_veth && by=egress-xdp
	for to in $H2 $H2_6; do
		mark r1
		mark r2
		ping_many $to -M do -s 8900
		expect r1 $by $((2 * MANY))
		expect r2 $by $((2 * MANY))
	done
}

test_jumbo_frames_to_a_smaller_link() {
	MTUS="9000 1500" lab_warm r1
	mark r1
	ping_many $H2 -M dont -s 4000 # Linux makes fragments; they come back as three
	expect r1 mtu $MANY
	expect r1 forwarded $((3 * MANY))
}

test_burst_from_both_ends() {
	lab_warm r1
	mark r1
	in_ns h2 ping -q -n -f -c 2000 -W 5 $H1 >"$TMP/back" &
	in_ns h1 ping -q -n -f -c 2000 -W 5 $H2_6 >"$TMP/there"
	wait $!
	contains "flood h1 to h2" "2000 received, 0% packet loss" "$(cat "$TMP/there")"
	contains "flood h2 to h1" "2000 received, 0% packet loss" "$(cat "$TMP/back")"
	expect r1 forwarded 8000
}

run_tests "$@"
