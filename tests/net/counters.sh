#!/bin/bash
# The counters: every packet in exactly one reason, every forwarded one at its next hop, to the
# byte, and redirects that failed after the verdict beside them.
. "$(dirname "$0")/lib.sh"

sums() { # of reasons, of packets by device, of forwarded and passed
	echo "$(xh r1 -j show reason | jq 'map(.packets) | add')" \
		"$(xh r1 -j show dev | jq 'map(.rx_packets) | add')" \
		"$(xh r1 -j show dev | jq 'map(.forwarded + .passed + .dropped) | add')"
}

sums_agree() { # a packet may come in between
	local a b c
	read -r a b c <<<"$(sums)"
	[ "$a" = "$b" ] && [ "$b" = "$c" ]
}

# Nothing but what the test sends: no neighbour is asked for, no IPv6 chatter.
quiet() {
	local ns dev via
	for ns in h1 h2 r1; do
		sysctls $ns net.ipv6.conf.all.disable_ipv6=1
	done
	for via in "h1 e 10.0.1.2 r1 p1" "r1 p1 10.0.1.1 h1 e" "h2 e 10.0.2.1 r1 p2" \
		"r1 p2 10.0.2.2 h2 e"; do
		set -- $via
		ipn "$1" neigh replace "$3" dev "$2" lladdr "$(mac "$4" "$5")" nud permanent
	done
}

test_every_packet_has_one_reason() {
	local rx tx
	lab r1
	quiet
	attach r1 p1 p2
	rx=$(ipn r1 -j -s link show p1 | jq '.[0].stats64.rx.packets')
	tx=$(ipn h1 -j -s link show e | jq '.[0].stats64.tx.packets')
	mark r1
	in_ns h1 ping -q -i 0.01 -c 30 -W 5 $H2            # 30 and 30 forwarded
	in_ns h1 ping -q -i 0.01 -c 20 -W 5 10.0.1.2       # to the router
	in_ns h1 ping -q -i 0.01 -c 10 -W 0.1 -t 1 $H2 || true # TTL
	in_ns h1 ping -q -i 0.01 -c 5 -W 0.1 10.7.7.7 || true  # no route
	in_ns h1 ping -q -i 0.01 -c 4 -W 5 -R $H2          # options, Linux takes both ways
	in_ns h1 bash -c "for i in 1 2 3; do echo >/dev/udp/10.0.2.2/9; done" || true
	expect r1 forwarded $((60 + 3 + 3)) # port 9 is closed: h2 says so
	expect r1 ttl 10
	expect r1 ip-options 8
	expect r1 local 20
	expect r1 no-route 5
	wait_for sums_agree || fail "sums of reasons, packets, and forwarded and passed: $(sums)"
	equal "all packets since the mark" $((66 + 10 + 8 + 20 + 5)) \
		"$(reasons r1 | awk 'NR == FNR { n -= $2; next } { n += $2 } END { print n }' \
			"$TMP/mark.r1" -)"
	equal "packets on p1, by the sender" $((30 + 20 + 10 + 5 + 4 + 3)) \
		$(($(ipn h1 -j -s link show e | jq '.[0].stats64.tx.packets') - tx))
	equal "packets on p1, by the kernel" $((30 + 20 + 10 + 5 + 4 + 3)) \
		$(($(ipn r1 -j -s link show p1 | jq '.[0].stats64.rx.packets') - rx))
	equal "packets on p1, by xhop" $((30 + 20 + 10 + 5 + 4 + 3)) "$(port r1 p1 rx_packets)"
	equal "packets on p2, by xhop" $((30 + 4 + 3)) "$(port r1 p2 rx_packets)"
}

test_next_hops_count_packets_and_bytes() {
	local dev via
	lab_warm r1
	declare -A packets bytes
	for via in 10.0.1.1 10.0.2.2 fd00:1::1 fd00:2::2; do
		packets[$via]=$(hop r1 $via packets)
		bytes[$via]=$(hop r1 $via bytes)
	done
	mark r1
	in_ns h1 ping -q -i 0.01 -c 25 -s 100 -W 5 $H2
	in_ns h1 ping -q -i 0.01 -c 15 -s 1000 -W 5 $H2_6
	expect r1 forwarded 80
	for via in 10.0.1.1 10.0.2.2; do # Ethernet 14, IPv4 20, ICMP 8
		equal "packets to $via" 25 $(($(hop r1 $via packets) - packets[$via]))
		equal "bytes to $via" $((25 * 142)) $(($(hop r1 $via bytes) - bytes[$via]))
	done
	for via in fd00:1::1 fd00:2::2; do
		equal "packets to $via" 15 $(($(hop r1 $via packets) - packets[$via]))
		equal "bytes to $via" $((15 * 1062)) $(($(hop r1 $via bytes) - bytes[$via]))
	done
	for dev in p1 p2; do
		equal "packets of the next hops behind $dev and of show -s dev" \
			"$(xh r1 -j show hop $dev | jq 'map(.packets) | add')" \
			"$(xh r1 -j -s show dev $dev | jq '.[0].tx_packets')"
	done
	equal "forwarded packets by reason and by next hop" \
		"$(xh r1 -j show reason | jq '.[] | select(.reason == "forwarded").packets')" \
		"$(xh r1 -j show hop | jq 'map(.packets) | add')"
	equal "errors" 0 "$(xh r1 -j show dev | jq 'map(.errors) | add')"
}

has_errors() { [ "$(port r1 p2 errors)" -ge "$1" ]; }

# The far end of the cable takes smaller frames than ours sends: the veth refuses them when the
# queue is flushed, after the verdict. Linux would lose them there as well.
test_failed_redirects_are_errors() {
	lab_warm r1
	ipn h2 link set e mtu 1300
	host_device h2 e
	warm r1
	equal "errors before" 0 "$(port r1 p2 errors)"
	mark r1
	in_ns h1 ping -q -i 0.01 -c 20 -W 0.2 -s 1372 $H2 && fail "frames fit that should not"
	expect r1 forwarded 20 # the verdict
	wait_for has_errors 20 || true
	equal "errors of p2" 20 "$(port r1 p2 errors)"
	equal "errors of p1" 0 "$(port r1 p1 errors)"
	equal "errors beside the next hop" 20 "$(hop r1 10.0.2.2 errors)"
	in_ns h1 ping -q -i 0.01 -c 10 -W 5 -s 1000 $H2
	equal "errors after small packets" 20 "$(port r1 p2 errors)"
	xh r1 detach all
	in_ns h1 ping -q -c 2 -i 0.01 -W 0.2 -s 1372 $H2 && fail "Linux sends them, xhop loses them"
	return 0
}

test_a_port_that_comes_back_starts_at_zero() {
	lab_warm r1
	xh r1 detach p1
	attach r1 p1
	equal "forwarded by p1" 0 "$(port r1 p1 forwarded)"
	[ "$(port r1 p2 forwarded)" -ge 1 ] || fail "p2 lost its counters: $(port r1 p2 forwarded)"
	attach r1 p1 p2
	[ "$(port r1 p2 forwarded)" -ge 1 ] || fail "p2 lost its counters when it was replaced"
}

test_bytes_of_a_port() {
	lab r1
	quiet
	attach r1 p1 p2
	local before
	before=$(xh r1 -j -s show dev p1 | jq '.[0].rx_bytes')
	in_ns h1 ping -q -i 0.01 -c 10 -W 5 -s 500 $H2
	equal "bytes on p1" $((10 * 542)) $(($(xh r1 -j -s show dev p1 | jq '.[0].rx_bytes') - before))
}

run_tests "$@"
