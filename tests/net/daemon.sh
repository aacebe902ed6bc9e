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
	wait_for grep -q 'in step' "$TMP/run" || fail "xhop run: $(cat "$TMP/run")"
}

daemon_start() {
	local ns=$1
	shift
	: >"$TMP/run"
	"$XHOP" -n "$PFX-$ns" run "$@" >"$TMP/run" 2>&1 &
	DAEMON=$!
	echo $DAEMON >>"$TMP/pids"
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
	for family in 4 6; do
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

STREAM=
mkfifo "$TMP/pause"

# --- the daemon dies, hangs, comes back --------------------------------------------------------

test_killed_the_kernel_is_asked() {
	ready
	equal "state" "following held maps" "$(status daemon) $(status lease) $(status lookup)"
	stream
	kill_daemon KILL
	way h3 replace
	goes h3 any # the maps still say h2, and are not asked: another generation
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
	paste "$TMP/counters" "$TMP/counters.now" | awk '$1 != "" && $2 + 0 < $1 + 0 { exit 1 }' ||
		fail "$1, a counter went back: $(paste "$TMP/counters" "$TMP/counters.now" | tr '\n' ';')"
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

run_tests "$@"
