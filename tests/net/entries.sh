#!/bin/bash
# Static entries that Linux would refuse, that cannot take effect, or that both the daemon's file and
# a command name; and what shows of them.
. "$(dirname "$0")/lib.sh"

remark_of() { # ADDRESS
	xh r1 -j show route get "$1" | jq -r .remark
}

via_of() { # ADDRESS: its hop, and who says so
	xh r1 -j show route get "$1" | jq -r '"\(.via) \(.from)"'
}

statics() { # prefixes
	xh r1 -j show route static | jq -r '[.[].prefix] | sort | join(" ")'
}

remark_says() { # ADDRESS PART
	case "$(remark_of "$1")" in *"$2"*) ;; *) return 1 ;; esac
}

remarks() { # ADDRESS PART
	wait_for remark_says "$@" || fail "remark of $1: expected \"$2\", got \"$(remark_of "$1")\""
}

notes() { # PART xhop-arguments...: it ends well, and says so
	local part=$1 words
	shift
	words=$(xh r1 "$@" 2>&1 >/dev/null) || fail "xhop $*: status $?: $words"
	contains "notes of xhop $*" "$part" "$words"
}

silent() { # xhop-arguments...
	local words
	words=$(xh r1 "$@" 2>&1 >/dev/null) || fail "xhop $*: status $?: $words"
	equal "what xhop $* said" "" "$words"
}

reread() { # of the daemon's file
	local before
	before=$(grep -c 'read again' "$TMP/run" || true)
	kill -HUP "$DAEMON"
	wait_for read_more "$before" || fail "SIGHUP: $(cat "$TMP/run")"
}

read_more() { [ "$(grep -c 'read again' "$TMP/run")" -gt "$1" ]; }

test_only_ethernet_devices() {
	lab r1
	in_ns r1 ping -c 1 -W 1 127.0.0.1 || fail "no loopback to begin with"
	daemon r1 p1 p2
	refused 1 "lo: not an Ethernet device" r1 neigh add 10.0.2.80 lladdr 02:00:00:00:00:01 dev lo
	refused 1 "lo: not an Ethernet device" r1 neigh replace fd00:2::80 lladdr 02:00:00:00:00:01 dev lo
	refused 1 "lo: not an Ethernet device" r1 route add 198.51.100.0/24 via 10.0.2.2 dev lo
	in_ns r1 ping -c 1 -W 1 127.0.0.1 || fail "the loopback is cut"
	equal "neighbours on lo" "" "$(ipn r1 neigh show dev lo nud all | grep 'proto 120' || true)"
	end_daemon
}

test_next_hops_that_linux_refuses() {
	local via
	lab r1
	daemon r1 p1 p2
	for via in 10.0.2.255 10.0.1.255; do
		refused 1 "via $via dev p2: a broadcast address" r1 route add 198.51.100.0/24 via $via dev p2
		refused 1 "$via dev p2: a broadcast address" r1 neigh add $via lladdr 02:00:00:00:00:01 dev p2
	done
	for via in 10.0.2.1 10.0.1.2 fd00:2::1; do # its own
		refused 1 "via $via dev p2: an address of this router" r1 route add default via $via dev p2
		refused 1 "$via dev p2: an address of this router" \
			r1 neigh add $via lladdr 02:00:00:00:00:01 dev p2
	done
	refused 1 "via fd00:2:: dev p2: " r1 route add 2001:db8::/32 via fd00:2:: dev p2
	for via in ::1 127.0.0.1 ::ffff:10.0.2.2 224.0.0.1 ff02::1; do
		refused 1 "not the address of a next hop" r1 route add default via $via dev p2
		refused 1 "not the address of a neighbour" r1 neigh add $via lladdr 02:00:00:00:00:01 dev p2
	done
	equal "what is there after all that" "" "$(statics)"
	# Linux would want onlink: taken, and said.
	for via in 10.0.9.2 198.51.100.1; do
		notes "via $via dev p2: not on a link of this device" \
			route replace 198.51.100.0/24 via $via dev p2
	done
	remarks 198.51.100.7 "not on a link"
	notes "not on a link" route add 2001:db8::/32 via fd00:9::2 dev p2
	silent route replace 2001:db8::/32 via fe80::2 dev p2
	silent route replace 198.51.100.0/24 via 10.0.2.2 dev p2
	# The address becomes one of the router's, and is given back.
	ipn r1 address add 10.0.2.2/32 dev lo
	wait_for waits "kernel null an address of this router" ||
		fail "still used: $(xh r1 show route static)"
	ipn r1 address del 10.0.2.2/32 dev lo
	wait_for has_hop 198.51.100.7 || fail "no hop again: $(xh r1 show route static)"
	end_daemon
}

waits() { # ANSWER CLASS REMARK
	[ "$(xh r1 -j show route static | jq -r '.[] | select(.prefix == "198.51.100.0/24") |
		"\(.answer) \(.class) \(.remark)"')" = "$1" ]
}

has_hop() { [ "$(xh r1 -j show route get "$1" | jq -r .answer)" = hop ]; }

test_routes_that_cannot_be_used_say_so() {
	lab r1
	daemon r1 p1 p2
	silent route add 198.51.100.0/24 via 10.0.2.2 dev p2
	silent route add 2001:db8::/32 via fd00:2::2 dev p2
	in_ns r1 ping -c 1 -W 1 10.0.2.2
	wait_for in_ns r1 ping -c 1 -W 1 fd00:2::2
	wait_for no_remark 198.51.100.7 || fail "remark: $(remark_of 198.51.100.7)"
	silent route add 192.0.2.0/24 via 10.0.2.99 dev p2
	remarks 192.0.2.1 "MAC address is not known"
	contains "text" "MAC address is not known" "$(xh r1 show route static)"
	remarks 224.1.1.1 "not forwarded"
	ipn r1 rule add from 9.9.9.9 table 100
	remarks 198.51.100.7 "policy rule: the kernel is asked for IPv4"
	equal "IPv6" null "$(remark_of 2001:db8::7)"
	notes "policy rule" route add 203.0.113.0/24 via 10.0.2.2 dev p2
	ipn r1 rule del from 9.9.9.9 table 100
	wait_for no_remark 198.51.100.7 || fail "remark: $(remark_of 198.51.100.7)"
	xh r1 detach p2
	wait_for remark_says 198.51.100.7 "no port" || fail "remark: $(remark_of 198.51.100.7)"
	end_daemon
	xh r1 detach all
	daemon r1 p1 p2 lookup kernel
	notes "no port looks into the route maps" route add 198.51.100.0/24 via 10.0.2.2 dev p2
	remarks 198.51.100.7 "no port looks into the route maps"
	end_daemon
}

no_remark() { [ "$(remark_of "$1")" = null ]; }

test_families() {
	local words
	lab r1
	daemon r1 p1 p2
	xh r1 route add 198.51.100.0/24 via 10.0.2.2 dev p2
	xh r1 route add 2001:db8::/32 via fd00:2::2 dev p2
	notes "1 static routes removed" -6 route flush
	equal "after -6 route flush" 198.51.100.0/24 "$(statics)"
	xh r1 route add 2001:db8::/32 via fd00:2::2 dev p2
	notes "1 static routes removed" -4 route flush
	equal "after -4 route flush" 2001:db8::/32 "$(statics)"
	refused 1 "not of IPv6" r1 -6 route add 198.51.100.0/24 via 10.0.2.2 dev p2
	refused 1 "needs an IPv6 next hop" r1 -6 route add default via 10.0.2.2 dev p2
	refused 1 "not of IPv4" r1 -4 route add 2001:db8::/33 via fd00:2::2 dev p2
	refused 1 "not a prefix of IPv4" r1 -4 route del 2001:db8::/32
	refused 1 "not of IPv4" r1 -4 neigh add fd00:2::9 lladdr 02:00:00:00:00:01 dev p2
	refused 1 "not of IPv6" r1 -6 neigh del 10.0.2.9 dev p2
	refused 1 "not an address of IPv6" r1 -6 show route get 198.51.100.1
	xh r1 -4 route add default via fd00:2::2 dev p2
	xh r1 -6 route add default via fd00:2::2 dev p2
	equal "defaults" "0.0.0.0/0 2001:db8::/32 ::/0" "$(statics)"
	xh r1 -6 route del default
	equal "defaults" "0.0.0.0/0 2001:db8::/32" "$(statics)"
	xh r1 route flush
	printf '%s\n' '1.0.0.0/8 via 10.0.2.2 dev p2' '2001:db8::/32 via fd00:2::2 dev p2' >"$TMP/both"
	notes "1 route imported, 1 of other kinds" -6 route import "$TMP/both"
	equal "imported" 2001:db8::/32 "$(statics)"
	refused 1 "not both" r1 -4 -6 show route
	refused 1 "no -4 and -6" r1 -4 show reason
	refused 1 "no -4 and -6" r1 -6 attach p1
	equal "exit status of -6 run" 1 "$(xh r1 -6 run p1 >/dev/null 2>&1 || echo $?)"
	end_daemon
}

test_import_names_what_is_wrong() {
	local words status=0
	lab r1
	daemon r1 p1 p2
	printf '%s\n' '1.0.0.0/8 via 10.0.2.2 dev p2' '2.0.0.0/8 via 10.0.2.2 dev nodev' \
		'3.0.0.0/8 via 10.0.2.2 dev p2' '4.0.0.0/8 via 10.0.2.2 dev gone' >"$TMP/routes"
	words=$(xh r1 route import "$TMP/routes" 2>&1) || status=$?
	equal "exit status ($words)" 1 $status
	equal "lines ($words)" 2 "$(wc -l <<<"$words")"
	contains "import" "$TMP/routes:2: 2.0.0.0/8: nodev: no such device" "$words"
	contains "import" "$TMP/routes:4: 4.0.0.0/8: gone: no such device" "$words"
	equal "nothing was changed" "" "$(statics)"
	# All that ip prints of the kernel's routes goes in.
	namespace t
	ipn t link add v0 type veth peer name v1
	ipn t link set v0 up
	ipn t link set v1 up
	ipn t address add 10.0.2.1/24 dev v0
	ipn t route add 50.0.1.0/24 via 10.0.2.2 rto_min 40ms
	ipn t route add 50.0.2.0/24 via 10.0.2.2 mtu lock 1400 advmss lock 1300 hoplimit 9 cwnd lock 5
	ipn t nexthop add id 5 via 10.0.2.2 dev v0
	ipn t route add 50.0.3.0/24 nhid 5
	ipn t route add unreachable 50.0.6.0/24
	for words in "" -d -N "-N -d" -o "-o -d" -s; do
		# shellcheck disable=SC2086
		ipn t $words route show | sed 's/ v0/ p2/' >"$TMP/routes"
		notes "3 routes imported" route import "$TMP/routes"
		notes "3 static routes removed" route flush
	done
	echo '50.0.4.0/24 via 10.0.2.2 dev p2 newword 3' >>"$TMP/routes"
	notes '"newword"' route import "$TMP/routes"
	status=0
	words=$(xh r1 route import /dev/zero 2>&1) || status=$?
	equal "exit status of import /dev/zero" 1 $status
	contains "import /dev/zero" "not text" "$words"
	status=0
	words=$(yes | tr -d '\n' | (ulimit -v 600000 && xh r1 route import - 2>&1)) || status=$?
	equal "exit status of an endless line" 1 $status
	contains "an endless line" "longer than a line" "$words"
	end_daemon
}

test_the_file_and_commands() {
	local file=$TMP/xhop.conf
	lab r1
	cat >"$file" <<-END
		attach p1 p2
		route add 198.51.100.0/24 via 10.0.2.2 dev p2
		neigh add 10.0.2.77 lladdr 02:00:00:00:00:77 dev p2
	END
	daemon r1 -c "$file"
	xh r1 route replace 198.51.100.0/24 via 10.0.2.3 dev p2
	xh r1 neigh del 10.0.2.77 dev p2
	reread
	equal "a command's change after SIGHUP" "10.0.2.3 command" "$(via_of 198.51.100.7)"
	equal "what a command deleted" "" "$(ipn r1 neigh show 10.0.2.77)"
	notes "1 static routes removed" route flush
	equal "after flush" "10.0.2.2 file" "$(via_of 198.51.100.7)"
	xh r1 route replace 198.51.100.0/24 via 10.0.2.3 dev p2
	sed -i -e 's/10.0.2.2 dev/10.0.2.4 dev/' -e 's/00:77 dev/00:78 dev/' "$file"
	reread
	equal "when the line has changed" "10.0.2.4 file" "$(via_of 198.51.100.7)"
	contains "neighbour" "02:00:00:00:00:78" "$(ipn r1 neigh show 10.0.2.77)"
	xh r1 route del 198.51.100.0/24
	reread
	equal "what a command deleted" "" "$(statics)"
	# What only a start changes is compared with what runs.
	grep -q 'started again' "$TMP/run" && fail "a note too early: $(cat "$TMP/run")"
	echo 'lookup kernel' >>"$file"
	reread
	equal "notes" 1 "$(grep -c 'started again' "$TMP/run")"
	sed -i '/^lookup/d' "$file"
	reread
	equal "notes when all is as at the start" 1 "$(grep -c 'started again' "$TMP/run")"
	end_daemon
}

test_entries_that_wait_for_a_device() {
	local file=$TMP/xhop.conf words
	lab r1
	cat >"$file" <<-END
		attach p1 p2
		route add 198.51.100.0/24 via 10.0.3.2 dev p3
		neigh add 10.0.3.77 lladdr 02:00:00:00:00:77 dev p3
	END
	words=$(in_ns r1 "$XHOP" run --check -c "$file" 2>&1)
	contains "--check" "$file:2: p3: no such device" "$words"
	echo 'lookup kernel' | cat "$file" - >"$TMP/kernel.conf"
	contains "--check" "the static routes are not used" \
		"$(in_ns r1 "$XHOP" run --check -c "$TMP/kernel.conf" 2>&1)"
	daemon r1 -c "$file"
	contains "log" "$file:2: 198.51.100.0/24: p3: no such device in this network namespace yet" \
		"$(cat "$TMP/run")"
	contains "log" "$file:3: 10.0.3.77 dev p3: no such device in this network namespace yet" \
		"$(cat "$TMP/run")"
	equal "neighbour" "p3 no device static" "$(xh r1 -j show neigh |
		jq -r '.[] | select(.addr == "10.0.3.77") | "\(.dev) \(.state) \(.source)"')"
	equal "route" "no device its device is not there" "$(xh r1 -j show route static |
		jq -r '.[] | "\(.answer) \(.remark)"')"
	cable r1 p3 h2 e3
	addresses r1 p3 3 1
	wait_for there_now || fail "neighbour: $(xh r1 show neigh)"
	end_daemon
}

there_now() {
	[ "$(xh r1 -j show neigh | jq -r '.[] | select(.addr == "10.0.3.77").state')" = permanent ] &&
		has_hop 198.51.100.7
}

# HOP USED WHY a line
group_of() { # ADDRESS
	xh r1 -j show route get "$1" | jq -r '.hops | sort_by(.dev)[] |
		"\(.via) \(.dev) \(.weight) \(.used) \(.why)"'
}

group_is() { # ADDRESS LINES
	[ "$(group_of "$1")" = "$2" ]
}

shows_group() { # ADDRESS LINES
	wait_for group_is "$@" || fail "group of $1: expected $2, got $(group_of "$1")"
}

test_hops_of_a_group() {
	lab r1
	cable r1 p3 h2 e3
	addresses r1 p3 3 1
	ipn r1 route add 198.51.100.0/24 nexthop via 10.0.2.2 weight 3 nexthop via 10.0.3.2
	ipn r1 route add 2001:db8::/32 nexthop via fd00:2::2 nexthop via fd00:3::2 weight 2
	daemon r1 p1 p2 p3 multipath flow
	shows_group 198.51.100.7 "10.0.2.2 p2 3 true null
10.0.3.2 p3 1 true null"
	shows_group 2001:db8::7 "fd00:2::2 p2 1 true null
fd00:3::2 p3 2 true null"
	contains "text" "10.0.2.2  p2        3  yes" "$(xh r1 show route get 198.51.100.7)"
	# A link without carrier is left out.
	ipn h2 link set e3 down
	shows_group 198.51.100.7 "10.0.2.2 p2 3 true null
10.0.3.2 p3 1 false its link is down"
	shows_group 2001:db8::7 "fd00:2::2 p2 1 true null
fd00:3::2 p3 2 false its link is down"
	equal "no group" null "$(xh r1 -j show route get 10.0.1.1 | jq -c .hops)"
	end_daemon
}

test_what_a_killed_daemon_leaves() {
	lab r1
	daemon r1 p1 p2
	xh r1 neigh add 10.0.2.120 lladdr 02:00:00:00:00:01 dev p2
	xh r1 neigh add 10.0.2.121 lladdr 02:00:00:00:00:01 dev p2
	xh r1 neigh add 10.0.2.122 lladdr 02:00:00:00:00:01 dev p2
	ipn r1 neigh add 10.0.2.123 lladdr 02:00:00:00:00:01 dev p2
	kill -KILL "$DAEMON"
	wait "$DAEMON" || true
	xh r1 neigh del 10.0.2.120 dev p2
	equal "after neigh del" "" "$(ipn r1 neigh show 10.0.2.120)"
	refused 2 "no daemon runs" r1 neigh del 10.0.2.123 dev p2
	contains "after neigh del" PERMANENT "$(ipn r1 neigh show 10.0.2.121)"
	xh r1 detach all
	equal "after detach all" "" "$(ipn r1 neigh show 10.0.2.121)$(ipn r1 neigh show 10.0.2.122)"
	contains "somebody else's" PERMANENT "$(ipn r1 neigh show 10.0.2.123)"
	daemon r1 p1 p2 # takes the dead one's lock and socket with it
	end_daemon
}

test_names_that_are_no_text() {
	local name=$'x\xff'
	lab r1
	cable r1 "$name" h2 e2
	ipn r1 address add 10.77.0.1/24 dev "$name"
	daemon r1 p1 p2
	refused 2 "words that are not UTF-8" r1 route add 198.51.100.0/24 via 10.77.0.2 dev "$name"
	refused 2 "the daemon's answer is not UTF-8" r1 show route get 10.77.0.9
	xh r1 show route get 10.0.1.2
	ipn r1 neigh add 10.77.0.9 lladdr 02:00:00:00:00:01 dev "$name"
	ipn r1 neigh add 10.0.1.9 lladdr 02:00:00:00:00:01 dev p1
	xh r1 -j show neigh | jq . >"$TMP/json" || fail "not JSON: $(xh r1 -j show neigh)"
	contains "show neigh" "a row is left out" "$(xh r1 show neigh 2>&1)"
	end_daemon
}

test_too_few_classes() {
	local file=$TMP/xhop.conf
	lab r1
	printf '%s\n' 'attach p1 p2' 'size classes 1' >"$file"
	daemon r1 -c "$file"
	refused 2 "198.51.100.0/24: no class is left for its next hop (size classes" \
		r1 route add 198.51.100.0/24 via 10.0.2.2 dev p2
	wait_for grep -q 'routes got none of the 1 classes' "$TMP/run" ||
		fail "no note: $(cat "$TMP/run")"
	remarks 10.0.2.2 "perhaps no class was left"
	end_daemon
}

run_tests "$@"
