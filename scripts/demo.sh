#!/bin/bash
# Shows xhop at work: h1 - r1 - r2 - r3 - h2 in network namespaces, xhop on the three routers, IPv4
# and IPv6. Sends ping, TCP, UDP and traceroute, prints what each next hop carried, draws the way of
# one packet from captured frames, and says which share of the transit packets XDP forwarded.
#
# Exit status: 0 at least 95 % by XDP and all content whole, 1 less or wrong use, 2 the system
# refused. Everything it makes is its own (names begin with xhop-demo-PID) and goes when it ends,
# also when it is interrupted.
[ -z "${XHOP-}" ] || XHOP=$(realpath "$XHOP")
cd "$(dirname "$0")/.." || exit 2

XHOP=${XHOP:-$PWD/build/xhop}
PREFIX=xhop-demo
ID=$PREFIX-$$
WANTED=95 # per cent of the transit packets
failures=0 keep='' dir=''

. scripts/demo/say.sh
. scripts/demo/lab.sh
. scripts/demo/traffic.sh
. scripts/demo/share.sh
. scripts/demo/picture.sh

usage() {
	cat <<-EOF
	Usage: scripts/demo.sh [--keep | --clean]

	  --keep   leave the network standing at the end, to play with
	  --clean  remove what --keep, or a killed demo, left behind

	Environment: NO_COLOR no colour, XHOP the program (build/xhop)
	EOF
}

require() {
	[ "$(id -u)" = 0 ] || refuse "network namespaces and XDP need root" "sudo make demo"
	[ -x "$XHOP" ] || refuse "$XHOP is not there" "make"
	local tool missing=''
	for tool in ip ethtool tcpdump jq socat iperf3 ping traceroute sha256sum awk timeout; do
		command -v "$tool" >/dev/null || missing+=" $tool"
	done
	[ -z "$missing" ] || refuse "these programs are missing:$missing" "sudo scripts/setup.sh"
	[ ! -e "/run/netns/$ID-h1" ] || refuse "$ID-h1 stands already" "scripts/demo.sh --clean"
}

finish() {
	local status=$?
	trap '' INT TERM HUP PIPE
	[ "$status" -ne 141 ] || exec >/dev/null # nobody reads on
	[ "$status" -le 128 ] || printf '\ndemo: interrupted, removing what it made\n' >&2
	lab_stop_processes "$ID"
	if [ -n "$keep" ] && [ "$status" -le 1 ]; then
		step "The network stays, since you said --keep"
		print_keep
	else
		step "Clean up"
		if lab_remove "$ID"; then
			echo "  The namespaces with their devices, programs and processes are gone."
		else
			status=2
		fi
	fi
	rm -rf "$dir"
	exit "$status"
}

print_keep() {
	cat <<-EOF

	  ip netns exec $ID-h1 ping 10.2.0.10
	  ip netns exec $ID-h1 traceroute -n 2001:db8:2::10
	  ${XHOP#"$PWD"/} -n $ID-r2 show hop watch 1
	  ip netns exec $ID-cable tcpdump -eni r1-r2.a

	  Remove it with: scripts/demo.sh --clean
	EOF
}

main() {
	case $#:${1-} in
	0:) ;;
	1:--keep) keep=yes ;;
	1:--clean) require && lab_clean; exit ;;
	1:-h | 1:--help) usage; exit 0 ;;
	*) usage >&2; exit 1 ;;
	esac
	require
	trap finish EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
	dir=$(mktemp -d "${TMPDIR:-/tmp}/$ID.XXXXXX") || exit 2

	step "Build a network of two hosts and three routers"
	lab_make
	lab_print
	step "Attach xhop to both ports of each router"
	lab_attach
	step "Ping: small packets there and back"
	traffic_ping
	step "TCP: $((TCP_BYTES >> 20)) MiB of random bytes, their checksum taken at both ends"
	traffic_tcp
	step "UDP: $UDP_SECONDS seconds of datagrams at $UDP_MBIT Mbit/s"
	traffic_udp
	step "Traceroute: a packet whose TTL ends at a router makes that router answer"
	traffic_traceroute
	step "What xhop carried to each next hop"
	share_hops
	step "The way of one packet, as captured on each of the four links"
	picture
	step "Which share of the transit packets did XDP forward?"
	share_print
	[ "$failures" -eq 0 ]
}

main "$@"
