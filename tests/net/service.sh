#!/bin/bash
# The daemon as a service: how it starts, is asked, hangs and ends, and what it tells those who ask.
. "$(dirname "$0")/lib.sh"

# --- the lab -----------------------------------------------------------------------------------

# So many kernel routes that reading them takes a while.
many_routes() { # NUMBER
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
		printf "route add 198.%d.%d.%d/32 via 10.0.2.2\n", 18 + int(i / 65536),
			int(i / 256) % 256, i % 256 }' >"$TMP/batch"
	ipn r1 -batch "$TMP/batch"
}

# Sets COOKIE: what the daemon's files in /run/xhop are called.
cookie_find() {
	wait_for cookie_of_lock || fail "the daemon has no lock: $(cat "$TMP/run")"
	COOKIE=$(cookie_of_lock)
}

cookie_of_lock() {
	readlink /proc/$DAEMON/fd/* | sed -nE 's,^/run/xhop/([0-9]+)\.lock$,\1,p' |
		head -n 1 | grep . # it may look at those of others
}

# The same while none runs.
cookie_of_r1() {
	daemon_start r1 p1
	cookie_find
	kill -TERM $DAEMON
	wait $DAEMON || true
}

# Ports, programs, files and processes of r1.
left() {
	ports_of r1
	ipn r1 -j link show | jq -r '.[] | select(.xdp) | .ifname'
	ls /run/xhop | grep "^$COOKIE\." || true
}

ended() { ! kill -0 "$DAEMON" 2>/dev/null; }

status() { xh r1 -j show status | jq -r ".$1"; }

status_is() { [ "$(status "$1")" = "$2" ]; }

said() { grep -qF -- "$1" "$TMP/run"; }

# The exit status and what was said by xhop in r1 within so many seconds.
within() { # SECONDS xhop-arguments...
	STATUS=0
	SAID=$(timeout -k 1 "$1" "$XHOP" -n "$PFX-r1" "${@:2}" 2>&1) || STATUS=$?
}

by_maps() { # ADDRESS: the maps answer for the way there
	local before
	before=$(status by_maps)
	in_ns h1 ping -c 3 -i 0.05 -W 1 "$1" && [ $(($(status by_maps) - before)) -ge 3 ]
}

# --- metrics -----------------------------------------------------------------------------------

scrape() {
	in_ns r1 timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/9105
		printf "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" >&3; cat <&3' >"$TMP/metrics" &&
		grep -q '^xhop_following 1' "$TMP/metrics"
}

http() { # REQUEST-LINE
	in_ns r1 timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/9105
		printf '%s\r\nHost: x\r\n\r\n' '$1' >&3; cat <&3"
}

idle_connections() { # NUMBER
	rm -f "$TMP/idle"
	background r1 bash -c "for ((i = 0; i < $1; i++)); do
			exec {fd}<>/dev/tcp/127.0.0.1/9105 || exit
		done
		touch $TMP/idle
		exec sleep 60"
	wait_for [ -e "$TMP/idle" ] || fail "no $1 connections"
}

ticks() { # of the daemon, so far
	awk '{ print $14 + $15 }' "/proc/$DAEMON/stat"
}

files() { ls "/proc/$DAEMON/fd" | wc -l; }

test_metrics_answer_beside_idle_connections() {
	local before
	lab r1
	daemon r1 p1 p2 metrics 9105
	contains "HEAD" "200 OK" "$(http 'HEAD /metrics HTTP/1.1')"
	equal "counters of HEAD" "" "$(http 'HEAD /metrics HTTP/1.1' | sed -n '/^xhop_/p')"
	contains "with a query" "xhop_following 1" "$(http 'GET /metrics?x=1 HTTP/1.0')"
	contains "another path" "404" "$(http 'GET / HTTP/1.1')"
	contains "another method" "405" "$(http 'POST /metrics HTTP/1.1')"
	contains "no HTTP" "400" "$(http 'hello')"
	contains "no HTTP" "400" "$(http '')"
	equal "length" "$(http 'GET /metrics HTTP/1.1' | sed '1,/^\r$/d' | wc -c)" \
		"$(http 'GET /metrics HTTP/1.1' | tr -d '\r' | awk '/^Content-Length/ { print $2 }')"
	in_ns r1 bash -c 'exec 3<>/dev/tcp/127.0.0.1/9105; head -c 100000 /dev/zero >&3' 2>/dev/null ||
		true
	scrape || fail "no metrics: $(cat "$TMP/metrics")"
	before=$(files)
	idle_connections 300
	sleep 0.3
	[ $(($(files) - before)) -le 20 ] || fail "$(($(files) - before)) files more"
	scrape || fail "no metrics beside idle connections: $(cat "$TMP/metrics")"
	before=$(ticks)
	xh r1 route add 198.51.100.0/24 via 10.0.2.2 dev p2
	sleep 1
	[ $(($(ticks) - before)) -lt 50 ] || fail "$(($(ticks) - before)) ticks in a second"
	end_daemon
}

test_no_file_is_left_to_accept_with() {
	local before number begin
	lab r1
	daemon r1 p1 p2 metrics 9105
	number=$(ls "/proc/$DAEMON/fd" | sort -n | awk '$1 != n { exit } { n++ } END { print n }')
	prlimit --pid "$DAEMON" --nofile="$number":
	idle_connections 4
	before=$(ticks)
	sleep 2.5
	[ $(($(ticks) - before)) -lt 100 ] || fail "$(($(ticks) - before)) ticks in 2.5 s"
	equal "words about it" 1 "$(grep -c 'accept' "$TMP/run")"
	contains "what it said" "xhop: metrics: cannot accept connections: Too many open files" \
		"$(cat "$TMP/run")"
	prlimit --pid "$DAEMON" --nofile=1024:
	wait_for scrape || fail "no metrics afterwards: $(cat "$TMP/metrics")"
	begin=$SECONDS
	in_ns r1 timeout 20 bash -c 'exec 3<>/dev/tcp/127.0.0.1/9105; cat <&3'
	[ $((SECONDS - begin)) -lt 19 ] || fail "a connection is idle for $((SECONDS - begin)) s"
	end_daemon
}

# --- ports without the daemon's maps -----------------------------------------------------------

test_attach_finds_the_daemons_maps() {
	local object
	lab r1
	ipn h2 address add 198.51.100.1/32 dev lo
	daemon r1 p1 p2
	xh r1 route add 198.51.100.0/24 via 10.0.2.2 dev p2
	xh r1 detach all
	contains "show without ports" "the daemon, pid $DAEMON, has " "$(xh r1 show)"
	equal "daemon" "following $DAEMON kernel" "$(status daemon) $(status pid) $(status lookup)"
	attach r1 p1 p2
	equal "lookup" "maps maps" "$(port r1 p1 lookup) $(port r1 p2 lookup)"
	wait_for by_maps 198.51.100.1 || fail "not by the maps: $(xh r1 show) $(xh r1 show reason)"
	# By explicit wish without: said by the daemon and by show, and undone by any attach.
	attach r1 p1 p2 lookup kernel
	equal "lookup" "kernel kernel" "$(port r1 p1 lookup) $(port r1 p2 lookup)"
	equal "daemon" "following $DAEMON" "$(status daemon) $(status pid)"
	contains "show" "no port uses its route maps" "$(xh r1 show)"
	contains "show" "remark p1: kernel lookups" "$(xh r1 show)"
	equal "static routes" 1 "$(status static_routes)"
	wait_for said "p2: attached with kernel lookups" || fail "the daemon: $(cat "$TMP/run")"
	sleep 1.2
	equal "words about p1" 1 "$(grep -c 'p1: attached with kernel' "$TMP/run")"
	attach r1 p1 p2 lookup maps
	wait_for by_maps 198.51.100.1 || fail "not by the maps: $(xh r1 show) $(xh r1 show reason)"
	equal "remarks" 0 "$(xh r1 -j show | jq '[.remarks[] | select(.text | contains("maps"))] | length')"
	end_daemon
}

has_port() { [ "$(port r1 "$1" lookup)" = maps ]; }

test_a_device_made_anew_is_attached_again() {
	lab r1
	echo "attach p2" >"$TMP/conf"
	daemon r1 p1 -c "$TMP/conf"
	ipn r1 link del p2
	wait_for said "p2: no such device any more" || fail "the daemon: $(cat "$TMP/run")"
	cable r1 p2 h2 e
	wait_for has_port p2 || fail "p2: $(xh r1 show dev) $(cat "$TMP/run")"
	wait_for said "p2: there is a device of this name again" || fail "$(cat "$TMP/run")"
	host h2 2 2 1
	addresses r1 p2 2 1
	wait_for by_maps 10.0.2.2 || fail "not by the maps: $(xh r1 show) $(xh r1 show reason)"
	# All of them at once.
	ipn r1 link del p1
	ipn r1 link del p2
	cable r1 p1 h1 e
	cable r1 p2 h2 e
	wait_for has_port p1 || fail "p1: $(xh r1 show dev) $(cat "$TMP/run")"
	wait_for has_port p2 || fail "p2: $(xh r1 show dev) $(cat "$TMP/run")"
	host h1 1 1 2
	host h2 2 2 1
	addresses r1 p1 1 2
	addresses r1 p2 2 1
	wait_for by_maps 10.0.2.2 || fail "not by the maps: $(xh r1 show) $(xh r1 show reason)"
	# What a command detached stays so.
	xh r1 detach p2
	sleep 1.5
	equal "ports" p1 "$(ports_of r1)"
	ipn r1 link del p2
	sleep 1.5
	cable r1 p2 h2 e
	sleep 1.5
	equal "ports" p1 "$(ports_of r1)"
	# Nor is what it was not told to attach.
	attach r1 p2
	end_daemon
}

# --- what show says about the maps -------------------------------------------------------------

rules_are() { # NUMBER of remarks about policy rules
	[ "$(xh r1 -j show | jq '[.remarks[] | select(.text | contains("policy rules"))] | length')" = "$1" ]
}

test_show_says_why_the_maps_are_not_asked() {
	lab r1
	daemon r1 p1 p2
	contains "show" "daemon: pid $DAEMON" "$(xh r1 show)"
	rules_are 0 || fail "$(xh r1 show)"
	ipn r1 rule add from 9.9.9.9 table 100
	wait_for rules_are 1 || fail "$(xh r1 show)"
	contains "show" "remark IPv4 policy rules" "$(xh r1 show)"
	ipn r1 -6 rule add iif p1 table 100 pref 5
	wait_for rules_are 2 || fail "$(xh r1 show)"
	contains "show" "remark p1: IPv6 policy rules" "$(xh r1 show)"
	ipn r1 rule del from 9.9.9.9 table 100
	ipn r1 -6 rule del pref 5
	wait_for rules_are 0 || fail "$(xh r1 show)"
	xh r1 route add 198.51.100.0/24 via 10.0.2.99 dev p2
	wait_for status_is hops_unresolved 1 || fail "$(xh r1 -j show)"
	contains "show" "1 next hop of static routes or groups without a MAC address" "$(xh r1 show)"
	end_daemon
	daemon r1 p1 p2 lookup kernel
	contains "show" "remark the daemon runs with lookup kernel" "$(xh r1 show)"
	contains "what the daemon said" "no packet asks them" "$(cat "$TMP/run")"
	equal "pid" $DAEMON "$(status pid)"
	refused 2 "the daemon, pid $DAEMON, runs with lookup kernel" r1 attach p1 lookup maps
	end_daemon
	equal "daemon" "none 0" "$(status daemon) $(status pid)"
}

# --- a daemon that starts ----------------------------------------------------------------------

test_asked_while_it_fills() {
	lab r1
	many_routes 100000
	daemon_start r1 p1 p2
	cookie_find
	wait_for [ -S "/run/xhop/$COOKIE.sock" ] || fail "no socket"
	! said 'in step' || fail "it is filled already"
	status_is daemon starting || status_is daemon filling || fail "$(xh r1 -j show)"
	equal "pid" $DAEMON "$(status pid)"
	refused 2 "a daemon runs in this network namespace already, pid $DAEMON" r1 run p1
	! said 'in step' || fail "it is filled already"
	xh r1 route add 198.51.100.0/24 via 10.0.2.2 dev p2
	said 'in step' || fail "it was not filled when it took a route"
	equal "route" "static hop" \
		"$(xh r1 -j show route get 198.51.100.7 | jq -r '"\(.source) \(.answer)"')"
	end_daemon
}

test_started_at_once_after_a_kill() {
	local i
	lab r1
	daemon r1 p1 p2
	for i in 1 2 3; do
		kill -KILL $DAEMON
		daemon_start r1 p1 p2
		wait_for said 'in step' || fail "start $i: $(cat "$TMP/run")"
	done
	end_daemon
}

test_state_while_it_fills() {
	local state
	lab r1
	attach r1 p1 p2
	many_routes 150000
	daemon_start r1 p1 p2
	until said 'in step'; do
		! ended || fail "it ended: $(cat "$TMP/run")"
		state=$(status daemon)
		[ "$state" != stale ] || said 'in step' || fail "stale before it was filled"
	done
	equal "state" following "$(status daemon)"
	end_daemon
}

signalled_at() { # SECONDS SIGNAL run-arguments...
	local status=0
	daemon_start r1 "${@:3}"
	sleep "$1"
	kill -"$2" $DAEMON
	wait $DAEMON || status=$?
	equal "exit status after SIG$2 at $1 s ($(cat "$TMP/run"))" 0 $status
}

child() { # of the daemon; sets CHILD
	CHILD=$(cat /proc/[0-9]*/stat 2>/dev/null | awk -v p="$DAEMON" '$4 == p { print $1; exit }')
	[ -n "$CHILD" ]
}

test_the_child_that_attaches_is_killed() {
	local status=0
	lab r1
	daemon_start r1 p1
	wait_for child || fail "no child: $(cat "$TMP/run")"
	kill -KILL "$CHILD"
	wait $DAEMON || status=$?
	equal "status" 2 $status
	contains "what it said" "process $CHILD, which changes the ports, was ended by signal 9" \
		"$(cat "$TMP/run")"
}

test_started_where_children_are_ignored() {
	lab r1
	(
		trap '' CHLD
		exec "$XHOP" -n "$PFX-r1" run p1 >"$TMP/run" 2>&1
	) &
	DAEMON=$!
	echo $DAEMON >>"$TMP/pids"
	wait_for started_or_ended
	said 'in step' || fail "it ended: $(cat "$TMP/run")"
	end_daemon
}

test_ended_while_it_starts() {
	local at before
	lab r1
	cookie_of_r1
	before=$(left)
	for at in 0.05 0.3 0.6 0.9 1.2; do
		signalled_at $at TERM p1 p2
		! said 'in step' || break # it was started: ports stay
		equal "left after SIGTERM at $at s ($(cat "$TMP/run"))" "$before" "$(left)"
	done
	xh r1 detach all
	signalled_at 0.5 INT p1 p2
	equal "left after SIGINT" "$before" "$(left)"
	# Ports that were there stay.
	attach r1 p1
	signalled_at 0.5 TERM p1 p2
	equal "ports" p1 "$(ports_of r1)"
}

# --- a start that fails ------------------------------------------------------------------------

test_a_start_that_fails_leaves_nothing() {
	local before
	lab r1
	cookie_of_r1
	before=$(left)
	refused 2 "9.9.9.9 port 9105: Cannot assign requested address (no device here has this" \
		r1 run p1 p2 metrics 9.9.9.9:9105
	equal "left" "$before" "$(left)"
	background r1 socat TCP4-LISTEN:9105,bind=127.0.0.1 -
	wait_for port_taken || fail "socat does not listen"
	refused 2 "127.0.0.1 port 9105: Address already in use (somebody listens there" \
		r1 run p1 p2 metrics 9105
	equal "left" "$before" "$(left)"
	no_room 1 "/run/xhop/$COOKIE.lock: No space left on device"
	no_room 2 "/run/xhop/$COOKIE.sock: No space left on device (the daemon makes its control"
	equal "left" "$before" "$(left)"
	# Later: those that were attached before stay, the others go.
	attach r1 p1
	printf 'size routes4 60000000\n' >"$TMP/conf"
	local status=0
	(ulimit -v 400000 && exec "$XHOP" -n "$PFX-r1" run p2 -c "$TMP/conf") >"$TMP/run" 2>&1 || status=$?
	equal "status ($(cat "$TMP/run"))" 2 $status
	equal "ports" p1 "$(ports_of r1)"
	printf 'attach p2 nosuch\n' >"$TMP/conf"
	refused 1 nosuch r1 run -c "$TMP/conf"
	printf 'attach p2\nattach nosuch xdp generic\n' >"$TMP/conf"
	refused 1 nosuch r1 run -c "$TMP/conf"
	equal "ports" p1 "$(ports_of r1)"
	refused 1 "which devices" h1 run
}

port_taken() { [ -n "$(in_ns r1 ss -Hltn 'sport = 9105')" ]; }

no_room() { # INODES WORDS
	local status=0
	unshare -m sh -c "mount -t tmpfs -o nr_inodes=$1 none /run/xhop &&
		exec nsenter --net=/run/netns/$PFX-r1 $XHOP run p1" >"$TMP/run" 2>&1 || status=$?
	equal "status ($(cat "$TMP/run"))" 2 $status
	contains "what it said" "$2" "$(cat "$TMP/run")"
}

# --- files of the killed ------------------------------------------------------------------------

# One that is killed in r1, with a socket; sets COOKIE.
killed_daemon() {
	daemon_start r1 p1
	cookie_find
	wait_for [ -S "/run/xhop/$COOKIE.sock" ] || fail "no socket"
	kill -KILL $DAEMON
	wait $DAEMON || true
}

files_of() { # COOKIE
	ls /run/xhop | grep "^$1\." | paste -sd ' '
}

test_files_of_killed_daemons_go() {
	local dead running
	lab r1
	killed_daemon
	dead=$COOKIE
	touch "/run/xhop/0$dead.lock" # no daemon's
	daemon_start h1 e
	cookie_find
	wait_for said 'in step' || fail "$(cat "$TMP/run")"
	equal "its own files" "$COOKIE.lock $COOKIE.sock" "$(files_of "$COOKIE")"
	equal "files of the killed" "" "$(files_of "$dead")"
	rm "/run/xhop/0$dead.lock" || fail "a file of somebody else's is gone"
	# One that runs keeps its files.
	running=$COOKIE
	daemon_start r1 p1
	wait_for said 'in step' || fail "$(cat "$TMP/run")"
	equal "h1's files" "$running.lock $running.sock" "$(files_of "$running")"
	equal "h1's daemon" following "$(xh h1 -j show status | jq -r .daemon)"
}

test_a_lock_that_is_held_for_a_moment() {
	lab r1
	cookie_of_r1
	exec 9>"/run/xhop/$COOKIE.lock"
	flock 9
	daemon_start r1 p1 9>&-
	sleep 0.3
	flock -u 9
	wait_for started_or_ended
	said 'in step' || fail "$(cat "$TMP/run")"
	end_daemon
	exec 9>"/run/xhop/$COOKIE.lock"
	flock 9
	refused 2 "a daemon runs in this network namespace already (xhop show" r1 run p1 9>&-
	rm "/run/xhop/$COOKIE.lock"
}

started_or_ended() { said 'in step' || ended; }

# --- a daemon that hangs -----------------------------------------------------------------------

test_a_daemon_that_hangs_is_named() {
	local command
	lab r1
	daemon r1 p1 p2
	kill -STOP "$DAEMON"
	within 15 route add 198.51.103.0/24 via 10.0.2.2 dev p2
	equal "status ($SAID)" 2 "$STATUS"
	contains "route add" "route: the daemon, pid $DAEMON, has not answered for 10 s" "$SAID"
	within 3 route add 198.51.104.0/24 via 10.0.2.2 dev p2 # gives up on its own
	equal "status ($SAID)" 124 "$STATUS"
	contains "show" "the daemon, pid $DAEMON, hangs" "$(xh r1 show)"
	attach r1 p1 # asks it, too
	kill -CONT "$DAEMON"
	wait_for xh r1 show route get 192.0.2.1 || fail "it does not answer again"
	equal "routes of those that went" "[]" "$(xh r1 -j show route static)"
	xh r1 route add 198.51.105.0/24 via 10.0.2.2 dev p2
	equal "routes" 198.51.105.0/24 "$(xh r1 -j show route static | jq -r '.[].prefix')"
	end_daemon
}

test_a_listing_may_take_its_time() {
	lab r1
	many_routes 20000
	daemon r1 p1
	xh r1 show route 2>"$TMP/said" | (sleep 32 && cat) >"$TMP/list"
	equal "what it said" "" "$(cat "$TMP/said")"
	equal "routes" 20000 "$(grep -c '^198' "$TMP/list")"
	end_daemon
}

# --- the file ----------------------------------------------------------------------------------

reads_again() { # WORDS
	: >"$TMP/run"
	kill -HUP "$DAEMON"
	wait_for said "read again" || fail "SIGHUP: $(cat "$TMP/run")"
	contains "what SIGHUP said" "$1" "$(cat "$TMP/run")"
}

test_file_read_again_tells_the_truth() {
	lab r1
	printf 'attach p1\nmetrics 9105\n' >"$TMP/conf"
	daemon r1 -c "$TMP/conf"
	printf 'attach p1 nosuch p2 lo\nmetrics 9.9.9.9:9105\n' >"$TMP/conf"
	reads_again "read again, not all of it could be applied: 2 of 4 ports, 0 of 0 static routes"
	said "metrics stay where they were" || fail "$(cat "$TMP/run")"
	equal "ports" "p1 p2" "$(ports_of r1)"
	scrape || fail "no metrics: $(cat "$TMP/metrics")"
	printf 'attach p1 p2\nmetrics 127.0.0.1:9106\n' >"$TMP/conf"
	reads_again "read again: 2 ports, 0 static routes, 0 static neighbours"
	! scrape || fail "metrics did not move"
	printf 'attach p1 p2\nmetrics 9105\nneigh add 10.0.2.9 lladdr 02:00:00:00:00:09 dev p2\n' \
		>"$TMP/conf"
	reads_again "read again: 2 ports, 0 static routes, 1 static neighbours"
	scrape || fail "no metrics: $(cat "$TMP/metrics")"
	# The file gives its ports the maps.
	attach r1 p1 p2 lookup kernel
	reads_again "read again: 2 ports"
	equal "lookup" "maps maps" "$(port r1 p1 lookup) $(port r1 p2 lookup)"
	end_daemon
}

test_what_the_command_line_says_stays() {
	lab r1
	printf 'attach p1\n' >"$TMP/conf"
	daemon r1 -c "$TMP/conf" metrics 9105
	scrape || fail "no metrics: $(cat "$TMP/metrics")"
	reads_again "read again: 1 ports"
	scrape || fail "no metrics: $(cat "$TMP/metrics")"
	printf 'attach p1\nmetrics 9106\n' >"$TMP/conf"
	reads_again "read again: 1 ports"
	scrape || fail "no metrics: $(cat "$TMP/metrics")"
	end_daemon
}

lease_held() { [ "$(status lease)" = held ]; }

test_the_lease_while_a_port_is_attached() {
	local holder
	lab r1
	printf 'attach p1\n' >"$TMP/conf"
	daemon r1 -c "$TMP/conf"
	background r1 socat -u ABSTRACT-RECV:xhop-lock -
	holder=$!
	wait_for lock_is_taken || fail "socat has not the lock"
	printf 'attach p1 p2\n' >"$TMP/conf"
	: >"$TMP/run"
	kill -HUP "$DAEMON"
	sleep 4.5
	lease_held || fail "the lease has expired: $(xh r1 show)"
	! said "read again" || fail "it was attached beside the lock"
	kill $holder
	wait_for said "read again: 2 ports" || fail "$(cat "$TMP/run")"
	equal "ports" "p1 p2" "$(ports_of r1)"
	end_daemon
}

lock_is_taken() { in_ns r1 grep -q '@xhop-lock$' /proc/net/unix; }

test_a_pipe_is_not_read_again() {
	lab r1
	mkfifo "$TMP/fifo"
	echo "attach p1" >"$TMP/fifo" &
	daemon r1 -c "$TMP/fifo"
	kill -HUP "$DAEMON"
	wait_for said "fifo: not a file that can be read again" || fail "$(cat "$TMP/run")"
	equal "ports" p1 "$(ports_of r1)"
	xh r1 show route get 10.0.1.2
	end_daemon
}

test_a_port_leaves_the_file_while_its_device_is_gone() {
	lab r1
	printf 'attach p1\nattach p2\n' >"$TMP/conf"
	daemon r1 -c "$TMP/conf"
	ipn r1 link del p2
	wait_for said "p2: no such device any more" || fail "the daemon: $(cat "$TMP/run")"
	printf 'attach p1\n' >"$TMP/conf"
	reads_again "read again: 1 ports"
	cable r1 p2 h2 e
	sleep 2.5
	equal "ports ($(cat "$TMP/run"))" p1 "$(ports_of r1)"
	! said "p2:" || fail "the daemon: $(cat "$TMP/run")"
	end_daemon
}

run_tests "$@"
