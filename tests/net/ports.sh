#!/bin/bash
# The set of ports: what joins and leaves it, under load, beside other XDP programs, in several
# namespaces and when devices go away.
. "$(dirname "$0")/lib.sh"

ping_through() { # COUNT ADDRESS
	in_ns h1 ping -q -n -i 0.01 -c "$1" -W 5 "$2" >"$TMP/ping" || true
	contains "ping $2" "$1 received, 0% packet loss" "$(cat "$TMP/ping")"
}

test_port_added_is_a_target_at_once() {
	lab r1
	attach r1 p1
	wait_for in_ns h1 ping -c 1 -W 1 $H2
	mark r1
	ping_through 10 $H2
	expect r1 not-port 10
	expect r1 forwarded 0
	local before
	before=$(port r1 p1 rx_packets)
	attach r1 p2
	mark r1
	ping_through 10 $H2
	expect r1 forwarded 20
	[ "$(port r1 p1 rx_packets)" -ge $((before + 10)) ] || fail "p1 lost its counters: \
$before before, $(port r1 p1 rx_packets) now"
}

test_port_removed_is_left_to_linux() {
	lab_warm r1
	xh r1 detach p2
	equal "ports left" p1 "$(ports_of r1)"
	equal "XDP program on p2" none "$(xdp_on r1 p2)"
	mark r1
	ping_through 10 $H2
	expect r1 not-port 10 # from h1; p2 hands the answers to Linux unseen
	expect r1 forwarded 0
	attach r1 p2
	equal "what p2 counted before it came back" 0 "$(port r1 p2 forwarded)"
	mark r1
	ping_through 10 $H2
	expect r1 forwarded 20
	xh r1 detach all
	equal "ports after detach all" "" "$(ports_of r1)"
	equal "XDP programs after detach all" "none none" "$(xdp_on r1 p1) $(xdp_on r1 p2)"
	ping_through 10 $H2
}

test_replaced_under_load_nothing_is_lost() {
	local rounds=0 pid before
	lab_warm r1
	mark r1
	before=$(xdp_on r1 p1)
	in_ns h1 ping -q -n -i 0.002 -c 2000 -W 5 $H2 >"$TMP/ping" &
	pid=$!
	while kill -0 $pid 2>/dev/null; do
		attach r1 p1 p2
		rounds=$((rounds + 1))
	done
	wait $pid || true
	[ $rounds -ge 1 ] && [ "$before" != "$(xdp_on r1 p1)" ] || fail "nothing was replaced"
	contains "ping through $rounds rounds of attach" "2000 received, 0% packet loss" \
		"$(cat "$TMP/ping")"
	expect r1 forwarded 4000
}

test_attach_is_all_or_nothing() {
	lab r1
	refused 1 nosuch r1 attach p1 p2 nosuch
	refused 1 lo r1 attach p1 p2 lo
	foreign_program r1 p2
	refused 2 p2 r1 attach p1 p2
	equal "ports" "" "$(ports_of r1)"
	equal "XDP program on p1" none "$(xdp_on r1 p1)"
	attach r1 p1
	refused 2 p2 r1 attach p1 p2
	equal "the port that was there before" p1 "$(ports_of r1)"
}

pass_object() { # libxdp puts it behind a dispatcher only if its types are told and right
	[ -e "$TMP/pass.o" ] || bpf_object "$TMP/pass.o" <<-END || skip "cannot compile for BPF"
		struct xdp_md { unsigned int data; };
		__attribute__((section("xdp"), used)) int foreign_pass(struct xdp_md *ctx) { return 2; }
		char terms[] __attribute__((section("license"), used)) = "GPL";
	END
}

foreign_program() { # NAME DEV
	pass_object
	ipn "$1" link set dev "$2" xdpdrv object "$TMP/pass.o" section xdp ||
		skip "ip cannot load an XDP program"
}

test_another_program_is_named_and_stays() {
	local id
	lab r1
	foreign_program r1 p2
	id=$(xdp_on r1 p2)
	refused 2 foreign_pass r1 attach p2
	refused 2 "$id" r1 attach p2
	equal "program on p2" "$id" "$(xdp_on r1 p2)"
	refused 1 p2 r1 detach p2
	xh r1 detach all
	equal "program on p2 after detach all" "$id" "$(xdp_on r1 p2)"
}

test_another_program_behind_the_dispatcher() {
	need xdp-loader
	lab r1
	pass_object
	in_ns r1 xdp-loader load -m native p2 "$TMP/pass.o" || skip "xdp-loader cannot load here"
	if [ "$(ipn r1 -j -d link show p2 | jq -r '.[0].xdp.prog.name')" != xdp_dispatcher ]; then
		refused 2 foreign_pass r1 attach p1 p2
		in_ns r1 xdp-loader unload p2 --all
		skip "this kernel has no dispatcher (no EXT programs): refused, as it should"
	fi
	if ! xh r1 attach p1 p2 >"$TMP/refusal" 2>&1; then
		contains "what xhop said" "refuses xhop behind libxdp's dispatcher" "$(cat "$TMP/refusal")"
		contains "what the kernel said" "changes packet data" "$(cat "$TMP/refusal")"
		equal "ports" "" "$(ports_of r1)"
		in_ns r1 xdp-loader unload p2 --all
		skip "this kernel lets no program that changes packets join such a dispatcher: refused"
	fi
	warm r1
	mark r1
	ping_through 10 $H2
	expect r1 forwarded 20
	xh r1 detach all
	contains "programs on p2 after detach" foreign_pass "$(in_ns r1 xdp-loader status p2)"
	in_ns r1 xdp-loader unload p2 --all
}

test_generic_mode() {
	local h
	lab r1
	attach r1 p1 p2 xdp generic
	equal "modes" "generic generic" "$(xh r1 -j show dev | jq -r '[.[].xdp] | join(" ")')"
	refused 2 generic r1 attach p1 xdp native
	in_ns h1 ethtool -K e txvlan on >/dev/null
	in_ns h2 ethtool -K e txvlan on >/dev/null
	wait_for in_ns h1 ping -c 1 -W 1 $H2
	mark r1
	ping_through 10 $H2
	expect r1 rx-vlan 20 # the peers may hide VLAN tags
	for h in h1 h2; do no_hidden_tags $h e; done
	warm r1
	for to in $H2 $H2_6; do
		mark r1
		ping_through 10 $to
		expect r1 forwarded 20
	done
	listen
	in_ns h1 ethtool -K e tx on >/dev/null
	one 4 skb-checksum arrives
	in_ns h1 ethtool -K e tx off >/dev/null
	one 4 forwarded arrives
	numbers_right
}

test_one_set_however_the_namespace_is_entered() {
	local way out
	lab r1
	ip netns exec "$PFX-r1" "$XHOP" attach p1 2>/dev/null
	in_ns r1 "$XHOP" attach p2 2>/dev/null
	warm r1
	mark r1
	ping_through 10 $H2
	expect r1 forwarded 20
	for way in "ip netns exec $PFX-r1 $XHOP" "nsenter --net=/run/netns/$PFX-r1 $XHOP" \
		"$XHOP -n $PFX-r1" "$XHOP --netns /run/netns/$PFX-r1"; do
		out=$($way -j show dev | jq -r '[.[].dev] | sort | join(" ")')
		equal "ports by $way" "p1 p2" "$out"
	done
	ip netns exec "$PFX-r1" "$XHOP" detach p2
	equal "ports" p1 "$(ports_of r1)"
	ip netns exec "$PFX-r1" "$XHOP" detach all
	equal "ports" "" "$(ports_of r1)"
}

test_two_namespaces_are_two_sets() {
	lab_warm r1
	router x # the same names, and the same indices
	cable x p1 x p2
	equal "ports of x" "" "$(ports_of x)"
	attach x p1 p2
	equal "what x forwarded" 0 "$(xh x -j show | jq .forwarded)"
	mark x
	mark r1
	ping_through 10 $H2
	expect r1 forwarded 20
	expect x forwarded 0
	equal "hops of x" "[]" "$(xh x -j show hop)"
	xh x detach all
	mark r1
	ping_through 10 $H2
	expect r1 forwarded 20
}

bpf_ids() { # NAME: "prog ID" and "map ID" of the set
	local id
	for id in $(xh "$1" -j -s show dev | jq '.[].prog_id'); do
		echo "prog $id"
		bpftool -j prog show id "$id" | jq -r '.map_ids[] | "map \(.)"'
	done | sort -u
}

are_gone() { # FILE of such lines, but what the whole machine shares
	local kind id
	while read -r kind id; do
		bpftool "$kind" show id "$id" >"$TMP/still" 2>/dev/null || continue
		grep -qE 'name (fib_seen|dev_errors)' "$TMP/still" || return 1
	done <"$1"
}

test_namespace_deleted_with_ports() {
	need bpftool
	lab_warm r1
	bpf_ids r1 >"$TMP/ids"
	[ "$(grep -c prog "$TMP/ids")" = 2 ] || fail "expected two programs: $(cat "$TMP/ids")"
	cp "$TMP/ids" "$TMP/one"
	are_gone "$TMP/one" && fail "the check finds nothing of what is there"
	ip netns del "$PFX-r1"
	wait_for are_gone "$TMP/ids" || fail "still there: $(cat "$TMP/still")"
	router x
	cable x p1 x p2
	attach x p1
	xh x detach p1
	ip netns del "$PFX-x"
	wait_for nothing_traces || fail "tracing programs although no port is left on this machine"
	if bpftool prog show | grep -q xhop_forward; then
		skip "other ports on this machine: their tracing programs stay; all else is gone"
	fi
}

nothing_traces() { # or they are still in use
	bpftool prog show | grep -q ' name xhop_forward' || ! bpftool prog show | grep -q ' name xhop_'
}

test_device_deleted_while_attached() {
	lab_warm r1
	bpf_ids r1 | grep "prog $(xdp_on r1 p2)" >"$TMP/ids"
	ipn r1 link del p2
	equal "ports" p1 "$(ports_of r1)"
	wait_for are_gone "$TMP/ids" || fail "still there: $(cat "$TMP/still")"
	cable r1 p2 h2 e
	addresses r1 p2 2 1
	host h2 2 2 1
	attach r1 p1 p2
	warm r1
	mark r1
	ping_through 10 $H2
	expect r1 forwarded 20
	equal "next hops behind p2" 1 "$(xh r1 -j -4 show hop p2 | jq length)"
}

# p1 goes to another router, whose way to h2 leads over another network, h3.
test_device_moved_to_another_namespace() {
	local before
	lab_warm r1
	router r2
	ipn r1 link set p1 netns "$PFX-r2"
	equal "ports of r1" p2 "$(ports_of r1)"
	equal "ports of r2" "" "$(ports_of r2)"
	ipn r2 link set p1 up
	addresses r2 p1 1 2
	namespace h3
	cable r2 p2 h3 e
	addresses r2 p2 2 1
	host h3 2 2 1 # with h2's addresses
	wait_for in_ns h1 ping -c 1 -W 1 $H2 || fail "no way through the new router"
	mark r1
	before=$(in_ns h2 awk '/^Icmp:/ { n = $2 } END { print n }' /proc/net/snmp)
	ping_through 10 $H2 # Linux
	ping_through 10 $H2_6
	expect r1 forwarded 0
	equal "ICMP packets at the old h2" "$before" \
		"$(in_ns h2 awk '/^Icmp:/ { n = $2 } END { print n }' /proc/net/snmp)"
	ipn r2 link set p1 xdp off
	attach r2 p1 p2
	warm r2
	mark r2
	ping_through 10 $H2
	expect r2 forwarded 20
}

run_tests "$@"
