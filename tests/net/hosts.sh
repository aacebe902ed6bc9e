#!/bin/bash
# Hosts as they are: offloads at their defaults (checksums and the cutting of segments left to the
# device). What they send arrives whole, no checksum is found wrong anywhere, and xhop is not slower
# than Linux behind an XDP program that only passes. The three rates are printed.
. "$(dirname "$0")/lib.sh"

ROUNDS=${ROUNDS:-3}
MEGABYTES=64

lab_default() { # hosts with nothing changed but GRO, without which a veth takes no redirect
	lab r1
	in_ns h1 ethtool -K e tx on >/dev/null
	in_ns h2 ethtool -K e tx on >/dev/null
}

# All counters of checksum errors, of all three.
wrong_sums() {
	local ns
	for ns in h1 r1 h2; do
		in_ns $ns nstat -asz 2>/dev/null | awk -v ns=$ns '/[Cc]sumErr/ { sum += $2 } END { print ns, sum + 0 }'
	done
}

# Send the file from h1 to h2 and compare; prints nothing.
transfer() { # 4|6 ADDRESS
	rm -f "$TMP/received"
	background h2 socat -u "TCP$1-LISTEN:5000,reuseaddr" "CREATE:$TMP/received"
	wait_for listens || fail "h2: socat does not listen"
	in_ns h1 timeout 60 socat -u "FILE:$TMP/sent" "TCP$1:$2:5000" || fail "TCP$1 to $2: status $?"
	wait_for cmp -s "$TMP/sent" "$TMP/received" ||
		fail "TCP$1 to $2: sha256 $(sha256sum <"$TMP/sent") sent, $(sha256sum <"$TMP/received") came"
}

listens() { in_ns h2 ss -Htln 'sport = 5000' | grep -q .; }

test_tcp_arrives_whole() {
	local before
	lab_default
	head -c ${MEGABYTES}M /dev/urandom >"$TMP/sent"
	attach r1 p1 p2
	before=$(wrong_sums)
	mark r1
	transfer 4 $H2
	transfer 6 "[$H2_6]"
	equal "checksum errors" "$before" "$(wrong_sums)"
	[ "$(since r1 skb-checksum)" -ge 1 ] || fail "no open checksum was seen: not the defaults"
}

# UDP with segmentation offload: the socket hands 20 datagrams at once to the device.
udp_gso() { # FAMILY ADDRESS
	in_ns h1 python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6 if sys.argv[1] == "6" else socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_UDP, 103, 1000)  # UDP_SEGMENT
for n in range(10):
    s.sendto(b"".join(b"%03d" % (n * 20 + i) + bytes(997) for i in range(20)), (sys.argv[2], 4000))
' "$1" "$2"
}

udp_count() { # datagrams that came to h2's port 4000, and all of their numbers
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
s.bind(("::", 4000))
print("listening", flush=True)
got = set()
s.settimeout(20)
while len(got) < 200:
    d = s.recv(2000)
    assert len(d) == 1000 and not any(d[3:])
    got.add(int(d[:3]))
print("whole", flush=True)
'
}

test_udp_with_segmentation_offload_arrives_whole() {
	local family to before
	need python3
	lab_default
	attach r1 p1 p2
	before=$(wrong_sums)
	for family in 4 6; do
		to=$H2
		[ $family = 6 ] && to=$H2_6
		in_ns h1 ping -c 1 -W 5 "$to" >/dev/null
		declare -f udp_count >"$TMP/count.sh"
		background h2 bash -c ". $TMP/count.sh; udp_count" >"$TMP/count"
		wait_for grep -q listening "$TMP/count" || fail "h2: no receiver"
		mark r1
		udp_gso $family "$to" || fail "UDP$family: cannot send"
		wait_for grep -q whole "$TMP/count" || fail "UDP$family: not all arrived whole"
	done
	equal "checksum errors" "$before" "$(wrong_sums)"
}

only_passes() {
	bpf_object "$TMP/pass.o" <<'END'
__attribute__((section("xdp.frags"), used)) int pass(void *ctx) { return 2; }
END
}

# What stands on r1's ports during a transfer: nothing, a program that passes, xhop.
linux_on() { :; }
linux_off() { :; }
pass_on() {
	ipn r1 link set p1 xdpdrv object "$TMP/pass.o" section xdp.frags
	ipn r1 link set p2 xdpdrv object "$TMP/pass.o" section xdp.frags
}
pass_off() {
	ipn r1 link set p1 xdpdrv off
	ipn r1 link set p2 xdpdrv off
}
xhop_on() { attach r1 p1 p2; }
xhop_off() { xh r1 detach all 2>/dev/null; }

megabits() {
	in_ns h1 timeout 20 iperf3 -c $H2 -t 2 -J | jq '.end.sum_received.bits_per_second / 1e6 | floor'
}

best() { sort -n "$TMP/rate.$1" | tail -n 1; }

test_not_slower_than_linux_with_xdp_there() {
	local how round
	need iperf3
	lab_default
	only_passes
	background h2 iperf3 -s >/dev/null
	wait_for in_ns h1 timeout 5 iperf3 -c $H2 -n 100K || fail "iperf3 does not run"
	for ((round = 0; round < ROUNDS; round++)); do
		for how in linux pass xhop; do
			${how}_on
			megabits >>"$TMP/rate.$how"
			${how}_off
		done
	done
	note "Mbit/s, best of $ROUNDS: Linux $(best linux), with a program that passes $(best pass), \
with xhop $(best xhop)"
	[ $(($(best xhop) * 100)) -ge $(($(best pass) * 80)) ] || fail "xhop is slower than Linux"
}

run_tests "$@"
