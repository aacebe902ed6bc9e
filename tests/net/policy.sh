#!/bin/bash
# What Linux decides while packets flow is obeyed by the very next packet: firewall, tc, IPsec,
# sysctls, rules and routes. Packets carry numbers and are sent one by one; in the end exactly the
# right ones have arrived.
. "$(dirname "$0")/lib.sh"

lab_numbers() {
	lab_warm r1
	listen
	both forwarded arrives
}

nft_r1() { in_ns r1 nft "$@"; }

test_nftables_forward_hook() {
	local family round
	need nft
	lab_numbers
	for round in 1 2 3; do
		nft_r1 -f - <<-END || skip "no nftables in this kernel"
			table inet t {
				chain c { type filter hook forward priority 0; udp dport 4000 drop; }
			}
		END
		both netfilter lost
		nft_r1 flush chain inet t c
		both netfilter arrives
		nft_r1 delete table inet t
		both forwarded arrives
	done
	for family in ip ip6; do # one family's hook does not slow the other
		nft_r1 add table $family t
		nft_r1 add chain $family t c '{ type filter hook prerouting priority 0; policy drop; }'
		if [ $family = ip ]; then
			one 4 netfilter lost
			one 6 forwarded arrives
		else
			one 6 netfilter lost
			one 4 forwarded arrives
		fi
		nft_r1 delete table $family t
	done
	both forwarded arrives
	numbers_right
}

test_nftables_postrouting_hook() {
	need nft
	lab_numbers
	nft_r1 -f - <<-END || skip "no nftables in this kernel"
		table ip t {
			chain c { type filter hook postrouting priority 0; oifname p2 udp dport 4000 drop; }
		}
	END
	one 4 netfilter lost
	one 6 forwarded arrives
	nft_r1 delete table ip t
	both forwarded arrives
	numbers_right
}

test_nftables_on_devices() {
	need nft
	lab_numbers
	nft_r1 add table netdev t
	nft_r1 add chain netdev t i '{ type filter hook ingress device p1 priority 0; policy drop; }' ||
		skip "no netfilter ingress hook in this kernel"
	both netdev-ingress lost
	nft_r1 delete table netdev t
	both forwarded arrives
	nft_r1 add table netdev t
	if nft_r1 add chain netdev t e '{ type filter hook egress device p2 priority 0; policy drop; }'; then
		both egress-hook lost
	fi
	nft_r1 delete table netdev t
	both forwarded arrives
	numbers_right
}

test_legacy_iptables() {
	local command family
	need iptables-legacy
	lab_numbers
	for family in 4 6; do
		command=iptables-legacy
		[ $family = 6 ] && command=ip6tables-legacy
		in_ns r1 $command -I FORWARD -p udp --dport 4000 -j DROP ||
			skip "no $command in this kernel"
		one $family netfilter lost
		in_ns r1 $command -D FORWARD -p udp --dport 4000 -j DROP
		one $family netfilter arrives # the empty table stays on the hook
		in_ns r1 $command -I FORWARD -p udp --dport 4000 -j DROP
		one $family netfilter lost
	done
	numbers_right
}

tc_r1() { in_ns r1 tc "$@"; }

tc_drop() { # ingress|egress DEV
	[ -e "$TMP/drop.o" ] || bpf_object "$TMP/drop.o" <<-END || return
		__attribute__((section("tc"), used)) int drop(void *skb) { return 2; }
		char terms[] __attribute__((section("license"), used)) = "GPL";
	END
	tc_r1 qdisc add dev "$2" clsact &&
		tc_r1 filter add dev "$2" "$1" bpf direct-action object-file "$TMP/drop.o" section tc
}

test_tc_filters() {
	lab_numbers
	tc_drop ingress p1 || skip "no tc BPF filter here"
	both tc-ingress lost
	tc_r1 filter del dev p1 ingress
	NUMBER=$((NUMBER + 1)) # an empty clsact may count either way
	tc_r1 qdisc del dev p1 clsact
	both forwarded arrives
	tc_drop egress p2
	both egress-hook lost
	tc_r1 qdisc del dev p2 clsact
	both forwarded arrives
	numbers_right
}

test_qdisc_on_the_way_out() {
	lab_numbers
	tc_r1 qdisc add dev p2 root tbf rate 1gbit burst 100k latency 50ms ||
		skip "no tbf in this kernel"
	both egress-qdisc arrives
	tc_r1 qdisc del dev p2 root
	both forwarded arrives
	tc_r1 qdisc add dev p1 root tbf rate 1gbit burst 100k latency 50ms # the other way round
	both forwarded arrives
	numbers_right
}

test_forwarding_off_and_on() {
	lab_numbers
	sysctls r1 net.ipv4.ip_forward=0
	one 4 forwarding lost
	one 6 forwarded arrives
	sysctls r1 net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=0
	one 4 forwarded arrives
	one 6 forwarding lost
	sysctls r1 net.ipv6.conf.all.forwarding=1
	both forwarded arrives
	sysctls r1 net.ipv4.conf.p1.forwarding=0
	one 4 forwarding lost
	sysctls r1 net.ipv4.conf.p1.forwarding=1
	sysctls r1 net.ipv6.conf.p1.disable_ipv6=1
	one 6 ip6-disabled lost
	one 4 forwarded arrives
	numbers_right
}

test_rp_filter_and_a_spoofed_source() {
	lab_numbers
	ipn h1 address add 10.0.2.77/32 dev e
	FROM=10.0.2.77 one 4 forwarded arrives
	sysctls r1 net.ipv4.conf.p1.rp_filter=1
	FROM=10.0.2.77 one 4 rp-filter lost
	one 4 forwarded arrives
	sysctls r1 net.ipv4.conf.p1.rp_filter=2
	FROM=10.0.2.77 one 4 forwarded arrives
	sysctls r1 net.ipv4.conf.p1.rp_filter=0 net.ipv4.conf.all.rp_filter=1
	FROM=10.0.2.77 one 4 rp-filter lost
	sysctls r1 net.ipv4.conf.all.rp_filter=0
	FROM=10.0.2.77 one 4 forwarded arrives
	numbers_right
}

test_ipsec_policy() {
	lab_numbers
	ipn r1 xfrm policy add dir fwd src 10.0.1.0/24 dst 10.0.2.0/24 action block ||
		skip "no IPsec in this kernel"
	one 4 xfrm lost
	one 6 xfrm arrives
	ipn r1 xfrm policy flush
	both forwarded arrives
	ipn r1 xfrm policy add dir out src fd00:1::/64 dst fd00:2::/64 action block
	one 4 xfrm arrives
	one 6 xfrm lost
	ipn r1 xfrm policy flush
	both forwarded arrives
	numbers_right
}

test_port_enslaved_to_a_bridge() {
	lab_numbers
	ipn r1 link add br0 address "$(mac r1 p1)" type bridge || skip "no bridge in this kernel"
	sysctls r1 net.ipv6.conf.br0.accept_dad=0
	ipn r1 link set br0 up
	ipn r1 address flush dev p1
	ipn r1 link set p1 master br0
	addresses r1 br0 1 2
	wait_for in_ns h1 ping -c 1 -W 1 $H2 || fail "no way through the bridge"
	both rx-handler arrives
	ipn r1 link set p1 nomaster
	ipn r1 link del br0
	addresses r1 p1 1 2
	# br_netfilter stays on the hooks once a bridge was there, and then Linux forwards.
	both "$([ -e /proc/sys/net/bridge ] && echo any || echo forwarded)" arrives
	numbers_right
}

test_own_address_as_source() {
	lab_numbers
	ipn r1 address add $H1/32 dev lo
	one 4 own-source lost
	one 6 forwarded arrives
	ipn r1 address del $H1/32 dev lo
	both forwarded arrives
	sysctls r1 net.ipv4.conf.p1.accept_local=1
	ipn r1 address add $H1/32 dev lo
	one 4 forwarded arrives
	numbers_right
}

test_routes_that_drop() {
	local type
	lab_numbers
	for type in blackhole unreachable prohibit; do
		ipn r1 route add $type $H2/32
		ipn r1 route add $type $H2_6/128
		both $type lost
		ipn r1 route del $type $H2/32
		ipn r1 route del $type $H2_6/128
		both forwarded arrives
	done
	numbers_right
}

test_policy_rules() {
	lab_numbers
	ipn r1 -4 rule add to $H2 prohibit || skip "no policy rules in this kernel"
	ipn r1 -6 rule add to $H2_6 prohibit
	one 4 prohibit lost
	one 6 passed lost # bpf_fib_lookup() does not tell these apart
	ipn r1 -4 rule del to $H2 prohibit
	ipn r1 -6 rule del to $H2_6 prohibit
	both forwarded arrives
	ipn r1 -4 rule add ipproto udp dport 4000 blackhole
	ipn r1 -6 rule add ipproto udp dport 4000 blackhole
	one 4 blackhole lost
	one 6 passed lost
	numbers_right
}

run_tests "$@"
