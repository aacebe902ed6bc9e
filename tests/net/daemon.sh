#!/bin/bash
# The daemon dead, late, restarted, short of room or memory, and failing hops: packets with numbers
# are neither lost nor doubled nor sent by an old route, XDP carries them, and the maps answer again.
. "$(dirname "$0")/lib.sh"

TO=198.18.0.1 TO_6=2001:db8::1

# --- the lab -----------------------------------------------------------------------------------

# h1 - r1 - h2, and r1 - h3. Both h2 and h3 take all of 198.18.0.0/15 and 2001:db8::/32 for theirs;
# r1 sends it to h2.
two_ways() {
	local h
	lab r1
	namespace h3
	cable r1 p3 h3 e
	addresses r1 p3 3 1
	host h3 3 2 1
	for h in h2 h3; do
		ipn $h route add local 198.18.0.0/15 dev lo
		ipn $h route add local 2001:db8::/32 dev lo
	done
	way h2 add
	receivers
}

via() { # h2|h3 4|6
	if [ "$2" = 4 ]; then echo "10.0.${1#h}.2"; else echo "fd00:${1#h}::2"; fi
}

way() { # h2|h3 add|replace
	ipn r1 route "$2" 198.18.0.0/15 via "$(via "$1" 4)"
	ipn r1 route "$2" 2001:db8::/32 via "$(via "$1" 6)"
}

to() { if [ "$1" = 4 ]; then echo $TO; else echo $TO_6; fi; }

receivers() { # numbers for one packet at a time at port 4000, of the stream at 4001
	local h
	NUMBER=0
	for h in h2 h3; do
		: >"$TMP/one.$h"
		background $h socat -u UDP4-RECV:4000 "OPEN:$TMP/one.$h,append"
		background $h socat -u UDP6-RECV:4000,ipv6only=1 "OPEN:$TMP/one.$h,append"
		background $h socat -u UDP4-RECV:4001 "CREATE:$TMP/stream4.$h"
		background $h socat -u UDP6-RECV:4001,ipv6only=1 "CREATE:$TMP/stream6.$h"
	done
	wait_for four_listen h2 && wait_for four_listen h3 || fail "socat does not listen"
}

four_listen() { [ "$(in_ns "$1" ss -Huln | grep -c ':400[01] ')" = 4 ]; }

daemon() { # NAME run-arguments...; in step when this returns
	daemon_start "$@"
	PATIENCE=90 wait_for grep -q 'in step' "$TMP/run" || fail "xhop run: $(cat "$TMP/run")"
}

# Ports, daemon, neighbours known and not turning stale: the maps answer for both families.
ready() { # run-arguments...
	two_ways
	daemon r1 p1 p2 p3 "$@"
	settled
}

settled() {
	local family dev h
	for dev in p1 p2 p3; do
		sysctls r1 net.ipv4.neigh.$dev.base_reachable_time_ms=600000 \
			net.ipv6.neigh.$dev.base_reachable_time_ms=600000
	done
	for h in h2 h3; do
		for family in 4 6; do
			wait_for in_ns r1 ping -c 1 -W 1 "$(via $h $family)" || fail "$h: no answer"
			known $family "$(via $h $family)" "$(mac $h e)" p${h#h}
		done
	done
	known 4 10.0.1.1 "$(mac h1 e)" p1
	known 6 fd00:1::1 "$(mac h1 e)" p1
	maps_answer
}

known() { ipn r1 neigh replace "$2" lladdr "$3" dev "$4" nud reachable; }

kill_daemon() { # SIGNAL
	kill -"$1" $DAEMON
	wait $DAEMON 2>/dev/null || true
}

# --- packets one at a time ---------------------------------------------------------------------

send() { # 4|6
	NUMBER=$((NUMBER + 1))
	in_ns h1 bash -c "echo $NUMBER >/dev/udp/$(to "$1")/4000" || true
}

arrived() { grep -qx "$2" "$TMP/one.$1"; } # HOST NUMBER

# The next packet of each family goes to this host, not to the other, and is counted so by r1
# ("any": however; in a stream stream_by_xdp tells).
goes() { # HOST REASON
	local family other=h3
	[ "$1" = h2 ] || other=h2
	for family in $FAMILIES; do
		[ -n "$STREAM" ] || mark r1
		send $family
		wait_for arrived "$1" $NUMBER ||
			fail "IPv$family packet $NUMBER is not at $1 ($other: $(tail -n 1 "$TMP/one.$other"))"
		! arrived $other $NUMBER || fail "IPv$family packet $NUMBER went to $other, too"
		[ "$2" = any ] || [ -n "$STREAM" ] || expect r1 "$2" 1
	done
}

status() { xh r1 -j show status | jq -r ".$1"; }

status_is() { [ "$(status "$1")" = "$2" ]; }

# The maps answer for both families, to HOST: three packets in a row each, on one CPU. Sets TOOK:
# ms it took until then.
maps_answer() { # [HOST]
	local begin=${EPOCHREALTIME/./}
	wait_for maps_round 4 "$@" || fail "the maps do not answer for IPv4: $(xh r1 show status)"
	wait_for maps_round 6 "$@" || fail "the maps do not answer for IPv6: $(xh r1 show status)"
	TOOK=$(((${EPOCHREALTIME/./} - begin) / 1000))
}

maps_round() { # 4|6 [HOST]
	local before i
	before=$(status by_maps)
	in_ns h1 taskset -c 0 bash -c "exec 3>/dev/udp/$(to "$1")/4000
		for i in 1 2 3 4; do echo warm >&3; done" || true
	[ $(($(status by_maps) - before)) -ge 3 ]
}

# --- a stream of packets -----------------------------------------------------------------------

# About 300 packets a second of each family until stream_end.
stream() {
	rm -f "$TMP/stop" "$TMP/sent"
	mark r1
	STREAM=1
	background h1 bash -c "exec 3>/dev/udp/$TO/4001 4>/dev/udp/$TO_6/4001 5<>$TMP/pause
		i=0
		until [ -e $TMP/stop ]; do
			i=\$((i + 1))
			echo \$i >&3
			echo \$i >&4
			read -t 0.003 -u 5
		done
		echo \$i >$TMP/sent"
}

stream_end() { # sets SENT: numbers of a family
	local family host
	touch "$TMP/stop"
	wait_for [ -s "$TMP/sent" ] || fail "the sender does not end"
	SENT=$(cat "$TMP/sent") STREAM=
	for family in 4 6; do
		wait_for stream_is_there $family || true
		seq "$SENT" | diff - <(sort -n "$TMP/stream$family.h2" "$TMP/stream$family.h3") \
			>"$TMP/diff" || fail "IPv$family, $SENT packets, lost or doubled:" \
			"$(grep -c '^<' "$TMP/diff") and $(grep -c '^>' "$TMP/diff"): $(head -n 5 "$TMP/diff" |
				tr '\n' ' '); r1: $(xh r1 show reason | tr '\n' ' ')"
		for host in h2 h3; do
			sort -nc "$TMP/stream$family.$host" || fail "IPv$family: not in their order"
		done
	done
}

stream_is_there() { [ "$(cat "$TMP/stream$1.h2" "$TMP/stream$1.h3" | wc -l)" -ge "$SENT" ]; }

# All of the stream was carried by XDP: what was passed was no such packet.
stream_by_xdp() {
	local passed
	passed=$(reasons r1 | paste - "$TMP/mark.r1" | awk '$2 > $4 { print $1 }' |
		grep -vxE 'forwarded|ethertype|source|local|hop-by-hop|destination' | tr '\n' ' ') || true
	equal "reasons to pass packets" "" "$passed"
	[ "$(since r1 forwarded)" -ge $((2 * SENT)) ] ||
		fail "$((2 * SENT)) packets sent, XDP forwarded $(since r1 forwarded)"
}

STREAM= FAMILIES="4 6"
mkfifo "$TMP/pause"

# --- the daemon dies, hangs, comes back --------------------------------------------------------

test_killed_the_kernel_is_asked() {
	ready
	equal "state" "following held maps" "$(status daemon) $(status lease) $(status lookup)"
	stream
	kill_daemon KILL
	way h3 replace
	goes h3 any # the maps still say h2, and are not asked: another generation
	# One route less for what the maps say is one: the class that both were of.
	ipn r1 route add 198.19.0.0/16 via 10.0.2.2
	ipn r1 route add 2001:db8:1::/48 via fd00:2::2
	TO=198.19.0.1 TO_6=2001:db8:1::1 goes h2 any
	goes h3 any
	TO=198.19.0.1 TO_6=2001:db8:1::1 goes h2 any
	goes h3 any
	wait_for status_is daemon dead || fail "daemon: $(status daemon), not dead"
	equal "lease" expired "$(status lease)"
	contains "show status" "it died" "$(xh r1 show status)"
	sleep 0.3
	local before
	before=$(status by_maps)
	goes h3 forwarded
	equal "packets by the maps of a dead daemon" "$before" "$(status by_maps)"
	stream_end
	stream_by_xdp
}

test_killed_the_maps_go_on_for_the_lease() {
	local begin before last
	ready
	before=$(status by_maps)
	stream
	sleep 0.3
	begin=${EPOCHREALTIME/./}
	kill_daemon KILL
	sleep 1
	[ "$(status by_maps)" -ge $((before + 50)) ] || fail "the maps did not answer on"
	wait_for status_is daemon dead
	sleep 0.3
	last=$(status by_maps)
	sleep 0.3
	equal "packets by the maps after $(((${EPOCHREALTIME/./} - begin) / 1000)) ms" "$last" \
		"$(status by_maps)"
	stream_end
	stream_by_xdp
}

test_stopped_and_continued() {
	ready
	stream
	kill -STOP $DAEMON
	goes h2 forwarded
	way h3 replace
	goes h3 any
	wait_for status_is lease expired || fail "the lease of a stopped daemon is held"
	goes h3 any
	way h2 replace
	way h3 replace
	kill -CONT $DAEMON
	wait_for status_is daemon following || fail "daemon: $(status daemon)"
	equal "lease" held "$(status lease)"
	maps_answer
	goes h3 forwarded
	stream_end
	stream_by_xdp
}

counters() { # what must never go back, one number a line
	xh r1 -j show reason | jq '.[].packets'
	xh r1 -j show dev | jq '.[] | .rx_packets, .rx_bytes, .by_maps'
	xh r1 -j show hop | jq 'sort_by(.id)[].packets'
}

# No counter is less than it was.
counters_grew() { # WHEN
	counters >"$TMP/counters.now"
	paste "$TMP/counters" "$TMP/counters.now" | awk -F'\t' '$1 != "" && $2 + 0 < $1 + 0 { exit 1 }' ||
		fail "$1, a counter went back: $(paste "$TMP/counters" "$TMP/counters.now" |
			awk -F'\t' '$1 != "" && $2 + 0 < $1 + 0 { printf "line %d: %s ", NR, $0 }')"
	mv "$TMP/counters.now" "$TMP/counters"
}

test_restarted_under_traffic() {
	local signal program
	ready
	stream
	counters >"$TMP/counters"
	program=$(xdp_on r1 p1)
	for signal in KILL TERM KILL; do
		kill_daemon $signal
		counters_grew "after SIG$signal"
		daemon r1
		counters_grew "after a start behind SIG$signal"
		maps_answer
		equal "daemon" "following held" "$(status daemon) $(status lease)"
	done
	equal "program on p1, which goes on" "$program" "$(xdp_on r1 p1)"
	way h3 replace
	goes h3 any
	maps_answer
	goes h3 forwarded
	stream_end
	stream_by_xdp
	refused 2 "a daemon runs" r1 run p1
	equal "daemon" following "$(status daemon)"
	kill_daemon TERM
	equal "status of an ended daemon" "none expired" "$(status daemon) $(status lease)"
	contains "show status" "no daemon (ended)" "$(xh r1 show status)"
	goes h3 forwarded
}


# --- ports come and go -------------------------------------------------------------------------

by_maps_of() { port r1 "$1" by_maps; }

port_by_maps() { # DEV: more than before
	maps_round 4 && [ "$(by_maps_of "$1")" -gt "${2:-0}" ]
}

test_ports_come_and_go() {
	two_ways
	attach r1 p1
	daemon r1
	attach r1 p2 p3 # they get the daemon's maps, and may use them when it has seen them
	settled
	[ "$(by_maps_of p1)" -ge 3 ] || fail "p1: nothing by the maps"
	stream
	xh r1 detach p3
	way h3 replace
	goes h3 any # by Linux: no port
	attach r1 p3
	maps_answer
	xh r1 detach all
	equal "ports" "" "$(ports_of r1)"
	goes h3 any
	equal "the daemon's state" 0 "$(kill -0 $DAEMON; echo $?)"
	attach r1 p1 p2 p3
	goes h3 any
	stream_end
	ipn r1 link set p2 down
	ipn r1 link set p2 name q2
	ipn r1 link set q2 up
	wait_for goes_quietly h3 || fail "nothing goes to h3"
	ipn r1 link del q2
	goes h3 any
	equal "the daemon's state" 0 "$(kill -0 $DAEMON; echo $?)"
	kill_daemon TERM
}

goes_quietly() { (goes "$1" any); }

# --- room --------------------------------------------------------------------------------------

# add or del NUMBER routes of each family within h2's, over h2 or h3
many() { # add|del|replace NUMBER h2|h3
	awk -v verb="$1" -v n="$2" -v via4="$(via "$3" 4)" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "route %s 198.%d.%d.%d/32 via %s\n", verb, 18 + int(i / 65536) % 2,
				int(i / 256) % 256, i % 256, via4 }' >"$TMP/batch4"
	awk -v verb="$1" -v n="$2" -v via6="$(via "$3" 6)" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "route %s 2001:db8:%x:%x::/64 via %s\n", verb, i / 256, i % 256, via6
	}' >"$TMP/batch6"
	ipn r1 -batch "$TMP/batch4"
	ipn r1 -6 -batch "$TMP/batch6"
}

routes_are() { # NUMBER: at least so many of each family are in the maps
	[ "$(status routes4)" -ge "$1" ] && [ "$(status routes6)" -ge "$1" ] &&
		status_is daemon following
}

test_the_tables_grow_under_traffic() {
	local program
	printf 'size routes4 1\nsize routes6 1\nsize classes 127\n' >"$TMP/conf"
	ready -c "$TMP/conf"
	program=$(xdp_on r1 p1)
	counters >"$TMP/counters"
	stream
	many add 30000 h3
	wait_for routes_are 30000 || fail "$(xh r1 show status)"
	[ "$program" != "$(xdp_on r1 p1)" ] || fail "no larger map was swapped in"
	counters_grew "when the tables grew"
	maps_answer
	goes h3 any # of the many
	TO=198.19.255.1 TO_6=2001:db8:ffff::1
	goes h2 any
	maps_answer
	stream_end
	stream_by_xdp
	kill_daemon TERM
}

test_more_classes_than_there_is_room_for() {
	local i
	printf 'size classes 127\n' >"$TMP/conf"
	ready -c "$TMP/conf"
	for ((i = 1; i <= 200; i++)); do
		echo "route add 198.18.$i.0/24 via 10.0.3.2 mtu $((1200 + i))"
	done >"$TMP/batch"
	ipn r1 -batch "$TMP/batch"
	FAMILIES=4
	for i in 1 100 126 127 128 200; do
		TO=198.18.$i.1
		goes h3 forwarded
		goes h3 forwarded
		TO=198.19.$i.1
		goes h2 forwarded
	done
	equal "the daemon" "following held" "$(status daemon) $(status lease)"
	TO=198.18.1.1
	kill_daemon TERM
}

test_messages_lost() {
	local i
	printf 'size buffer 2048\n' >"$TMP/conf"
	ready -c "$TMP/conf"
	stream
	kill -STOP $DAEMON
	many add 1000 h3
	kill -CONT $DAEMON
	wait_for routes_are 1000 || fail "$(xh r1 show status)"
	maps_answer
	goes h3 any
	many replace 1000 h2 & # while it reads
	for i in 1 2 3 4 5; do
		ipn r1 route replace 198.18.0.1/32 via 10.0.3.2
		ipn r1 route replace 2001:db8::/64 via fd00:3::2
		wait $! || true
	done
	goes h3 any
	wait_for status_is daemon following || fail "$(xh r1 show status)"
	maps_answer
	goes h3 any
	stream_end
	stream_by_xdp
	kill_daemon TERM
}

# --- memory ------------------------------------------------------------------------------------

test_no_memory_for_the_maps() {
	local before
	two_ways
	attach r1 p1 p2 p3
	printf 'size routes4 60000000\n' >"$TMP/conf"
	local status=0
	(ulimit -v 400000 && exec "$XHOP" -n "$PFX-r1" run -c "$TMP/conf") >"$TMP/run" 2>&1 || status=$?
	equal "status ($(cat "$TMP/run"))" 2 $status
	contains "what it said" "no memory for the route maps" "$(cat "$TMP/run")"
	contains "what it said" " MiB" "$(cat "$TMP/run")"
	wait_for goes_quietly h2 || fail "nothing arrives at h2"
	goes h2 forwarded
	# A table that cannot grow.
	printf 'size routes4 1\nsize routes6 1\n' >"$TMP/conf"
	daemon r1 -c "$TMP/conf"
	settled
	stream
	prlimit --pid $DAEMON --as=$(($(awk '{ print $1 }' /proc/$DAEMON/statm) * 4096 + 1500000)):
	many add 20000 h3
	wait_for grep -qE "outgrew|no memory" "$TMP/run" || fail "it grew: $(xh r1 show status)"
	contains "what it said" " MiB" "$(cat "$TMP/run")"
	goes h3 any
	sleep 1
	[ "$(wc -l <"$TMP/run")" -le 8 ] || fail "it repeats itself: $(tail -n 3 "$TMP/run")"
	equal "state" stale "$(status daemon)"
	prlimit --pid $DAEMON --as=unlimited:
	many del 20000 h3
	wait_for status_is daemon following || fail "$(xh r1 show status)"
	maps_answer
	goes h2 any
	stream_end
	stream_by_xdp
	kill_daemon TERM
}

# --- failover ----------------------------------------------------------------------------------

MANY=${DAEMON_ROUTES:-20000}

hop_packets() { # h2|h3: what XDP sent there, both families
	echo $(($(hop r1 "$(via "$1" 4)" packets) + $(hop r1 "$(via "$1" 6)" packets)))
}

# The packets go to h3 from now on, and h2 gets none by XDP; then the maps say so.
failed_over() { # WHAT
	local before
	before=$(hop_packets h2)
	goes h3 any
	maps_answer
	goes h3 forwarded
	equal "packets by XDP to the dead hop after $1" "$before" "$(hop_packets h2)"
	note "$1, $MANY routes of each family: the maps answer again after $TOOK ms"
}

back() { # h2 is as it was
	ipn r1 link set p2 up
	ipn h2 link set e up
	addresses r1 p2 2 1 2>/dev/null || true
	way h2 replace
	many replace "$MANY" h2
	known 4 10.0.2.2 "$(mac h2 e)" p2
	known 6 fd00:2::2 "$(mac h2 e)" p2
	maps_answer
	goes h2 forwarded
}

has_carrier() { ! no_carrier "$1"; }

no_carrier() { [ "$(ipn r1 -j link show "$1" | jq -r .[0].operstate)" != UP ]; }

test_failover_with_many_routes() {
	local before
	ready
	ipn r1 route add 198.0.0.0/8 via 10.0.3.2
	ipn r1 route add 2001::/16 via fd00:3::2
	sysctls r1 net.ipv4.conf.all.ignore_routes_with_linkdown=1 \
		net.ipv6.conf.all.ignore_routes_with_linkdown=1 \
		net.ipv4.conf.p2.ignore_routes_with_linkdown=1 \
		net.ipv6.conf.p2.ignore_routes_with_linkdown=1
	back
	ipn r1 link set p2 down
	failed_over "link down"
	back
	before=$(hop_packets h2)
	ipn h2 link set e down # r1 loses the carrier; its routes stay, and the kernel passes them over
	wait_for no_carrier p2
	goes h3 forwarded
	equal "packets by XDP to the dead hop after carrier lost" "$before" "$(hop_packets h2)"
	back
	ipn r1 address del 10.0.2.1/24 dev p2
	ipn r1 -6 route flush root 2001:db8::/32
	failed_over "address deleted"
	back
	kill_daemon TERM
}

leave_out() { # 0|1: routes over a device without carrier
	local f d
	for f in 4 6; do
		for d in all p2; do
			sysctls r1 net.ipv$f.conf.$d.ignore_routes_with_linkdown="$1"
		done
	done
}

goes_nowhere() { # XDP leaves packets of both families to Linux, which has no carrier for them
	local family
	for family in 4 6; do
		mark r1
		send $family
		wait_for was_seen || fail "r1 saw nothing"
		expect r1 forwarded 0
		sleep 0.1
		! arrived h3 $NUMBER || fail "IPv$family packet $NUMBER went to h3"
	done
}

# The sysctl changes in mid-traffic, with no generation and no message.
test_routes_without_carrier_taken_and_left_out() {
	local before
	ready
	ipn r1 route add 198.18.0.0/15 via 10.0.3.2 metric 2000
	ipn r1 route add 2001:db8::/32 via fd00:3::2 metric 2000
	maps_answer
	leave_out 0
	before=$(hop_packets h2)
	ipn h2 link set e down
	wait_for no_carrier p2
	goes_nowhere
	leave_out 1
	stream
	goes h3 any
	wait_for status_is daemon following
	goes h3 any
	stream_end
	stream_by_xdp
	leave_out 0
	goes_nowhere
	leave_out 1
	goes h3 forwarded
	equal "packets by XDP to the dead hop" "$before" "$(hop_packets h2)"
	ipn h2 link set e up
	wait_for has_carrier p2
	known 4 10.0.2.2 "$(mac h2 e)" p2
	known 6 fd00:2::2 "$(mac h2 e)" p2
	maps_answer
	goes h2 forwarded
	kill_daemon TERM
}

test_neighbour_changes_and_fails() {
	local before new=02:00:00:00:77:02
	ready
	known 4 10.0.2.77 02:00:00:00:55:55 p2 # of the same class as 10.0.2.2
	in_ns h1 taskset -c 0 bash -c 'exec 3>/dev/udp/10.0.2.2/4000 4>/dev/udp/10.0.2.77/4000
		for i in 1 2 3 4; do echo warm >&3; echo warm >&4; done'
	wait_for [ "$(hop r1 10.0.2.77 packets 02:00:00:00:55:55)" = 4 ] ||
		fail "a neighbour of another destination: $(xh r1 show hop)"
	many add "$MANY" h2
	wait_for routes_are "$MANY"
	maps_answer
	ipn h2 link set e address $new
	known 4 10.0.2.2 $new p2
	known 6 fd00:2::2 $new p2
	goes h2 forwarded # to the old MAC it would not arrive
	maps_answer
	note "neighbour with another MAC: the maps answer again after $TOOK ms"
	before=$(hop_packets h2)
	ipn h2 link set e arp off # IPv6 asks as well
	ipn r1 neigh del 10.0.2.2 dev p2
	ipn r1 neigh del fd00:2::2 dev p2
	mark r1
	send 4
	send 6
	expect r1 forwarded 0
	equal "packets by XDP to a neighbour that is gone" "$before" "$(hop_packets h2)"
	ipn h2 link set e arp on
	known 4 10.0.2.2 $new p2
	known 6 fd00:2::2 $new p2
	goes h2 any
	maps_answer
	kill_daemon TERM
}

test_nexthop_object_replaced() {
	ready
	ipn r1 nexthop add id 4 via 10.0.2.2 dev p2
	ipn r1 nexthop add id 6 via fd00:2::2 dev p2
	awk -v n="$MANY" 'BEGIN { for (i = 0; i < n; i++)
		printf "route add 198.18.%d.%d/32 nhid 4\n", i / 256 % 256, i % 256 }' >"$TMP/batch4"
	awk -v n="$MANY" 'BEGIN { for (i = 0; i < n; i++)
		printf "route add 2001:db8:%x:%x::/64 nhid 6\n", i / 256, i % 256 }' >"$TMP/batch6"
	ipn r1 -batch "$TMP/batch4"
	ipn r1 -6 -batch "$TMP/batch6"
	wait_for routes_are "$MANY"
	maps_answer
	goes h2 forwarded
	ipn r1 nexthop replace id 4 via 10.0.3.2 dev p3
	ipn r1 nexthop replace id 6 via fd00:3::2 dev p3
	failed_over "nexthop object replaced"
	kill_daemon TERM
}

# --- what the next packet obeys, and the maps afterwards ----------------------------------------

test_policy_comes_and_goes() {
	need nft
	local dev_mac round
	ready
	in_ns r1 nft 'add table inet t; add chain inet t f { type filter hook forward priority 0; policy drop; }'
	obeyed netfilter
	in_ns r1 nft delete table inet t
	maps_answer
	ipn r1 rule add iif p1 blackhole pref 5
	ipn r1 -6 rule add iif p1 blackhole pref 5
	obeyed any
	ipn r1 rule del iif p1 pref 5
	ipn r1 -6 rule del iif p1 pref 5
	maps_answer
	# One for some of what the maps say is one class.
	ipn r1 route add default via 10.0.3.2 table 100
	ipn r1 -6 route add default via fd00:3::2 table 100
	ipn r1 rule add iif p1 to $TO table 100 pref 5
	ipn r1 -6 rule add iif p1 to $TO_6 table 100 pref 5
	for round in 1 2 3; do
		goes h3 any
		TO=198.19.0.1 TO_6=2001:db8:1::1 goes h2 any
	done
	ipn r1 rule del pref 5
	ipn r1 -6 rule del pref 5
	maps_answer
	ipn r1 rule add iif p3 blackhole pref 5 # another port's
	ipn r1 -6 rule add iif p3 blackhole pref 5
	goes h2 forwarded
	maps_answer
	ipn r1 xfrm policy add dir out dst 198.18.0.0/15 action block
	mark r1
	send 4
	expect r1 forwarded 0
	! arrived h2 $NUMBER || fail "xfrm policy ignored"
	ipn r1 xfrm policy flush
	maps_answer
	sysctls r1 net.ipv4.conf.p1.forwarding=0 net.ipv6.conf.p1.forwarding=0
	mark r1
	send 4
	expect r1 forwarded 0
	sysctls r1 net.ipv4.conf.p1.forwarding=1 net.ipv6.conf.p1.forwarding=1
	maps_answer
	dev_mac=$(mac r1 p2)
	ipn r1 link set p2 address 02:00:00:00:66:02
	goes h2 any
	known 4 10.0.2.2 "$(mac h2 e)" p2
	known 6 fd00:2::2 "$(mac h2 e)" p2
	maps_answer
	ipn r1 link set p2 address "$dev_mac"
	known 4 10.0.2.2 "$(mac h2 e)" p2
	known 6 fd00:2::2 "$(mac h2 e)" p2
	maps_answer
	ipn r1 link set p2 mtu 1300
	mark r1
	in_ns h1 ping -c 1 -W 1 -M do -s 1350 $TO >"$TMP/ping" && fail "1378 bytes through 1300"
	expect r1 forwarded 0
	ipn r1 link set p2 mtu 1500
	maps_answer
	goes h2 forwarded
	kill_daemon TERM
}

obeyed() { # REASON: packets of both families are counted so, and do not arrive
	local family
	for family in 4 6; do
		mark r1
		send $family
		wait_for was_seen || fail "r1 saw nothing"
		[ "$1" = any ] || expect r1 "$1" 1
		expect r1 forwarded 0
		! arrived h2 $NUMBER || fail "IPv$family packet $NUMBER arrived"
	done
}

# --- namespaces and terminals ------------------------------------------------------------------

ended() { ! kill -0 "$DAEMON" 2>/dev/null; }

test_namespaces_terminals_and_pipes() {
	local one
	lab r1
	namespace r2
	ip link add q1 netns "$PFX-r2" type veth peer name q2 netns "$PFX-r2"
	ip netns exec "$PFX-r1" "$XHOP" run p1 p2 >"$TMP/run" 2>&1 & # with mounts of its own
	one=$!
	echo $one >>"$TMP/pids"
	PATIENCE=60 wait_for status_is daemon following || fail "ip netns exec: $(cat "$TMP/run")"
	script -qefc "stty cols 80; exec $XHOP -n $PFX-r2 run q1" "$TMP/typescript" >/dev/null 2>&1 &
	echo $! >>"$TMP/pids"
	PATIENCE=60 wait_for grep -q 'in step' "$TMP/typescript" || fail "$(cat "$TMP/typescript")"
	[ "$(xh r2 -j show status | jq -r .daemon)" = following ] || fail "no daemon in r2"
	equal "daemon of r1" following "$(status daemon)"
	grep -q $'\r.*routes read .*\r\033\\[K' <(tr '\n' ' ' <"$TMP/typescript") ||
		fail "no progress, or it stays: $(cat -v "$TMP/typescript")"
	grep -q 'routes read' "$TMP/run" && fail "progress in a file"
	kill -9 "$(xh r2 -j show status | jq .pid)"
	# Whoever reads its words goes away.
	"$XHOP" -n "$PFX-r2" run q1 2> >(head -n 1 >/dev/null) >&- &
	DAEMON=$!
	echo $DAEMON >>"$TMP/pids"
	PATIENCE=60 wait_for r2_follows || fail "without a reader: $(xh r2 show status)"
	ipn r2 link set q1 down
	sleep 1
	! ended || fail "it ended since nobody read its words"
	ip netns del "$PFX-r2"
	PATIENCE=15 wait_for ended || fail "the daemon keeps a namespace alive that has no name"
	DAEMON=$one
	kill -TERM $one
	wait_for ended || fail "no end"
}

r2_follows() { [ "$(xh r2 -j show status | jq -r .pid)" = $DAEMON ] && [ "$(xh r2 -j show status |
	jq -r .daemon)" = following ]; }

run_tests "$@"
